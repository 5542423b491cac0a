package bottest_test

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"

	"stakeout/bot/bottest"
)

// echo is a server that sends back what it gets.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(c, c)
				_ = c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

func through(t *testing.T, p *bottest.Proxy) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.(*net.TCPConn)
}

func say(t *testing.T, c net.Conn, s string) {
	t.Helper()
	if _, err := c.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(s))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != s {
		t.Fatalf("%q came back as %q, %v", s, got, err)
	}
}

func TestProxyBreaksWhatItIsToldToBreak(t *testing.T) {
	p, err := bottest.NewProxy(echo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	one := make([]byte, 1)

	c := through(t, p)
	say(t, c, "passes")
	p.Cut()
	if _, err := c.Read(one); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a cut connection reads %v, want a reset", err)
	}

	c = through(t, p)
	say(t, c, "passes again")
	p.HalfClose()
	if _, err := c.Read(one); !errors.Is(err, io.EOF) {
		t.Errorf("a half-closed connection reads %v, want its end", err)
	}
	if _, err := c.Write([]byte("still taken")); err != nil {
		t.Errorf("a half-closed connection takes no bytes: %v", err)
	}

	p.Refuse(true)
	c = through(t, p)
	if _, err := c.Read(one); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a refused connection reads %v, want a reset", err)
	}
	p.Refuse(false)

	c = through(t, p)
	p.Pause(true)
	if _, err := c.Write([]byte("late")); err != nil {
		t.Fatal(err)
	}
	p.Pause(false)
	got := make([]byte, 4)
	if _, err := io.ReadFull(c, got); err != nil || string(got) != "late" {
		t.Errorf("after a pause came %q, %v", got, err)
	}
	p.Slow(2000)
	say(t, c, "slowly")
}
