package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stakeout/config"
)

// serve runs a control socket until the test ends.
func serve(t *testing.T, dir string, handle Handler) string {
	t.Helper()
	c := &Control{Dir: dir, Config: config.Control{Mode: "0600"}, Handle: handle, Log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(context.Background())
	if err := c.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return socketPath(dir, c.Config)
}

func TestControlCarriesStreamsFilesAndStatus(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("a directory too long for a socket's address ", 4))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "chat.json")
	if err := os.WriteFile(file, []byte("from the file"), 0o600); err != nil {
		t.Fatal(err)
	}
	socket := serve(t, dir, func(_ context.Context, c Call) int {
		in, _ := io.ReadAll(c.In)
		b, err := io.ReadAll(c.Open[file])
		if err != nil {
			return 1
		}
		_, _ = io.WriteString(c.Out, strings.Join(c.Args, " ")+"|"+string(in)+"|"+string(b)+"|"+strings.Repeat("x", 3<<20))
		_, _ = io.WriteString(c.Err, "talk")
		if c.UID != os.Getuid() && c.UID != -1 {
			return 2
		}
		return 4
	})
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v %v", info, err)
	}
	var out, talk bytes.Buffer
	code, err := forward(t.Context(), socket, Request{Args: []string{"import", "-"}, Files: []string{file}}, Streams{strings.NewReader("typed"), &out, &talk})
	want := "import -|typed|from the file|" + strings.Repeat("x", 3<<20)
	if err != nil || code != 4 || out.String() != want || talk.String() != "talk" {
		t.Errorf("%v %d %.60q %q", err, code, out.String(), talk.String())
	}
}

func TestCancellingTheClientStopsTheCommandAndHearsItsLastWords(t *testing.T) {
	started := make(chan struct{})
	socket := serve(t, t.TempDir(), func(ctx context.Context, c Call) int {
		close(started)
		<-ctx.Done()
		_, _ = io.WriteString(c.Err, "three messages are kept")
		return 1
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-started; cancel() }()
	var talk bytes.Buffer
	code, err := forward(ctx, socket, Request{}, Streams{strings.NewReader(""), io.Discard, &talk})
	if err != nil || code != 1 || talk.String() != "three messages are kept" {
		t.Errorf("%v %d %q", err, code, talk.String())
	}
}

func TestAClientThatGoesAwayStopsItsCommand(t *testing.T) {
	ended := make(chan struct{})
	socket := serve(t, t.TempDir(), func(ctx context.Context, c Call) int {
		<-ctx.Done()
		close(ended)
		return 0
	})
	conn, err := dial(socket)
	if err != nil {
		t.Fatal(err)
	}
	if err := sendRequest(conn, Request{Args: []string{"import"}}); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	<-ended
}

func TestAPanickingCommandCostsNothingElseAndTellsNoText(t *testing.T) {
	socket := serve(t, t.TempDir(), func(_ context.Context, c Call) int {
		if len(c.Args) == 0 {
			panic("text of a message")
		}
		return 0
	})
	for _, c := range []struct {
		args []string
		code int
	}{{nil, 1}, {[]string{"status"}, 0}} {
		var talk bytes.Buffer
		code, err := forward(t.Context(), socket, Request{Args: c.args}, Streams{strings.NewReader(""), io.Discard, &talk})
		if err != nil || code != c.code || strings.Contains(talk.String(), "text of a message") {
			t.Errorf("%v %d %q", err, code, talk.String())
		}
	}
}

func TestNobodyAtTheSocket(t *testing.T) {
	if _, err := forward(t.Context(), filepath.Join(t.TempDir(), "control.sock"), Request{}, Streams{}); !errors.Is(err, ErrNoService) {
		t.Error(err)
	}
}

func TestLockNamesItsHolderAndIsGivenUp(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if _, err := lockDir(dir, "search", false); !errors.Is(err, ErrNoData) {
		t.Error(err)
	}
	l, err := lockDir(dir, "run", true)
	if err != nil {
		t.Fatal(err)
	}
	var held *HeldError
	if _, err := lockDir(dir, "import", true); !errors.As(err, &held) || held.PID != os.Getpid() || held.Command != "run" {
		t.Errorf("%v", err)
	}
	if err := l.release(); err != nil {
		t.Fatal(err)
	}
	if l, err = lockDir(dir, "import", true); err != nil {
		t.Fatal(err)
	}
	_ = l.release()
}

func TestSupervisePausesLongerEachTimeAndEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var starts []time.Duration
		began := time.Now()
		err := supervise(ctx, slog.New(slog.DiscardHandler), "part", func(context.Context) error {
			if starts = append(starts, time.Since(began)); len(starts) == 12 {
				cancel()
			}
			return errors.New("boom")
		}, func(bool) {})
		if err != nil || len(starts) != 12 {
			t.Fatal(err, starts)
		}
		for i := 1; i < len(starts); i++ {
			pause, most := starts[i]-starts[i-1], min(firstPause<<(i-1), longestPause)
			if pause < most/2 || pause > most*3/2 {
				t.Errorf("pause %d was %s, want about %s", i, pause, most)
			}
		}
	})
}

func FuzzReadFrame(f *testing.F) {
	var b bytes.Buffer
	_ = (&frames{w: &b}).send(frameRequest, []byte(`{"args":["x"]}`))
	f.Add(b.Bytes())
	f.Add([]byte{'Q', 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		for {
			_, got, err := readFrame(r)
			if err != nil {
				return
			}
			if len(got) > maxFrame {
				t.Fatal("a frame beyond the bound")
			}
		}
	})
}
