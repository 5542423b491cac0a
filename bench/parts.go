package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"

	"stakeout/alerts"
	"stakeout/app"
	"stakeout/bot/export"
	"stakeout/config"
	"stakeout/indexer"
	"stakeout/ledger"
	"stakeout/store"
)

const watchlistYAML = `company:
  name: Example Foundry, Inc.
  aliases: [Example Foundry]
cases:
  - name: Example Foundry, Inc. v. Does 1-9
    docket: "1:26-cv-00001"
    court: E.D. Va.
    filed: 2026-01-05
    keywords: [rehearsal-room.example]
protected_people:
  - name: Philippa Quillfeather
    also: [Pip Quillfeather]
    role: counsel
    employer: Quill LLP
    emails: [pq@quill.example]
personas:
  - {handle: member1, role: provider, country: US, platforms: [discord]}
`

// bleveAlone indexes the very documents that the pipeline indexes, with its
// mapping, in batches of a thousand, with nothing else going on: the entries
// are made beforehand.
func bleveAlone(ctx context.Context, name, dir string) (figures, error) {
	debug.SetGCPercent(400) // as the service sets it
	var entries []ledger.Entry
	err := read(ctx, name, func(rec export.Record) {
		entries = append(entries, ledger.Entry{Seq: int64(len(entries) + 1), Type: ledger.Observation, Obs: rec.Obs, First: true})
	})
	if err != nil {
		return nil, err
	}
	index, err := bleve.NewUsing(filepath.Join(dir, "index"), indexer.NewMapping(), scorch.Name, scorch.Name, indexer.Settings())
	if err != nil {
		return nil, err
	}
	began := time.Now()
	for part := range slices.Chunk(entries, 1000) {
		b := index.NewBatch()
		for _, e := range part {
			id, doc := indexer.Document(e)
			if err := b.Index(id, doc); err != nil {
				return nil, err
			}
		}
		if err := index.Batch(b); err != nil {
			return nil, err
		}
	}
	took := time.Since(began)
	if err := index.Close(); err != nil {
		return nil, err
	}
	return perMessage(dir, len(entries), took)
}

func read(ctx context.Context, name string, each func(export.Record)) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	for rec, err := range export.Read(ctx, export.Input{Name: name, Reader: f}, export.Options{}) {
		if err != nil {
			return err
		}
		if rec.Err != nil {
			return rec.Err
		}
		each(rec)
	}
	return nil
}

func perMessage(dir string, n int, took time.Duration) (figures, error) {
	size, err := sizeOf(dir)
	return figures{"messages_per_second": float64(n) / took.Seconds(), "bytes_per_message": float64(size) / float64(n)}, err
}

// ledgerAlone reads the export and writes the ledger; nobody follows.
func ledgerAlone(ctx context.Context, name, dir string) (figures, error) {
	db, err := store.Open(ctx, filepath.Join(dir, "ledger.db"), ledger.Migrations...)
	if err != nil {
		return nil, err
	}
	l, err := ledger.Open(ctx, db, dir, time.Now)
	if err != nil {
		return nil, err
	}
	n, took, err := importFile(ctx, &export.Importer{Ledger: l, Now: time.Now}, name, nil)
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return perMessage(dir, n, took)
}

// importFile imports and then waits for whatever follows.
func importFile(ctx context.Context, im *export.Importer, name string, settle func() error) (int, time.Duration, error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	began := time.Now()
	sum, err := im.Import(ctx, export.Input{Name: name, Reader: f}, export.Options{Alert: alerts.Summary}, nil)
	if err == nil && settle != nil {
		err = settle()
	}
	return int(sum.Observations), time.Since(began), err
}

// pipeline is the whole: ledger, index and rules, until every message can be
// found and is judged. Then the queries.
func pipeline(ctx context.Context, name, dir string) (figures, error) {
	cfg := config.Default()
	cfg.Data, cfg.Watchlist, cfg.Web.Listen = filepath.Join(dir, "data"), filepath.Join(dir, "watchlist.yaml"), "off"
	if err := os.WriteFile(cfg.Watchlist, []byte(watchlistYAML), 0o600); err != nil {
		return nil, err
	}
	a, err := app.Open(ctx, cfg, app.Options{Command: "bench", Create: true, Version: "bench", Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return nil, err
	}
	followers := a.Follow(ctx, false)
	n, took, err := importFile(ctx, a.Importer(), name, func() error { return followers.CatchUp(ctx) })
	if err != nil {
		return nil, err
	}
	queries, err := query(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := followers.Stop(); err != nil {
		return nil, err
	}
	if err := a.Close(); err != nil {
		return nil, err
	}
	f, err := perMessage(cfg.Data, n, took)
	if err != nil {
		return nil, err
	}
	f["queries_ms"] = queries
	return f, nil
}

// shapes are ten queries as analysts write them.
var shapes = []struct{ name, query string }{
	{"rare word", "extradition"},
	{"common word", "server"},
	{"very common word", "the"},
	{"two words", "court server"},
	{"three words", "the lawyer key"},
	{"either word", "subpoena OR extradition"},
	{"phrase", `"the server"`},
	{"word without another", "court -lawyer"},
	{"author", "from:member7 key"},
	{"date range", "lawyer after:2026-01-10 before:2026-02-01"},
}

// query times each shape, fifty newest hits with their texts.
func query(ctx context.Context, a *app.App) (map[string]any, error) {
	out := map[string]any{}
	for _, s := range shapes {
		var times []float64
		var total int64
		for range 30 {
			began := time.Now()
			res, err := a.Index.Search(ctx, indexer.Request{Query: s.query, Limit: 50, Zone: time.UTC, Now: a.Now()})
			if err != nil {
				return nil, err
			}
			times = append(times, float64(time.Since(began).Microseconds())/1000)
			total = res.Total
		}
		slices.Sort(times)
		out[s.name] = figures{"query": s.query, "hits": total, "p50": times[len(times)/2], "p95": times[len(times)*95/100]}
	}
	return out, nil
}
