package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"stakeout/config"
)

// Request is a command line that the running service is to carry out.
type Request struct {
	Args []string `json:"args"`
	// Files are the paths, as the user wrote them, of the descriptors that
	// came along in the same order.
	Files []string `json:"files,omitempty"`
	// Terminal tells that standard error is one, for progress.
	Terminal bool `json:"terminal,omitempty"`
	// Made are those of Files that the client made instead of opening them by
	// name.
	Made map[string]*os.File `json:"-"`
}

// Call is a Request with its streams, as the handler gets it.
type Call struct {
	Request
	UID      int // user id of the peer, told by the kernel; -1 where it does not tell
	In       io.Reader
	Out, Err io.Writer
	Open     map[string]*os.File // Files, opened by the client
}

// Handler carries out a command and returns its exit status. Its context ends
// when the client cancels or goes away.
type Handler func(context.Context, Call) int

// Control serves the Unix socket through which commands reach the service
// that owns the directory.
type Control struct {
	Dir    string
	Config config.Control
	Handle Handler
	Log    *slog.Logger

	listener *net.UnixListener
}

// A client that asked for nothing within this time is let go.
const requestTimeout = 10 * time.Second

func socketPath(dir string, c config.Control) string {
	if c.Socket != "" {
		return c.Socket
	}
	return filepath.Join(dir, "control.sock")
}

// Listen opens the socket. Clients that connect before Run wait.
func (c *Control) Listen(ctx context.Context) error {
	path := socketPath(c.Dir, c.Config)
	l, err := c.listen(ctx, path)
	if err != nil {
		return fmt.Errorf("control socket %s: %w", path, err)
	}
	c.listener = l
	return nil
}

// Run serves until ctx ends, then waits for the commands under way, whose
// contexts end with ctx, and removes the socket. Listen comes before it.
func (c *Control) Run(ctx context.Context) error {
	l := c.listener
	defer os.Remove(socketPath(c.Dir, c.Config))
	defer l.Close()
	var calls sync.WaitGroup
	defer calls.Wait()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("control socket: %w", err)
		}
		calls.Go(func() {
			defer conn.Close()
			if err := c.serve(ctx, conn); err != nil && !errors.Is(err, io.EOF) {
				c.Log.Warn("control connection ended", "err", err)
			}
		})
	}
}

func (c *Control) listen(ctx context.Context, path string) (*net.UnixListener, error) {
	// We hold the directory's lock, so whatever stands here is a leftover.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	short, release, err := shortPath(path)
	if err != nil {
		return nil, err
	}
	defer release()
	// Between bind and chmod nobody but the owner may connect.
	old := syscall.Umask(0o177)
	l, err := new(net.ListenConfig).Listen(ctx, "unix", short)
	syscall.Umask(old)
	if err != nil {
		return nil, err
	}
	ul := l.(*net.UnixListener)
	ul.SetUnlinkOnClose(false) // it would unlink the short name
	if c.Config.Group != "" {
		if err := chgrp(path, c.Config.Group); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	if err := os.Chmod(path, c.Config.FileMode()); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return ul, nil
}

func chgrp(path, group string) error {
	g, err := user.LookupGroup(group)
	if err != nil {
		return fmt.Errorf("control.group: %w", err)
	}
	gid, err := strconv.Atoi(g.Gid)
	if err != nil {
		return fmt.Errorf("control.group: %w", err)
	}
	return os.Chown(path, -1, gid)
}

// shortPath gives another name of a path that is too long for a socket's
// address (108 bytes on Linux, see unix(7)): its directory's descriptor under
// /proc. release closes that.
func shortPath(path string) (string, func(), error) {
	if len(path) < 100 {
		return path, func() {}, nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return "", nil, err
	}
	short := fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	if _, err := os.Stat(filepath.Dir(short)); err != nil {
		return "", nil, errors.Join(errors.New("path is too long for a socket: set control.socket to a shorter one"), dir.Close())
	}
	return short, func() { dir.Close() }, nil
}

func (c *Control) serve(ctx context.Context, conn *net.UnixConn) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := conn.SetReadDeadline(time.Now().Add(requestTimeout)); err != nil {
		return err
	}
	req, files, err := receive(conn)
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	if err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	in, input := io.Pipe()
	out := &frames{w: conn}
	call := Call{Request: req, UID: peerUID(conn), In: in, Out: stream{out, frameOut}, Err: stream{out, frameErr}, Open: map[string]*os.File{}}
	for i, name := range req.Files {
		if i < len(files) {
			call.Open[name] = files[i]
		}
	}
	var reader sync.WaitGroup
	reader.Go(func() {
		defer cancel() // a client that goes away cancels its command
		input.CloseWithError(feed(conn, input, cancel))
	})
	// A stalled client must not hold up the end of the service.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetWriteDeadline(time.Now().Add(requestTimeout)) })
	defer stop()
	code := c.handle(ctx, call)
	in.Close()
	err = out.send(frameExit, []byte{byte(code)})
	conn.Close()
	reader.Wait()
	return err
}

// handle contains a panic in a command: the service goes on. The panic's value
// may hold a message's text, so only its type is told.
func (c *Control) handle(ctx context.Context, call Call) (code int) {
	defer func() {
		if p := recover(); p != nil {
			c.Log.Error("a command panicked", "type", fmt.Sprintf("%T", p))
			fmt.Fprintln(call.Err, "stakeout: internal error; the service's log has the time of it")
			code = 1
		}
	}()
	return c.Handle(ctx, call)
}

// feed passes the client's input on until the connection ends.
func feed(conn io.Reader, input *io.PipeWriter, cancel context.CancelFunc) error {
	for {
		kind, b, err := readFrame(conn)
		if err != nil {
			return io.ErrUnexpectedEOF
		}
		switch {
		case kind == frameCancel:
			cancel()
		case kind == frameInput && len(b) == 0:
			input.Close()
		case kind == frameInput:
			if _, err := input.Write(b); err != nil && !errors.Is(err, io.ErrClosedPipe) {
				return err
			}
		}
	}
}

// receive reads the request frame and the descriptors that came with it.
func receive(conn *net.UnixConn) (req Request, files []*os.File, err error) {
	head, oob := make([]byte, 5), make([]byte, syscall.CmsgSpace(4*maxFiles))
	n, oobn, _, _, err := conn.ReadMsgUnix(head, oob)
	if err != nil {
		return req, nil, err
	}
	if files, err = descriptors(oob[:oobn]); err != nil {
		return req, files, err
	}
	kind, b, err := readFrame(io.MultiReader(strings.NewReader(string(head[:n])), conn))
	if err != nil {
		return req, files, err
	}
	if kind != frameRequest {
		return req, files, fmt.Errorf("control socket: got frame %q before a request", kind)
	}
	if err := json.Unmarshal(b, &req); err != nil {
		return req, files, fmt.Errorf("control socket: %w", err)
	}
	return req, files, nil
}

// maxFiles is how many descriptors one request may bring (SCM_MAX_FD on Linux
// is 253).
const maxFiles = 200

func descriptors(oob []byte) (files []*os.File, err error) {
	msgs, err := syscall.ParseSocketControlMessage(oob)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	for _, m := range msgs {
		fds, err := syscall.ParseUnixRights(&m)
		if err != nil {
			return files, fmt.Errorf("control socket: %w", err)
		}
		for _, fd := range fds {
			syscall.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), fmt.Sprintf("descriptor %d", fd)))
		}
	}
	return files, nil
}
