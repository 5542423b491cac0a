package web

import (
	"fmt"
	"io"
	"net/http"

	"stakeout/bot"
)

// readyLag is how many entries a follower may be behind and the page still be
// worth sending readers to: about a second of import.
const readyLag = 10_000

// healthz says that the process answers.
func (p *page) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "ok\n")
}

// readyz says whether readers should be sent here: that the ledger can be read
// and that the followers keep up. A source in trouble is named below, in words
// that tell nothing of what is stored, but does not make the page unready: what
// was collected before can be read, and another page would collect no better.
// Whoever must be woken watches stakeout_source_state of /metrics.
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
	for _, h := range p.Sources() {
		for _, trouble := range troubles(h) {
			fmt.Fprintf(w, "source %s: %s\n", h.Source, trouble)
		}
	}
}

// troubles are what is wrong with a source, without any name or reason.
func troubles(h bot.Health) (words []string) {
	if h.State == bot.Failing || h.State == bot.Broken {
		words = append(words, string(h.State))
	}
	if h.Silent {
		words = append(words, "silent")
	}
	if n := len(h.Channels); n > 0 {
		words = append(words, fmt.Sprintf("%d channels in trouble", n))
	}
	return words
}
