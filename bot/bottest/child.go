package bottest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
)

// Func is what a child process runs: a connector on the data directory dir
// against the peer at addr, until ctx ends. Tests register theirs with Main.
type Func func(ctx context.Context, dir, addr string) error

const (
	envFunc = "STAKEOUT_TEST_CHILD"
	envDir  = "STAKEOUT_TEST_DIR"
	envAddr = "STAKEOUT_TEST_ADDR"
	// beats is the child's descriptor on which it tells of commits.
	beats = 3
)

// Main is for TestMain: it runs the tests or, in a child process, the function
// that the child is to run. SIGTERM ends that one's ctx.
func Main(m *testing.M, funcs map[string]Func) {
	name := os.Getenv(envFunc)
	if name == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := funcs[name](ctx, os.Getenv(envDir), os.Getenv(envAddr)); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(os.Stderr, "child %s: %v\n", name, err)
		os.Exit(3)
	}
	os.Exit(0)
}

// Child is a running copy of the test binary.
type Child struct {
	cmd    *exec.Cmd
	beat   chan struct{}
	exited chan struct{}
	err    error // valid once exited is closed
}

// Start runs the function of that name in a new process. What it writes to its
// standard error goes to log.
func Start(name, dir, addr string, log io.Writer) (*Child, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c := &Child{beat: make(chan struct{}, 1), exited: make(chan struct{})}
	c.cmd = exec.Command(os.Args[0], "-test.run=^$")
	c.cmd.Env = append(os.Environ(), envFunc+"="+name, envDir+"="+dir, envAddr+"="+addr)
	c.cmd.Stdout, c.cmd.Stderr = log, log
	c.cmd.ExtraFiles = []*os.File{w}
	err = c.cmd.Start()
	_ = w.Close()
	if err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("start child %s: %w", name, err)
	}
	go func() {
		defer close(c.exited)
		b := make([]byte, 512)
		for {
			if _, err := r.Read(b); err != nil {
				break
			}
			c.told()
		}
		_ = r.Close()
		c.err = c.cmd.Wait()
	}()
	return c, nil
}

func (c *Child) told() {
	select {
	case c.beat <- struct{}{}:
	default:
	}
}

// Beat receives when the child's ledger was opened or has committed since the
// last receive.
func (c *Child) Beat() <-chan struct{} { return c.beat }

// Exited is closed when the process is gone.
func (c *Child) Exited() <-chan struct{} { return c.exited }

// Kill ends the child with SIGKILL and waits for it. An error means that it
// had ended by itself.
func (c *Child) Kill() error {
	_ = c.cmd.Process.Kill()
	<-c.exited
	if c.cmd.ProcessState.ExitCode() != -1 {
		return fmt.Errorf("the child ended by itself: %v", c.err)
	}
	return nil
}

// Stop asks the child to end, waits for it and returns how it ended. When ctx
// ends first, the child is killed.
func (c *Child) Stop(ctx context.Context) error {
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.exited:
		return c.err
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("the child did not stop: %w", ctx.Err()), c.Kill())
	}
}

// Running reports that this process is a child, and gives the pipe on which it
// tells of commits.
func running() (*os.File, bool) {
	if os.Getenv(envFunc) == "" {
		return nil, false
	}
	return os.NewFile(beats, "beats"), true
}
