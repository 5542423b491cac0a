package app

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
)

// What goes over the control socket is frames: a kind, a length of four bytes,
// big-endian, and so many bytes.
type frame byte

const (
	frameRequest frame = 'Q' // client: JSON of Request; file descriptors come with it
	frameInput   frame = 'I' // client: bytes of standard input; empty for its end
	frameCancel  frame = 'C' // client: stop, and say what was kept
	frameOut     frame = 'O' // service: bytes for standard output
	frameErr     frame = 'E' // service: bytes for standard error
	frameExit    frame = 'X' // service: one byte, the exit status; the last frame
)

const maxFrame = 1 << 20

// frames writes whole frames from several goroutines.
type frames struct {
	mu sync.Mutex
	w  io.Writer
}

func (f *frames) send(kind frame, b []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	head := binary.BigEndian.AppendUint32([]byte{byte(kind)}, uint32(len(b)))
	if _, err := f.w.Write(head); err != nil {
		return err
	}
	_, err := f.w.Write(b)
	return err
}

// stream is an io.Writer that sends frames of one kind.
type stream struct {
	f    *frames
	kind frame
}

func (s stream) Write(b []byte) (n int, err error) {
	for len(b) > 0 {
		part := b[:min(len(b), maxFrame)]
		if err := s.f.send(s.kind, part); err != nil {
			return n, err
		}
		n += len(part)
		b = b[len(part):]
	}
	return n, nil
}

func readFrame(r io.Reader) (frame, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, nil, fmt.Errorf("control socket: frame of %d bytes", n)
	}
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return frame(head[0]), b, err
}
