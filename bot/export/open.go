package export

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
)

// rawReader counts the file's own bytes and remembers when the disk, not the
// content, failed.
type rawReader struct {
	in   io.Reader
	read atomic.Int64
	err  error
}

func (r *rawReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	r.read.Add(int64(n))
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

// fatal tells a failing read from damaged content.
func (r *rawReader) fatal(err error) bool { return r.err != nil && !errors.Is(err, io.EOF) }

type file interface {
	io.ReaderAt
	io.Seeker
}

// regular returns in as a file of known size, if it is one.
func regular(in io.Reader) (file, int64, bool) {
	f, ok := in.(file)
	if !ok {
		return nil, 0, false
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, 0, false
	}
	return f, size, true
}

// notDirectory refuses a directory, which opens like a file.
func notDirectory(in Input) error {
	f, ok := in.Reader.(interface{ Stat() (fs.FileInfo, error) })
	if !ok {
		return nil
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a directory; name the files in it", in.Name)
	}
	return nil
}

var (
	magicGzip = []byte{0x1f, 0x8b}
	magicZip  = []byte("PK\x03\x04")
	noZip     = []byte("PK\x05\x06") // an archive without members
)

// run reads the whole input.
func (r *reader) run(ctx context.Context) error {
	if err := notDirectory(r.in); err != nil {
		return err
	}
	in := r.in.Reader
	f, size, seekable := regular(in)
	if seekable {
		in = io.NewSectionReader(f, 0, size)
	}
	if r.raw == nil {
		r.raw = &rawReader{}
	}
	if seekable {
		r.second = &secondly{ctx: ctx, in: f, size: size, raw: r.raw}
	}
	r.raw.in = in
	outer := newScanner(r.raw, r.name, r.raw.fatal)
	start := outer.peek(4)
	if r.raw.err != nil {
		return fmt.Errorf("read %s: %w", r.name, r.raw.err)
	}
	var err error
	switch {
	case bytes.HasPrefix(start, magicGzip):
		err = r.gzip(outer)
	case bytes.HasPrefix(start, magicZip), bytes.HasPrefix(start, noZip):
		if r.second == nil {
			return fmt.Errorf("read %s: a zip archive cannot be read from a stream; name the file", r.name)
		}
		err = r.zip(r.second)
	default:
		if r.second != nil {
			outer.again = r.second.plain
		}
		err = r.chat(outer)
	}
	if err != nil && !errors.Is(err, errStop) {
		return fmt.Errorf("read %s: %w", r.name, err)
	}
	return err
}

func (r *reader) gzip(outer *scanner) error {
	z, err := gzip.NewReader(io.MultiReader(bytes.NewReader(bytes.Clone(outer.buf[outer.pos:outer.end])), r.raw))
	if err != nil {
		return fmt.Errorf("not a readable gzip file: %w", err)
	}
	s := newScanner(z, r.name, r.raw.fatal)
	if r.second != nil {
		s.again = r.second.gzip
	}
	return r.chat(s)
}

// counted counts the bytes read from an archive, for progress.
type counted struct {
	in  io.ReaderAt
	raw *rawReader
}

func (c counted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.in.ReadAt(p, off)
	c.raw.read.Add(int64(n))
	if err != nil && !errors.Is(err, io.EOF) {
		c.raw.err = err
	}
	return n, err
}

// zip reads every member that holds a chat, in the archive's order.
func (r *reader) zip(f *secondly) error {
	z, err := zip.NewReader(counted{f, r.raw}, f.size)
	if err != nil {
		return fmt.Errorf("not a readable zip archive: %w", err)
	}
	r.packed(z.Comment)
	chats := 0
	for i, m := range z.File {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		if m.FileInfo().IsDir() {
			continue
		}
		err := r.member(m, func() (io.ReadCloser, error) { return f.member(i) })
		switch {
		case errors.Is(err, ErrFormat), errors.Is(err, ErrUTF16):
			r.ignored++
		case err != nil:
			return err
		default:
			chats++
		}
	}
	if chats == 0 {
		return ErrFormat
	}
	return nil
}

func (r *reader) member(m *zip.File, twice again) (err error) {
	in, err := m.Open()
	if err != nil {
		r.cut = true
		return r.bad(fmt.Errorf("%w: cannot open this member: %w", ErrTruncated, err), nil, r.name+"/"+m.Name)
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	s := newScanner(in, m.Name, r.raw.fatal)
	s.again = twice
	err = r.chat(s)
	if errors.Is(err, ErrFormat) && strings.HasSuffix(m.Name, ".eml") {
		return r.eml(s) // somebody takes it for a mail: keep it to be looked at
	}
	return err
}

// chat tells the form of one text and reads it.
func (r *reader) chat(s *scanner) error {
	window := s.peek(firstBuffer / 2)
	if r.raw.err != nil {
		return r.raw.err
	}
	if bytes.HasPrefix(window, []byte("\xef\xbb\xbf")) {
		s.pos += 3
		window = window[3:]
	}
	form, err := sniff(window)
	if err != nil {
		if s.ended != nil && !errors.Is(s.ended, io.EOF) { // a damaged archive rather than a foreign one
			return r.broke(s, s.broken(unfinished))
		}
		return err
	}
	switch form {
	case FormatLines:
		return r.lines(s)
	case FormatEML:
		return r.eml(s)
	case FormatMbox:
		return r.mbox(s)
	}
	return r.broke(s, r.envelope(s))
}
