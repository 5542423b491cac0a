package web

import (
	"fmt"
	"io"
	"net/http"
)

// readyLag is how many entries a follower may be behind and the page still be
// worth sending readers to: about a second of import.
const readyLag = 10_000

// healthz says that the process answers.
func (p *page) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "ok\n")
}

// readyz says that the ledger can be read and that the followers keep up.
func (p *page) readyz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if _, err := p.Record.Head(r.Context()); err != nil {
		p.Log.Error("not ready", "error", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		io.WriteString(w, "the ledger cannot be read\n")
		return
	}
	for _, f := range []followerRow{p.follower("index", "", p.Search.Cursor()), p.follower("alerts", "", p.Alerts.Cursor())} {
		if f.Lag > readyLag {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintf(w, "%s: %d entries behind\n", f.Name, f.Lag)
			return
		}
	}
	io.WriteString(w, "ready\n")
}
