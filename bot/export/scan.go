package export

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// scanner slices a stream of JSON into values by their brackets and quotes,
// exactly as they stand, without holding more than one value. It checks the
// structure it walks; what is inside a value that take returns is not checked.
type scanner struct {
	in     io.Reader
	fatal  func(error) bool // tells a failing disk from a damaged file
	buf    []byte
	pos    int   // next byte to read
	end    int   // end of what is in buf
	base   int64 // offset of buf[0] in the stream
	ended  error // why there is no more: io.EOF, or what the stream said
	prefix string
	again  again // nil for a text that can be read once only
}

const firstBuffer = 128 << 10

func newScanner(in io.Reader, prefix string, fatal func(error) bool) *scanner {
	return &scanner{in: in, fatal: fatal, buf: make([]byte, firstBuffer), prefix: prefix}
}

// offset is the place of the next byte.
func (s *scanner) offset() int64 { return s.base + int64(s.pos) }

func (s *scanner) place(off int64) string { return fmt.Sprintf("%s: byte %d", s.prefix, off) }

// fill reads more behind what is unread; false when there is no more.
func (s *scanner) fill() bool {
	if s.ended != nil {
		return false
	}
	if s.pos > 0 && (s.pos == s.end || s.end == len(s.buf)) {
		copy(s.buf, s.buf[s.pos:s.end])
		s.base += int64(s.pos)
		s.end -= s.pos
		s.pos = 0
	}
	if s.end == len(s.buf) {
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 { // a reader that returns nothing for ever must not hang us
		n, err := s.in.Read(s.buf[s.end:])
		s.end += n
		if err != nil {
			s.ended = err
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.ended = io.ErrNoProgress
	return false
}

// peek returns up to n of the next bytes without moving.
func (s *scanner) peek(n int) []byte {
	for s.end-s.pos < n && s.fill() {
	}
	return s.buf[s.pos:min(s.end, s.pos+n)]
}

// next skips white space and returns the byte that follows, unread; 0 at the
// end of the stream.
func (s *scanner) next() byte {
	for {
		for ; s.pos < s.end; s.pos++ {
			switch c := s.buf[s.pos]; c {
			case ' ', '\t', '\r', '\n':
			default:
				return c
			}
		}
		if !s.fill() {
			return 0
		}
	}
}

// brokenError says where and why the structure ends too early. tail is what
// stands there.
type brokenError struct {
	at     int64
	tail   []byte
	reason string
	cause  error
}

func (e *brokenError) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %v", e.reason, e.cause)
	}
	return e.reason
}

// broken reports that what follows is not what must follow.
func (s *scanner) broken(reason string) error {
	rest := s.peek(maxKept)
	if s.ended != nil && s.fatal(s.ended) {
		return s.ended
	}
	e := &brokenError{at: s.offset(), tail: bytes.Clone(rest), reason: reason}
	if s.ended != nil && !errors.Is(s.ended, io.EOF) {
		e.cause = s.ended
	}
	if len(rest) == 0 {
		e.reason = "the file ends here"
	}
	return e
}

const unfinished = "the value does not end"

func (s *scanner) expect(c byte) error {
	if s.next() != c {
		return s.broken(fmt.Sprintf("expected %q", c))
	}
	s.pos++
	return nil
}

// object walks the members of an object; each must consume its value.
func (s *scanner) object(member func(key string) error) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	if s.next() == '}' {
		s.pos++
		return nil
	}
	if err := s.member(member); err != nil {
		return err
	}
	return s.rest(member)
}

// rest walks the members of an object that follow one that was read.
func (s *scanner) rest(member func(key string) error) error {
	for s.next() != '}' {
		if err := s.expect(','); err != nil {
			return err
		}
		if err := s.member(member); err != nil {
			return err
		}
	}
	s.pos++
	return nil
}

func (s *scanner) member(member func(key string) error) error {
	if s.next() != '"' {
		return s.broken("expected a key")
	}
	raw, err := s.take(maxKept)
	if err != nil {
		return err
	}
	key := unquote(raw)
	if err := s.expect(':'); err != nil {
		return err
	}
	return member(key)
}

// array walks the elements of an array; each must consume its value.
func (s *scanner) array(element func() error) error {
	if err := s.expect('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		if s.next() == ']' && first {
			s.pos++
			return nil
		}
		if err := element(); err != nil {
			return err
		}
		if s.next() == ']' {
			s.pos++
			return nil
		}
		if err := s.expect(','); err != nil {
			return err
		}
	}
}

// take returns the next value's bytes, valid until the next call. Beyond limit
// the value is passed over and its beginning comes with ErrTooLarge.
func (s *scanner) take(limit int) ([]byte, error) {
	if s.next() == 0 {
		return nil, s.broken("expected a value")
	}
	var m matcher
	scanned := 0
	for {
		n, done := m.feed(s.buf[s.pos+scanned : s.end])
		scanned += n
		if done || m.kind == bare && !s.more(scanned) {
			if scanned == 0 {
				return nil, s.broken("expected a value")
			}
			raw := s.buf[s.pos : s.pos+scanned]
			s.pos += scanned
			if scanned > limit {
				return raw[:min(scanned, maxKept)], ErrTooLarge
			}
			return raw, nil
		}
		if scanned > limit {
			kept := bytes.Clone(s.buf[s.pos : s.pos+min(scanned, maxKept)])
			s.pos += scanned
			return kept, errors.Join(ErrTooLarge, s.discard(&m))
		}
		if !s.more(scanned) {
			return nil, s.broken(unfinished)
		}
	}
}

// more makes sure that there is a byte n behind the position.
func (s *scanner) more(n int) bool { return s.pos+n < s.end || s.fill() }

// skip passes over the next value without keeping it.
func (s *scanner) skip() error {
	if s.next() == 0 {
		return s.broken("expected a value")
	}
	return s.discard(&matcher{})
}

// pass moves on to a place further on.
func (s *scanner) pass(to int64) error {
	for s.offset() < to {
		if s.pos == s.end && !s.fill() {
			return s.broken(unfinished)
		}
		s.pos += int(min(to-s.offset(), int64(s.end-s.pos)))
	}
	return nil
}

func (s *scanner) discard(m *matcher) error {
	for {
		n, done := m.feed(s.buf[s.pos:s.end])
		s.pos += n
		if done {
			return nil
		}
		if !s.fill() {
			if m.kind == bare {
				return nil
			}
			return s.broken(unfinished)
		}
	}
}

// line returns the next line without its end, and whether it had one; nil at
// the end of the stream.
func (s *scanner) line(limit int) (raw []byte, ended bool, err error) {
	scanned := 0
	for {
		if i := bytes.IndexByte(s.buf[s.pos+scanned:s.end], '\n'); i >= 0 {
			raw = s.buf[s.pos : s.pos+scanned+i]
			s.pos += scanned + i + 1
			if len(raw) > limit {
				return raw[:maxKept], true, ErrTooLarge
			}
			return raw, true, nil
		}
		scanned = s.end - s.pos
		if scanned > limit {
			raw = bytes.Clone(s.buf[s.pos : s.pos+maxKept])
			s.pos = s.end
			return raw, true, errors.Join(ErrTooLarge, s.skipLine())
		}
		if !s.fill() {
			if s.fatal(s.ended) {
				return nil, false, s.ended
			}
			raw = s.buf[s.pos:s.end]
			s.pos = s.end
			return raw, false, nil
		}
	}
}

func (s *scanner) skipLine() error {
	for {
		if i := bytes.IndexByte(s.buf[s.pos:s.end], '\n'); i >= 0 {
			s.pos += i + 1
			return nil
		}
		s.pos = s.end
		if !s.fill() {
			if s.fatal(s.ended) {
				return s.ended
			}
			return nil
		}
	}
}

// closing reports a stream that gave all its bytes and then turned out to be
// damaged (a wrong checksum).
func (s *scanner) closing() error {
	if s.ended != nil && !errors.Is(s.ended, io.EOF) {
		return s.broken("the end of the compressed data is damaged")
	}
	return nil
}
