package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestOnlyKnownHostsAreServed(t *testing.T) {
	h := (&house{}).handler(Config{Listen: "192.0.2.7:8080", PublicURL: "https://Stakeout.example:8443"})
	for host, want := range map[string]int{
		"127.0.0.1:8080":         200,
		"127.8.8.8":              200,
		"localhost:1":            200,
		"LOCALHOST.":             200,
		"[::1]:8080":             200,
		"::1":                    200,
		"192.0.2.7:8080":         200,
		"stakeout.example":       200,
		"stakeout.example:8443":  200,
		"evil.example":           421,
		"127.0.0.1.evil.example": 421,
		"localhost.evil.example": 421,
		"192.0.2.8":              421,
		"10.0.0.1":               421,
		"":                       421,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("host %q: %d, want %d", host, w.Code, want)
		}
	}
}

func TestProbesAreServedUnderAnyName(t *testing.T) {
	h := (&house{}).handler(DefaultConfig())
	for _, path := range []string{"/healthz", "/readyz"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = "10.1.2.3:8080"
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	h := (&house{}).handler(DefaultConfig())
	for _, target := range []string{"/", "/alerts", "/status", "/coverage", "/metrics", "/healthz", "/style.css", "/nothing", "/messages/1"} {
		got := get(t, h, target).Header()
		for key, want := range map[string]string{
			"Content-Security-Policy": policy,
			"X-Content-Type-Options":  "nosniff",
			"Referrer-Policy":         "no-referrer",
			"X-Frame-Options":         "DENY",
		} {
			if got.Get(key) != want {
				t.Errorf("%s: %s is %q", target, key, got.Get(key))
			}
		}
		if target != "/style.css" && got.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be cached", target)
		}
	}
}

func TestOthersAreTurnedAway(t *testing.T) {
	h := (&house{}).handler(DefaultConfig())
	ask := func(method string, header ...string) int {
		r := httptest.NewRequest(method, "http://localhost/", nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
		if got := ask(method); got != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, got)
		}
	}
	if got := ask("GET", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"); got != http.StatusForbidden {
		t.Errorf("a request made by another site in the background: %d", got)
	}
	if got := ask("GET", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"); got != http.StatusOK {
		t.Errorf("a link followed from Slack: %d", got)
	}
}
