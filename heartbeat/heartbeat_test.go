package heartbeat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"stakeout/secret"
)

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestItBeatsWhileAllIsWellAndSaysEachChangeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		began := time.Now()
		ctx, stop := context.WithCancel(t.Context())
		var calls []time.Duration
		b := beater{url: "https://beats.example/ping/hush?key=hush", log: slog.New(slog.NewTextHandler(&out, nil)), client: &http.Client{
			Timeout: timeout,
			Transport: tripper(func(r *http.Request) (*http.Response, error) {
				at := time.Since(began)
				calls = append(calls, at)
				switch {
				case at < 4*time.Minute:
					return answer(200), nil
				case at < 6*time.Minute:
					return answer(503), nil
				case at < 8*time.Minute:
					<-r.Context().Done() // hangs
					return nil, r.Context().Err()
				}
				return answer(204), nil
			}),
		}}
		well := func() bool {
			at := time.Since(began)
			if at >= 10*time.Minute {
				stop()
			}
			return at < 2*time.Minute || at >= 3*time.Minute
		}
		if err := b.run(ctx, time.Minute, well); err != nil {
			t.Error(err)
		}
		if len(calls) != 10 { // eleven times, once withheld
			t.Errorf("called at %v", calls)
		}
		var said []string
		for line := range strings.Lines(out.String()) {
			_, line, _ = strings.Cut(line, "msg=")
			said = append(said, strings.TrimSpace(line))
		}
		want := []string{`"the heartbeat is withheld: not all is well"`, `"the heartbeat arrives again"`, `"the heartbeat does not arrive" kind="status 503"`,
			`"the heartbeat does not arrive" kind=timeout`, `"the heartbeat arrives again"`}
		if strings.Join(said, "\n") != strings.Join(want, "\n") {
			t.Errorf("said\n%s\nwant\n%s", strings.Join(said, "\n"), strings.Join(want, "\n"))
		}
		if strings.Contains(out.String(), "hush") {
			t.Errorf("the address is in the log:\n%s", out.String())
		}
	})
}

func answer(status int) *http.Response {
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader("ok"))}
}

func TestKindsOfFailure(t *testing.T) {
	mux := http.NewServeMux()
	srv := httptest.NewServer(mux)
	defer srv.Close()
	strangers := 0
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strangers++ }))
	defer stranger.Close()
	tls := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	tls.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of a client that does not trust it
	tls.StartTLS()
	defer tls.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	mux.HandleFunc("GET /ok", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("User-Agent") != "stakeout" || r.Header.Get("Referer") != "" {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	mux.HandleFunc("GET /again", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ok", http.StatusFound) })
	mux.HandleFunc("GET /circle", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/circle", http.StatusFound) })
	mux.HandleFunc("GET /away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, stranger.URL+"/hush", http.StatusFound)
	})
	mux.HandleFunc("GET /teapot", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })
	mux.HandleFunc("GET /endless", func(w http.ResponseWriter, r *http.Request) {
		for b := bytes.Repeat([]byte("x"), 1<<16); ; {
			if _, err := w.Write(b); err != nil {
				return // hung up after the first kilobyte
			}
		}
	})
	mux.HandleFunc("GET /cut", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for address, want := range map[string]string{
		srv.URL + "/ok": "", srv.URL + "/again": "", srv.URL + "/endless": "",
		srv.URL + "/circle": "redirected to another host, or too often", srv.URL + "/away": "redirected to another host, or too often",
		srv.URL + "/teapot": "status 418", srv.URL + "/missing": "status 404", srv.URL + "/cut": "connection failed",
		tls.URL + "/hush": "certificate not trusted", gone.URL + "/hush": "connection refused",
		"https" + strings.TrimPrefix(srv.URL, "http") + "/hush": "connection failed",
	} {
		b := beater{client: client(), url: address}
		if got := b.call(t.Context()); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	if strangers > 0 {
		t.Error("it followed to another host")
	}
	b := beater{client: &http.Client{Transport: tripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("hush") })}, url: srv.URL}
	if got := b.call(t.Context()); got != "connection failed" {
		t.Error(got)
	}
}

func TestConfig(t *testing.T) {
	if c := DefaultConfig(); c.Enabled() || c.Validate() != nil {
		t.Error(c.Validate())
	}
	for address, good := range map[string]bool{
		"https://beats.example/ping/1": true, "https://beats.example:8443?x=1": true, "http://127.0.0.1:1/x": true, "http://[::1]/x": true, "http://localhost/x": true,
		"http://beats.example/hush": false, "beats.example/hush": false, "ftp://127.0.0.1/hush": false, "https:///hush": false, "https://a:hush@beats.example/": false, "https://beats.example/#hush": false, "https://hush%zz/": false,
	} {
		err := Config{URL: secret.Value(address), Every: time.Minute}.Validate()
		if good != (err == nil) || err != nil && (!strings.HasPrefix(err.Error(), "url: ") || strings.Contains(err.Error(), "hush")) {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, every := range []time.Duration{-1, 0, time.Second, 25 * time.Hour} {
		if err := (Config{Every: every}).Validate(); err == nil || !strings.HasPrefix(err.Error(), "every: ") {
			t.Errorf("%v: %v", every, err)
		}
	}
}
