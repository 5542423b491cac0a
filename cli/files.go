package cli

import (
	"fmt"
	"io"
	"os"

	"stakeout/bot/export"
)

// open opens a file that the user named: here, or, within a service, the
// descriptor that the client opened. "-" is standard input.
func (s *session) open(name string) (export.Input, func(), error) {
	if name == "-" {
		return export.Input{Name: "standard input", Reader: s.In}, func() {}, nil
	}
	if s.Service != nil {
		f := s.Open[name]
		if f == nil {
			return export.Input{}, nil, fmt.Errorf("%s: the client did not hand this file over", name)
		}
		return export.Input{Name: name, Reader: f}, func() {}, nil // the socket's server closes it
	}
	if f := s.packed[name]; f != nil {
		return export.Input{Name: name, Reader: f}, func() {}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return export.Input{}, nil, err
	}
	return export.Input{Name: name, Reader: f}, func() { f.Close() }, nil
}

// readFile reads a small file that the user named.
func (s *session) readFile(name string) ([]byte, error) {
	in, done, err := s.open(name)
	if err != nil {
		return nil, err
	}
	defer done()
	const most = 16 << 20
	b, err := io.ReadAll(io.LimitReader(in.Reader, most+1))
	if err == nil && len(b) > most {
		err = fmt.Errorf("%s is larger than %d bytes", name, most)
	}
	return b, err
}
