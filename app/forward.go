package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// ErrNoService says that nobody serves the directory's control socket.
var ErrNoService = errors.New("no service is running on this directory")

// Streams are the standard streams of a command.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// forward has the running service carry out a command and returns its exit
// status. The files are opened here, with this user's rights, and handed over.
// When ctx ends the service is asked to stop, and what it still says is shown.
func forward(ctx context.Context, socket string, req Request, std Streams) (int, error) {
	conn, err := dial(socket)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := sendRequest(conn, req); err != nil {
		return 0, fmt.Errorf("control socket: %w", err)
	}
	out := &frames{w: conn}
	stop := context.AfterFunc(ctx, func() { _ = out.send(frameCancel, nil) })
	defer stop()
	// Reading standard input cannot be interrupted, so nobody waits for this
	// goroutine: it ends with the process, which ends with this command.
	go func() {
		_, _ = io.Copy(stream{out, frameInput}, std.In)
		_ = out.send(frameInput, nil)
	}()
	for {
		kind, b, err := readFrame(conn)
		if err != nil {
			return 0, fmt.Errorf("the service ended before the command did: %w", err)
		}
		switch kind {
		case frameOut:
			_, err = std.Out.Write(b)
		case frameErr:
			_, err = std.Err.Write(b)
		case frameExit:
			if len(b) != 1 {
				return 0, errors.New("control socket: bad exit frame")
			}
			return int(b[0]), nil
		}
		if err != nil {
			return 0, err // nobody reads our output any more: hanging up cancels the command
		}
	}
}

func dial(socket string) (*net.UnixConn, error) {
	short, release, err := shortPath(socket)
	if err != nil {
		return nil, err
	}
	defer release()
	conn, err := net.DialTimeout("unix", short, 5*time.Second)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, ErrNoService
	}
	if err != nil {
		return nil, fmt.Errorf("control socket %s: %w", socket, err)
	}
	return conn.(*net.UnixConn), nil
}

func sendRequest(conn *net.UnixConn, req Request) error {
	if len(req.Files) > maxFiles {
		return fmt.Errorf("at most %d files at once", maxFiles)
	}
	var fds []int
	for _, name := range req.Files {
		if f := req.Made[name]; f != nil {
			fds = append(fds, int(f.Fd()))
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		fds = append(fds, int(f.Fd()))
	}
	b, err := json.Marshal(req)
	if err != nil {
		return err
	}
	if len(b) > maxFrame {
		return errors.New("the command line is too long")
	}
	head := []byte{byte(frameRequest), byte(len(b) >> 24), byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}
	if _, _, err := conn.WriteMsgUnix(head, syscall.UnixRights(fds...), nil); err != nil {
		return err
	}
	_, err = conn.Write(b)
	return err
}
