package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"time"
)

// hasher hashes what passes through it.
type hasher struct {
	in   io.Reader
	hash hash.Hash
	size int64
}

func newHasher(in io.Reader) *hasher { return &hasher{in: in, hash: sha256.New()} }

func (h *hasher) Read(p []byte) (int, error) {
	n, err := h.in.Read(p)
	h.hash.Write(p[:n])
	h.size += int64(n)
	return n, err
}

func (h *hasher) sum() string { return hex.EncodeToString(h.hash.Sum(nil)) }

// SetReadDeadline passes on to the stream, so that a waiting read can be ended.
func (h *hasher) SetReadDeadline(t time.Time) error {
	if d, ok := h.in.(deadliner); ok {
		return d.SetReadDeadline(t)
	}
	return nil
}

// hashFile hashes a file from its beginning; tell hears how far it is, every
// 64 MiB.
func hashFile(ctx context.Context, f file, tell func(at int64)) (sum string, size int64, err error) {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return "", 0, fmt.Errorf("hash: %w", err)
	}
	h := newHasher(io.NewSectionReader(f, 0, end))
	for {
		if err := ctx.Err(); err != nil {
			return "", 0, err
		}
		n, err := io.CopyN(io.Discard, h, 64<<20)
		if n > 0 {
			tell(h.size)
		}
		if err == io.EOF {
			return h.sum(), h.size, nil
		}
		if err != nil {
			return "", 0, fmt.Errorf("hash: %w", err)
		}
	}
}

type deadliner interface{ SetReadDeadline(time.Time) error }

// interrupt ends a read that waits for a pipe or a connection when ctx ends.
// The function that it returns must be called when reading is over.
func interrupt(ctx context.Context, in io.Reader) func() bool {
	return context.AfterFunc(ctx, func() {
		if d, ok := in.(deadliner); ok {
			// A reader without deadlines (a terminal) ends with its next input.
			_ = d.SetReadDeadline(time.Unix(1, 0))
		}
	})
}
