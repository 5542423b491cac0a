package web

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"stakeout/ledger"
)

// metrics gives figures for Prometheus, in its text format
// (https://prometheus.io/docs/instrumenting/exposition_formats/). Labels are
// the names of sources, receivers, followers and stages, all from our own
// configuration or code; nothing that came out of a channel.
func (p *page) metrics(w http.ResponseWriter, r *http.Request) {
	// One registry a request: what is read ends with the request's context.
	own := prometheus.NewRegistry()
	own.MustRegister(&figures{p, r.Context()})
	promhttp.HandlerFor(prometheus.Gatherers{own, p.process}, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}).ServeHTTP(w, r)
}

// processFigures are those that months of running are judged by: memory, file
// descriptors, goroutines.
func processFigures() prometheus.Gatherer {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewGoCollector(collectors.WithGoCollectorMemStatsMetricsDisabled()))
	return r
}

// figures collects for one request.
type figures struct {
	*page
	ctx context.Context
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("stakeout_"+name, help, labels, nil)
}

var (
	unread          = desc("unreadable", "Parts of these figures that could not be read.")
	ledgerEntries   = desc("ledger_entries", "Entries in the ledger.")
	followerLag     = desc("follower_lag_entries", "Entries that a follower has yet to take in.", "follower")
	outboxWaiting   = desc("outbox_waiting", "Notifications that wait to be taken by a receiver.", "receiver")
	outboxRefused   = desc("outbox_refused", "Notifications that a receiver has refused for good.", "receiver")
	quarantined     = desc("quarantine_records", "Records that could not be read.")
	diskFree        = desc("disk_free_bytes", "Bytes free where the ledger stands.")
	diskSize        = desc("disk_size_bytes", "Bytes that there are where the ledger stands.")
	canaryOK        = desc("canary_last_success_timestamp_seconds", "When a canary last arrived everywhere, 0 for not since the start.")
	canaryFailing   = desc("canary_failing", "1 when a canary did not arrive in time, and none since.")
	canaryLatency   = desc("canary_latency_seconds", "From being posted until it stood in the ledger, was found in the index, was told to the receiver.", "stage")
	sourceState     = desc("source_state", "1 for the state that a source is in.", "source", "state")
	sourceSince     = desc("source_state_since_timestamp_seconds", "Since when a source is in its state.", "source")
	sourceWaits     = desc("source_waits_total", "Times that a source had to wait.", "source")
	sourceUntil     = desc("source_wait_until_timestamp_seconds", "When a source's wait ends; absent where it does not wait or that is not known.", "source")
	sourceEvent     = desc("source_last_event_timestamp_seconds", "When a source last told of a message, 0 for not since the start.", "source")
	sourceThrough   = desc("source_through_timestamp_seconds", "Up to when all that a source told is in the ledger, 0 for not yet.", "source")
	sourceLag       = desc("source_lag_seconds", "From a source's last live message being sent until it stood in the ledger.", "source")
	sourceEvents    = desc("source_events_total", "Observations that a source handed over since the start.", "source")
	sourceRejected  = desc("source_rejected_total", "Records of a source that went to quarantine since the start.", "source")
	sourceReconnect = desc("source_reconnects_total", "Connections of a source that were made anew.", "source")
	sourceSilent    = desc("source_silent", "1 when a source is silent for longer than its usual rhythm.", "source")
	sourceTrouble   = desc("source_channels_in_trouble", "Channels of a source that cannot be heard.", "source")
	sourceEnds      = desc("source_terms_end_timestamp_seconds", "When the terms of a source run out and collection stops.", "source")
	sourceOutages   = desc("source_open_outages", "Channels that a source watched and does not watch now.", "source")
	sourceUnfilled  = desc("source_unfilled_outages", "Outages of a source that are over and of which something may be missing.", "source")
	sourceMissing   = desc("source_missing_ids", "Messages of a source known to be missing, as far as the platform's ids tell.", "source")
)

// Describe says nothing: what there is depends on what is configured.
func (f *figures) Describe(chan<- *prometheus.Desc) {}

func (f *figures) Collect(ch chan<- prometheus.Metric) {
	failed := 0
	try := func(doing string, err error) bool {
		if err != nil && f.ctx.Err() == nil {
			failed++
			f.Log.Error("figures are incomplete", slog.String("doing", doing), slog.Any("error", err))
		}
		return err == nil
	}
	put := func(d *prometheus.Desc, v float64, labels ...string) {
		send(ch, d, prometheus.GaugeValue, v, labels...)
	}

	put(ledgerEntries, float64(f.Record.Size()))
	for name, cursor := range map[string]int64{"index": f.Search.Cursor(), "alerts": f.Alerts.Cursor()} {
		put(followerLag, float64(max(0, f.Record.Size()-cursor)), name)
	}
	box, err := f.Alerts.Undelivered(f.ctx)
	if try("looking at the outbox", err) {
		for _, u := range box {
			put(outboxWaiting, float64(u.Waiting), u.Receiver)
			put(outboxRefused, float64(u.Refused), u.Receiver)
		}
	}
	if n, _, err := f.Record.QuarantineCount(f.ctx, 0); try("counting the quarantine", err) {
		put(quarantined, float64(n))
	}
	if f.Disk != nil {
		free, total := f.Disk()
		put(diskFree, float64(free))
		put(diskSize, float64(total))
	}
	if f.Canary != nil {
		c := f.Canary()
		put(canaryOK, seconds(c.LastOK))
		put(canaryFailing, one(c.Failing))
		for stage, took := range map[string]time.Duration{"ledger": c.Ledger, "index": c.Index, "receiver": c.Receiver} {
			if took > 0 {
				put(canaryLatency, took.Seconds(), stage)
			}
		}
	}
	covers, err := f.recent.get(f.ctx, f.Record, f.Now())
	f.sources(ch, covers, try("reading the coverage", err))
	put(unread, float64(failed))
}

func send(ch chan<- prometheus.Metric, d *prometheus.Desc, t prometheus.ValueType, v float64, labels ...string) {
	m, err := prometheus.NewConstMetric(d, t, v, labels...)
	if err != nil {
		m = prometheus.NewInvalidMetric(d, err) // a name that is no UTF-8
	}
	ch <- m
}

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// seconds is a time as Prometheus has it, 0 for none.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// coverageAge is how old the coverage behind figures and status may be: counting
// a large channel's messages takes longer than answering all the rest.
const coverageAge = time.Minute

// recentCoverage keeps the coverage for a while.
type recentCoverage struct {
	mu     sync.Mutex
	at     time.Time
	covers []ledger.Cover
}

func (c *recentCoverage) get(ctx context.Context, r Record, now time.Time) ([]ledger.Cover, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if age := now.Sub(c.at); c.covers != nil && age >= 0 && age < coverageAge {
		return c.covers, nil
	}
	covers, err := r.Coverage(ctx)
	if err != nil {
		return nil, err
	}
	c.at, c.covers = now, covers
	return covers, nil
}
