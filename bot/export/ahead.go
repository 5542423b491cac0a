package export

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// ErrOrder says that a stream tells of a chat's messages before it tells of
// the chat: whoever sorts an export's keys moves them there. A file is then
// read twice, a stream cannot be.
var ErrOrder = errors.New("the messages stand before the id, kind or name of their chat, which a stream cannot be read back for; save it to a file first and import that")

// again opens the text that a scanner reads once more, from its beginning; nil
// where that cannot be done.
type again func() (io.ReadCloser, error)

// secondly reads a file's bytes apart from the first reading and its progress,
// until ctx ends.
type secondly struct {
	ctx  context.Context
	in   io.ReaderAt
	size int64
	raw  *rawReader // learns when the disk fails
	zip  *zip.Reader
}

func (s *secondly) ReadAt(p []byte, off int64) (int, error) {
	n, err := 0, s.ctx.Err()
	if err == nil {
		n, err = s.in.ReadAt(p, off)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		s.raw.err = err
	}
	return n, err
}

func (s *secondly) plain() (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(s, 0, s.size)), nil
}

func (s *secondly) gzip() (io.ReadCloser, error) {
	return gzip.NewReader(io.NewSectionReader(s, 0, s.size))
}

// member opens an archive's member by its place in the archive.
func (s *secondly) member(i int) (io.ReadCloser, error) {
	if s.zip == nil {
		z, err := zip.NewReader(s, s.size)
		if err != nil {
			return nil, err
		}
		s.zip = z
	}
	return s.zip.File[i].Open()
}

// ahead runs before a scanner through the same text, for what stands behind
// the messages. It only ever moves forward, so that one more reading of the
// text serves all of its chats.
type ahead struct {
	in   io.ReadCloser // nil until it is needed
	scan *scanner
}

func (a *ahead) Close() error {
	if a.in == nil {
		return nil
	}
	return a.in.Close()
}

// behind walks the members that follow the value that s is about to read, in
// the object that it stands in. Where the text breaks off, it ends without an
// error: s will come there too.
func (a *ahead) behind(s *scanner, member func(a *scanner, key string) error) error {
	if s.again == nil {
		return ErrOrder
	}
	if a.in == nil {
		in, err := s.again()
		if err != nil {
			return fmt.Errorf("read a second time: %w", err)
		}
		a.in, a.scan = in, newScanner(in, s.prefix, s.fatal)
	}
	err := a.scan.pass(s.offset())
	if err == nil {
		err = a.scan.skip()
	}
	if err == nil {
		err = a.scan.rest(func(key string) error { return member(a.scan, key) })
	}
	var broken *brokenError
	if errors.As(err, &broken) {
		return nil
	}
	return err
}
