package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"stakeout/bot"
	"stakeout/ledger"
	"stakeout/message"
)

// Record is what the page reads of the ledger; *ledger.Ledger is one.
type Record interface {
	Size() int64
	Head(context.Context) (ledger.Head, error)
	Entries(ctx context.Context, seqs []int64) ([]ledger.Entry, error)
	Versions(ctx context.Context, c message.Channel, id string) ([]ledger.Entry, error)
	Stretch(ctx context.Context, c message.Channel, from, to time.Time, limit int) ([]ledger.Entry, error)
	Counts(ctx context.Context, from, to int64) (ledger.Counts, error)
	QuarantineCount(ctx context.Context, after int64) (n, last int64, err error)
	Coverage(context.Context) ([]ledger.Cover, error)
}

// Deps is what the page is made of. Nothing in it is changed by the page.
type Deps struct {
	Record Record
	Search Searcher
	Alerts Alerts
	// Sources is the health of every watched source; nil: none is configured.
	Sources func() []bot.Health
	// Disk tells how many bytes are free, and how many there are, where the
	// ledger stands; nil: not known.
	Disk func() (free, total uint64)
	// Canary is what became of the last canary; nil: there is none.
	Canary func() CanaryState
	// Zone is the zone of the times shown; nil: UTC.
	Zone *time.Location
	// Banner stands above every page, as in "DEMO"; empty: none.
	Banner string
	Now    func() time.Time // nil: time.Now
	Log    *slog.Logger     // nil: none
}

// CanaryState says how long the messages took that Stakeout posts to itself.
type CanaryState struct {
	LastOK time.Time // when one last arrived everywhere; zero: not since the start
	// From being posted until it stood in the ledger, could be found, and was
	// told to the receiver: of the last one that got there, zero for none.
	Ledger, Index, Receiver time.Duration
	Failing                 bool // one did not arrive in time, and none since
}

func (d Deps) withDefaults() Deps {
	if d.Sources == nil {
		d.Sources = func() []bot.Health { return nil }
	}
	if d.Zone == nil {
		d.Zone = time.UTC
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return d
}

//go:embed templates static
var files embed.FS

// page answers requests.
type page struct {
	Deps
	hosts     map[string]bool
	templates map[string]*template.Template
	style     []byte
	styleTag  string
	process   prometheus.Gatherer // figures of the process itself
	recent    recentCoverage
}

// New makes the page's handler, with all its guards.
func New(d Deps, cfg Config) http.Handler {
	p := &page{Deps: d.withDefaults(), hosts: hosts(cfg), templates: map[string]*template.Template{}, process: processFigures()}
	for _, name := range []string{"search", "alert_list", "alert_show", "message_show", "status", "coverage", "problem"} {
		p.templates[name] = template.Must(template.ParseFS(files, "templates/layout.html", "templates/parts.html", "templates/"+name+".html"))
	}
	style, err := fs.ReadFile(files, "static/style.css")
	if err != nil {
		panic(err) // the file is embedded above
	}
	sum := sha256.Sum256(style)
	p.style, p.styleTag = style, `"`+hex.EncodeToString(sum[:8])+`"`

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.search)
	mux.HandleFunc("GET /alerts", p.alertList)
	mux.HandleFunc("GET /alerts/{id}", p.alertShow)
	mux.HandleFunc("GET /messages/{seq}", p.messageShow)
	mux.HandleFunc("GET /status", p.status)
	mux.HandleFunc("GET /coverage", p.coverage)
	mux.HandleFunc("GET /metrics", p.metrics)
	mux.HandleFunc("GET /healthz", p.healthz)
	mux.HandleFunc("GET /readyz", p.readyz)
	mux.HandleFunc("GET /style.css", p.styleSheet)
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		p.problem(w, r, http.StatusNotFound, "Nothing stands at this address", "Search, or look at the alerts.")
	})
	return p.guard(p.caught(mux))
}

// frame is what every page shows round its own content.
type frame struct {
	Title  string
	Tab    string // of the navigation
	Banner string
	Query  string // what stands in the search box
	Body   any
}

// show renders a page completely before the first byte is sent, so that a
// failing template becomes a clean answer.
func (p *page) show(w http.ResponseWriter, status int, name string, f frame) {
	f.Banner = p.Banner
	var b bytes.Buffer
	if err := p.templates[name].ExecuteTemplate(&b, "layout", f); err != nil {
		// The error may quote what was being rendered.
		p.Log.Error("a page could not be rendered", "page", name)
		http.Error(w, "The page could not be rendered.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes()) // a reader who left needs no answer
}

// problem shows what went wrong, in words for the reader.
func (p *page) problem(w http.ResponseWriter, _ *http.Request, status int, title, advice string) {
	p.show(w, status, "problem", frame{Title: title, Body: struct {
		Status        int
		Title, Advice string
	}{status, title, advice}})
}

// failed shows an error of ours. The reader learns what was being done; the
// log also why, which by the house's rule holds nothing that was asked or said.
func (p *page) failed(w http.ResponseWriter, r *http.Request, doing string, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the reader left
	}
	p.Log.Error("a page failed", "doing", doing, "error", err)
	p.problem(w, r, http.StatusInternalServerError, "This did not work", "Stakeout failed while "+doing+". `stakeout status` on the host says more.")
}

func (p *page) styleSheet(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("ETag", p.styleTag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.style))
}
