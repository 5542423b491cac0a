package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
)

// policy lets a page load its style sheet and send its forms back here, and
// nothing else.
const policy = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// guard sets the headers of every answer and turns away what no reader of the
// page sends: other methods, other hosts' names (DNS rebinding), and requests
// that another site makes in the background.
func (p *page) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("X-Robots-Tag", "noindex")
		h.Set("Cache-Control", "no-store")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			p.problem(w, r, http.StatusMethodNotAllowed, "The page only answers GET", "Nothing can be changed here; the command line does that.")
		case r.URL.Path == "/healthz", r.URL.Path == "/readyz": // tell nothing of what is stored
			next.ServeHTTP(w, r)
		case !p.known(r.Host):
			p.problem(w, r, http.StatusMisdirectedRequest, "Another name was asked for",
				"This page answers under loopback names and under web.public_url of the configuration.")
		case r.Header.Get("Sec-Fetch-Site") == "cross-site" && r.Header.Get("Sec-Fetch-Mode") != "navigate":
			p.problem(w, r, http.StatusForbidden, "Another site asked", "Only a reader may open this page.")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// caught turns a panic into a clean answer. Its value may hold what was asked
// or said, so only the place is logged.
func (p *page) caught(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				p.Log.Error("a page panicked", "page", r.Pattern, "stack", string(debug.Stack()))
				p.problem(w, r, http.StatusInternalServerError, "This did not work", "The log on the host says where Stakeout failed.")
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// hosts are the names, without port, that a request may ask for beside
// loopback.
func hosts(cfg Config) map[string]bool {
	known := map[string]bool{"localhost": true}
	if u, err := url.Parse(cfg.PublicURL); err == nil && u.Hostname() != "" {
		known[strings.ToLower(u.Hostname())] = true
	}
	// An address written in digits cannot be rebound.
	if host, _, err := net.SplitHostPort(cfg.Listen); err == nil {
		if a, err := netip.ParseAddr(host); err == nil && !a.IsUnspecified() {
			known[a.String()] = true
		}
	}
	return known
}

func (p *page) known(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(strings.TrimSuffix(host, "."), "[]"))
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback() || p.hosts[a.String()]
	}
	return p.hosts[host]
}
