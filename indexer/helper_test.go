package indexer_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"stakeout/indexer"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

var start = time.Date(2026, 5, 3, 18, 0, 0, 0, time.UTC)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// world is a ledger on disk and what is needed to add to it.
type world struct {
	t      testing.TB
	dir    string
	ledger *ledger.Ledger
	acq    int64
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	db, err := store.Open(t.Context(), filepath.Join(w.dir, "stakeout.db"), ledger.Migrations...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	tick := start
	w.ledger, err = ledger.Open(t.Context(), db, w.dir, func() time.Time { tick = tick.Add(time.Millisecond); return tick })
	if err != nil {
		t.Fatal(err)
	}
	w.write(func(tx *store.Tx) error {
		w.acq, err = w.ledger.OpenAcquisition(tx, ledger.Acquisition{Kind: "connector", Source: "test", Started: start})
		return err
	})
	return w
}

func (w *world) write(fn func(*store.Tx) error) {
	w.t.Helper()
	if err := w.ledger.Write(context.Background(), store.Bulk, fn); err != nil {
		w.t.Fatal(err)
	}
}

// add appends observations and gives their numbers.
func (w *world) add(os ...*message.Observation) (seqs []int64) {
	w.t.Helper()
	w.write(func(tx *store.Tx) error {
		seqs = seqs[:0]
		for _, o := range os {
			o.Acquisition = w.acq
			out, err := w.ledger.Append(tx, o)
			if err != nil {
				return err
			}
			seqs = append(seqs, out.Seq)
		}
		return nil
	})
	return seqs
}

func (w *world) path() string { return filepath.Join(w.dir, "index") }

// open opens the index and brings it up to date.
func (w *world) open(f indexer.Findings) *indexer.Indexer {
	w.t.Helper()
	x, err := indexer.Open(context.Background(), w.path(), w.ledger, f, quiet)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { x.Close() })
	if err := x.CatchUp(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	return x
}

// posted is a message with a text, sent n minutes after start.
func posted(n int, text string, more ...func(*message.Observation)) *message.Observation {
	sent := start.Add(time.Duration(n) * time.Minute)
	o := &message.Observation{
		Kind: message.Posted, Via: message.Live, ID: fmt.Sprint(1000 + n), Text: text, Format: "jsonl",
		Channel: message.Channel{Platform: message.Discord, ID: "77", Name: "The Nest"},
		Author:  message.Author{ID: "5", Handle: "heron", Name: "Ada Example"},
		Sent:    message.Time{UTC: sent}, Observed: sent.Add(time.Second),
		Native: []byte(`{"n":` + fmt.Sprint(n) + `,"content":"` + text + `"}`),
	}
	for _, m := range more {
		m(o)
	}
	return o
}

func edited(after int) func(*message.Observation) {
	return func(o *message.Observation) {
		o.Kind = message.Edited
		o.Edited = message.Time{UTC: o.Sent.UTC.Add(time.Duration(after) * time.Minute)}
	}
}

func deleted(o *message.Observation) { o.Kind, o.Text = message.Deleted, "" }

// find gives the messages that match, newest first, as "id:state".
func find(t testing.TB, x *indexer.Indexer, q string) []string {
	t.Helper()
	res, err := x.Search(t.Context(), indexer.Request{Query: q, Zone: time.UTC, Now: start.Add(time.Hour)})
	if err != nil {
		t.Fatalf("search %q: %v", q, err)
	}
	if int(res.Total) != len(res.Hits) {
		t.Errorf("search %q: total %d, %d hits", q, res.Total, len(res.Hits))
	}
	var out []string
	for _, h := range res.Hits {
		s := strings.TrimPrefix(h.Entry.Obs.ID, "10")
		if h.Superseded {
			s += ":superseded"
		}
		if h.Deleted {
			s += ":deleted"
		}
		out = append(out, s)
	}
	return out
}

func wantFound(t testing.TB, x *indexer.Indexer, q, want string) {
	t.Helper()
	if got := strings.Join(find(t, x, q), " "); got != want {
		t.Errorf("search %q found %q, want %q", q, got, want)
	}
}

// findings is a Findings from maps.
type findings struct {
	seqs   map[string][]int64 // "label:doxxing"
	masked map[int64]string
	asked  map[string]int // when not nil, counts the names given to MaskName
}

func (f findings) Seqs(_ context.Context, field, value string) ([]int64, error) {
	return f.seqs[field+":"+value], nil
}

func (f findings) Masked(_ context.Context, seqs []int64) (map[int64]string, error) {
	out := map[int64]string{}
	for seq, why := range f.masked {
		if slices.Contains(seqs, seq) {
			out[seq] = why
		}
	}
	return out, nil
}

// secret is what MaskName takes out of names.
const secret = "Honora Castellaw"

func (f findings) MaskName(name string) string {
	if f.asked != nil {
		f.asked[name]++
	}
	return strings.ReplaceAll(name, secret, "[masked]")
}

// reopen opens the ledger that is in the world's folder.
func (w *world) reopen() {
	w.t.Helper()
	db, err := store.Open(context.Background(), filepath.Join(w.dir, "stakeout.db"), ledger.Migrations...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { db.Close() })
	tick := start.Add(time.Hour)
	w.ledger, err = ledger.Open(context.Background(), db, w.dir, func() time.Time { tick = tick.Add(time.Millisecond); return tick })
	if err != nil {
		w.t.Fatal(err)
	}
	w.acq = 1
}
