package export

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"stakeout/bot/mail/letter"
	"stakeout/message"
)

// reader hands one input's records to emit and gathers what is to be told of
// the whole.
type reader struct {
	in   Input
	name string
	opt  Options
	emit func(Record) error

	number  int64
	formats []string
	notes   []string
	ignored int64 // members of an archive that hold no chat
	cut     bool  // something broke off
	raw     *rawReader
	second  *secondly // nil for a stream
	maxMail int       // bytes of a mail
}

const maxNotes = 100

func newReader(in Input, opt Options, emit func(Record) error) *reader {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &reader{in: in, name: baseName(in.Name), opt: opt, emit: emit, maxMail: letter.MaxBytes}
}

// baseName is a path's last element, whichever system wrote it.
func baseName(name string) string {
	if name == "-" {
		return "standard input"
	}
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	if name == "." || name == "/" {
		return "input"
	}
	return name
}

func (r *reader) note(format string, args ...any) {
	if len(r.notes) < maxNotes {
		r.notes = append(r.notes, fmt.Sprintf(format, args...))
	}
}

func (r *reader) seen(format string) {
	if !slices.Contains(r.formats, format) {
		r.formats = append(r.formats, format)
	}
}

// good hands over a record that was read.
func (r *reader) good(o *message.Observation, raw []byte, format, place string) error {
	o.Via, o.Native, o.Format, o.Observed = message.Import, raw, format, r.opt.Now().UTC()
	r.number++
	return r.emit(Record{Obs: o, Raw: raw, Place: place, Number: r.number})
}

// bad hands over a record that cannot be read.
func (r *reader) bad(err error, raw []byte, place string) error {
	r.number++
	return r.emit(Record{Err: err, Raw: raw, Place: place, Number: r.number})
}

// broke turns the end of the readable part into a record; any other error is
// passed on.
func (r *reader) broke(s *scanner, err error) error {
	var b *brokenError
	if !errors.As(err, &b) {
		return err
	}
	r.cut = true
	return r.bad(fmt.Errorf("%w: %w", ErrTruncated, b), b.tail, s.place(b.at))
}

// record takes the next value from s, makes sure that it is an object, and
// has read make an observation of it.
func (r *reader) record(s *scanner, format string, read func(raw []byte) (*message.Observation, error)) error {
	s.next()
	at := s.offset()
	raw, err := s.take(maxRecord)
	if errors.Is(err, ErrTooLarge) {
		var b *brokenError
		if errors.As(err, &b) {
			return err
		}
		return r.bad(fmt.Errorf("%w (%d bytes)", ErrTooLarge, s.offset()-at), bytes.Clone(raw), s.place(at))
	}
	if err != nil {
		return err
	}
	raw = bytes.Clone(raw)
	o, err := observe(raw, read)
	if err != nil {
		return r.bad(err, raw, s.place(at))
	}
	return r.good(o, raw, format, s.place(at))
}

func observe(raw []byte, read func(raw []byte) (*message.Observation, error)) (*message.Observation, error) {
	sound, err := valid(raw)
	if err != nil {
		return nil, err
	}
	if sound[0] != '{' {
		return nil, errNotObject
	}
	return read(sound)
}

var errNotArray = errors.New("the messages are not an array")

// refuse hands over the beginning of a whole list of messages that cannot be
// read, and passes over it.
func (r *reader) refuse(s *scanner, err error) error {
	s.next()
	if err := r.bad(err, bytes.Clone(s.peek(maxKept)), s.place(s.offset())); err != nil {
		return err
	}
	return s.skip()
}

// head takes a short value that stands before the messages.
func (r *reader) head(s *scanner) ([]byte, error) {
	raw, err := s.take(maxHeader)
	if err != nil {
		return nil, err
	}
	sound, err := valid(raw)
	if err != nil {
		return nil, nil // as if it were not there
	}
	return bytes.Clone(sound), nil
}
