package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"stakeout/alerts"
	"stakeout/alerts/notify"
	"stakeout/bot"
	"stakeout/indexer"
	"stakeout/indexer/query"
	"stakeout/ledger"
	"stakeout/message"
)

var noon = time.Date(2026, 6, 2, 12, 0, 0, 0, time.UTC)

// house is a small world behind the page. Entry n is entries[n-1].
type house struct {
	entries []ledger.Entry
	found   []alerts.Alert
	detail  map[string]alerts.Detail
	masks   map[int64]string
	box     []alerts.Undelivered
	trouble []alerts.Trouble
	counts  []ledger.ChannelCount
	health  []bot.Health
	covers  []ledger.Cover
	canary  CanaryState
	bad     int64 // records in quarantine
	behind  int64
	fail    error
	asked   []indexer.Request
	listed  []alerts.Filter
}

func (h *house) Size() int64   { return int64(len(h.entries)) }
func (h *house) Cursor() int64 { return h.Size() - h.behind }

func (h *house) Head(context.Context) (ledger.Head, error) {
	return ledger.Head{Size: h.Size(), Signed: "ledger.example\n4\nAAAA\n"}, h.fail
}

func (h *house) Entries(_ context.Context, seqs []int64) ([]ledger.Entry, error) {
	var out []ledger.Entry
	for _, s := range seqs {
		out = append(out, h.entries[s-1])
	}
	return out, h.fail
}

func (h *house) Versions(_ context.Context, c message.Channel, id string) ([]ledger.Entry, error) {
	return h.where(func(o *message.Observation) bool { return o.Channel.ID == c.ID && o.ID == id }), h.fail
}

func (h *house) Stretch(_ context.Context, c message.Channel, from, to time.Time, _ int) ([]ledger.Entry, error) {
	return h.where(func(o *message.Observation) bool {
		return o.Channel.ID == c.ID && !o.Sent.UTC.Before(from) && o.Sent.UTC.Before(to)
	}), h.fail
}

func (h *house) where(keep func(*message.Observation) bool) []ledger.Entry {
	var out []ledger.Entry
	for _, e := range h.entries {
		if e.Obs != nil && keep(e.Obs) {
			out = append(out, e)
		}
	}
	return out
}

// Search finds every text that holds the query as it is written.
func (h *house) Search(_ context.Context, r indexer.Request) (indexer.Result, error) {
	h.asked = append(h.asked, r)
	if h.fail != nil {
		return indexer.Result{}, h.fail
	}
	if at := strings.Index(r.Query, ")"); at >= 0 {
		return indexer.Result{}, &query.Error{Column: at + 1, Reason: "a bracket closes that was never opened", Mend: strings.ReplaceAll(r.Query, ")", "")}
	}
	var res indexer.Result
	for _, e := range slices.Backward(h.entries) {
		if e.Obs == nil || !strings.Contains(e.Obs.Text, r.Query) {
			continue
		}
		res.Total++
		if len(res.Hits) == r.Limit {
			continue
		}
		hit := indexer.Hit{Seq: e.Seq, Entry: e, Masked: h.masks[e.Seq], Privileged: e.Obs.Privileged != ""}
		hit.Entry.Obs = e.Obs.Unprivileged()
		if at := strings.Index(e.Obs.Text, r.Query); r.Query != "" && hit.Masked == "" {
			hit.Highlights = [][2]int{{at, at + len(r.Query)}}
		}
		res.Hits = append(res.Hits, hit)
	}
	return res, nil
}

func (h *house) List(_ context.Context, f alerts.Filter) ([]alerts.Alert, error) {
	h.listed = append(h.listed, f)
	return h.found, h.fail
}

func (h *house) Show(_ context.Context, id string, reveal bool) (alerts.Detail, error) {
	d, ok := h.detail[id]
	if reveal {
		return d, errors.New("the page must not ask for what is masked")
	}
	if !ok {
		return d, fmt.Errorf("%w: %s", alerts.ErrUnknown, id)
	}
	return d, h.fail
}

func (h *house) Masked(_ context.Context, seqs []int64) (map[int64]string, error) {
	out := map[int64]string{}
	for _, s := range seqs {
		if m, ok := h.masks[s]; ok {
			out[s] = m
		}
	}
	return out, h.fail
}

func (h *house) MaskName(name string) string {
	return strings.ReplaceAll(name, "Harrowgate", "▮▮▮")
}

func (h *house) Place(c message.Channel) notify.Foreign {
	if c.Platform == message.Mail {
		return notify.Clean(c.ID, h.MaskName)
	}
	return notify.Clean(c.Name, h.MaskName)
}

func (h *house) Counts(_ context.Context, _, to int64) (ledger.Counts, error) {
	return ledger.Counts{To: to, Channels: h.counts}, h.fail
}

func (h *house) QuarantineCount(context.Context, int64) (n, last int64, err error) {
	return h.bad, h.bad, h.fail
}

func (h *house) Coverage(context.Context) ([]ledger.Cover, error) { return h.covers, h.fail }

func (h *house) Troubles(_ context.Context, since time.Time) ([]alerts.Trouble, error) {
	return slices.DeleteFunc(slices.Clone(h.trouble), func(t alerts.Trouble) bool { return t.Last.Before(since) }), h.fail
}

func (h *house) Undelivered(context.Context) ([]alerts.Undelivered, error) { return h.box, h.fail }

// add stores one observation, a minute after the one before.
func (h *house) add(o message.Observation) *ledger.Entry {
	n := int64(len(h.entries) + 1)
	t := noon.Add(time.Duration(n) * time.Minute)
	if o.Kind == 0 {
		o.Kind = message.Posted
	}
	if o.Via == 0 {
		o.Via = message.Import
	}
	if o.ID == "" {
		o.ID = fmt.Sprint(1000 + n)
	}
	if o.Channel.ID == "" {
		o.Channel = message.Channel{Platform: "discord", ID: "77", Name: "general", Server: message.Server{ID: "7", Name: "The Example"}}
	}
	if o.Author == (message.Author{}) {
		o.Author = message.Author{ID: "5", Handle: "ada", Name: "Ada"}
	}
	if o.Sent.IsZero() && o.Kind != message.Deleted {
		o.Sent = message.Time{UTC: t}
	}
	o.Observed = t.Add(time.Second)
	h.entries = append(h.entries, ledger.Entry{Seq: n, Type: ledger.Observation, Stored: t.Add(2 * time.Second), Acquisition: 1, Obs: &o})
	return &h.entries[n-1]
}

func (h *house) handler(cfg Config) http.Handler {
	return New(Deps{Record: h, Search: h, Alerts: h, Sources: func() []bot.Health { return h.health }, Now: func() time.Time { return noon },
		Disk:   func() (free, total uint64) { return 12_300_000_000, 50_000_000_000 },
		Canary: func() CanaryState { return h.canary },
	}, cfg)
}

// get asks as a reader on this machine does.
func get(t *testing.T, h http.Handler, target string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+target, nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
