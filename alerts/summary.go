package alerts

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"stakeout/alerts/notify"
	"stakeout/alerts/rules"
	"stakeout/store"
)

// HistorySummary is what one acquisition held.
type HistorySummary struct {
	Acquisition int64        `json:"acquisition"`
	Kind        string       `json:"kind"`
	Source      string       `json:"source"` // masked
	Mode        string       `json:"mode"`
	Closed      bool         `json:"closed"`
	Findings    int64        `json:"findings"`
	Alerts      int64        `json:"alerts"`
	Oldest      *time.Time   `json:"oldest,omitempty"` // by sent time, where the source gave one
	Newest      *time.Time   `json:"newest,omitempty"`
	Counts      []LabelCount `json:"counts"`
}

// LabelCount counts findings of one label and level.
type LabelCount struct {
	Label string `json:"label"`
	Level string `json:"level"`
	Count int64  `json:"count"`
}

// querier is what both a reader and a Tx can do.
type querier func(query string, args ...any) (*sql.Rows, error)

func (a *Alerts) reader(ctx context.Context) querier {
	return func(query string, args ...any) (*sql.Rows, error) {
		return a.db.Read().QueryContext(ctx, query, args...)
	}
}

// summary counts the history of one acquisition.
func summary(tx *store.Tx, opening int64) (HistorySummary, error) {
	all, err := summaries(tx.Query, opening, opening, 0, 1<<62)
	if err != nil || len(all) == 0 {
		return HistorySummary{Acquisition: opening}, err
	}
	return all[0], nil
}

// Summaries lists what each acquisition held as history, by number.
func (a *Alerts) Summaries(ctx context.Context) ([]HistorySummary, error) {
	return summaries(a.reader(ctx), 0, 1<<62, 0, 1<<62)
}

// History is Summaries for what was found in entries after one number, up to
// and with another.
func (a *Alerts) History(ctx context.Context, after, to int64) ([]HistorySummary, error) {
	return summaries(a.reader(ctx), 0, 1<<62, after, to)
}

func summaries(query querier, first, last, after, to int64) ([]HistorySummary, error) {
	fail := func(err error) ([]HistorySummary, error) { return nil, fmt.Errorf("summarise history: %w", err) }
	rows, err := query(`SELECT f.acquisition, coalesce(q.kind, ''), coalesce(q.source, ''), coalesce(q.mode, ''), q.closing IS NOT NULL,
		f.label, f.level, count(*), min(f.sent), max(f.sent),
		(SELECT count(*) FROM alerts_alert a WHERE a.acquisition = f.acquisition AND a.historical)
		FROM alerts_finding f LEFT JOIN alerts_acquisition q ON q.seq = f.acquisition
		WHERE f.historical AND f.acquisition BETWEEN ? AND ? AND f.seq > ? AND f.seq <= ?
		GROUP BY f.acquisition, f.label, f.level ORDER BY f.acquisition, f.level DESC, f.label`, first, last, after, to)
	if err != nil {
		return fail(err)
	}
	defer rows.Close()
	var out []HistorySummary
	for rows.Next() {
		var s HistorySummary
		var c LabelCount
		var level int
		var oldest, newest *int64
		if err := rows.Scan(&s.Acquisition, &s.Kind, &s.Source, &s.Mode, &s.Closed, &c.Label, &level, &c.Count, &oldest, &newest, &s.Alerts); err != nil {
			return fail(err)
		}
		c.Level = rules.Levels[level]
		if len(out) == 0 || out[len(out)-1].Acquisition != s.Acquisition {
			out = append(out, s)
		}
		o := &out[len(out)-1]
		o.Findings += c.Count
		o.Counts = append(o.Counts, c)
		o.Oldest, o.Newest = earlier(o.Oldest, oldest), later(o.Newest, newest)
	}
	if err := rows.Err(); err != nil {
		return fail(err)
	}
	return out, nil
}

func earlier(t *time.Time, n *int64) *time.Time {
	if u := instant(n); u != nil && (t == nil || u.Before(*t)) {
		return u
	}
	return t
}

func later(t *time.Time, n *int64) *time.Time {
	if u := instant(n); u != nil && (t == nil || u.After(*t)) {
		return u
	}
	return t
}

// instant is a column that may be NULL.
func instant(n *int64) *time.Time {
	if n == nil {
		return nil
	}
	t := fromMicros(*n)
	return &t
}

// notification is the one post that tells of an acquisition's history.
func (s HistorySummary) notification(now time.Time) notify.Notification {
	counts := notify.Section{Title: "Findings by label and level"}
	for _, c := range s.Counts {
		counts.Lines = append(counts.Lines, fmt.Sprintf("%s, %s: %d", c.Label, c.Level, c.Count))
	}
	about := notify.Section{Lines: []string{
		fmt.Sprintf("%s %s, acquisition %d", s.Kind, s.Source, s.Acquisition),
		fmt.Sprintf("%d findings in %d alerts; none of them is posted singly.", s.Findings, s.Alerts),
	}}
	if s.Oldest != nil {
		about.Lines = append(about.Lines, "Oldest message: "+s.Oldest.Format(time.RFC3339), "Newest message: "+s.Newest.Format(time.RFC3339))
	}
	return notify.Notification{
		ID: fmt.Sprintf("H-%06d", s.Acquisition), Kind: notify.History, Made: now.UTC(),
		Told: &notify.Report{
			Title: fmt.Sprintf("History: %d findings from before, told once", s.Findings), Sections: []notify.Section{about, counts},
			Command: fmt.Sprintf("stakeout alerts list --acquisition %d", s.Acquisition),
		},
	}
}
