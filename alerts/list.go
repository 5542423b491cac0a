package alerts

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"stakeout/alerts/notify"
	"stakeout/alerts/rules"
)

// Alert is one alert as it stands. Names in it are masked; it holds no message
// text.
type Alert struct {
	notify.Finding
	Seq         int64     `json:"seq"` // the message that completed its first finding
	Acquisition int64     `json:"acquisition"`
	Historical  bool      `json:"historical,omitempty"`
	Status      string    `json:"status"` // open, acknowledged, true, false
	Changed     time.Time `json:"changed"`
}

// Statuses of an alert; a verdict goes before an acknowledgement.
const (
	Open  = "open"
	Right = "true"
	Wrong = "false"
)

// Filter narrows a list. The zero value lists everything that is not history.
type Filter struct {
	Status      string // open, acknowledged, true, false
	Label       string
	Level       string // this one and those above
	Rule        string
	Acquisition int64     // history and what was told singly alike
	Historical  bool      // history too
	Since       time.Time // changed then or later
	Limit       int       // 0: all
}

const alertColumns = `a.id, a.seq, a.acquisition, a.historical, a.changed, a.body, a.count, a.acked, a.verdict`

// List gives alerts, newest first.
func (a *Alerts) List(ctx context.Context, f Filter) ([]Alert, error) {
	query, args := `SELECT `+alertColumns+` FROM alerts_alert a WHERE 1`, []any{}
	add := func(cond string, values ...any) { query, args = query+` AND `+cond, append(args, values...) }
	switch f.Status {
	case "":
	case Open:
		add(`a.acked = 0 AND a.verdict IS NULL`)
	case Acknowledged:
		add(`a.acked = 1 AND a.verdict IS NULL`)
	case Right, Wrong:
		add(`a.verdict = ?`, f.Status == Right)
	default:
		return nil, fmt.Errorf("status: wants open, acknowledged, true or false, not %q", f.Status)
	}
	if f.Label != "" {
		add(`a.label = ?`, f.Label)
	}
	if f.Rule != "" {
		add(`a.rule = ?`, f.Rule)
	}
	if f.Level != "" {
		if !slices.Contains(rules.Levels, f.Level) {
			return nil, fmt.Errorf("level: wants one of %s, not %q", strings.Join(rules.Levels, ", "), f.Level)
		}
		add(`a.level >= ?`, levelRank(f.Level))
	}
	if f.Acquisition != 0 {
		add(`a.acquisition = ?`, f.Acquisition)
	} else if !f.Historical {
		add(`a.historical = 0`)
	}
	if !f.Since.IsZero() {
		add(`a.changed >= ?`, micros(f.Since))
	}
	limit := f.Limit
	if limit == 0 {
		limit = -1 // SQLite's word for no limit
	}
	rows, err := a.db.Read().QueryContext(ctx, query+` ORDER BY a.id DESC LIMIT ?`, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	defer rows.Close()
	var out []Alert
	for rows.Next() {
		one, err := a.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list alerts: %w", err)
		}
		out = append(out, one)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	return out, nil
}

// scan reads one row of alertColumns.
func (a *Alerts) scan(rows *sql.Rows) (Alert, error) {
	var out Alert
	var id, changed, count int64
	var acked bool
	var verdict *bool
	var body string
	if err := rows.Scan(&id, &out.Seq, &out.Acquisition, &out.Historical, &changed, &body, &count, &acked, &verdict); err != nil {
		return out, err
	}
	var f notify.Finding
	if err := json.Unmarshal([]byte(body), &f); err != nil {
		return out, err
	}
	f.Count = count
	out.Finding, out.Changed = *a.point(id, f), fromMicros(changed)
	switch {
	case verdict != nil && *verdict:
		out.Status = Right
	case verdict != nil:
		out.Status = Wrong
	case acked:
		out.Status = Acknowledged
	default:
		out.Status = Open
	}
	return out, nil
}

// Tally counts the alerts of one label and level.
type Tally struct {
	Label        string `json:"label"`
	Level        string `json:"level"`
	Alerts       int64  `json:"alerts"`
	Findings     int64  `json:"findings"`
	Acknowledged int64  `json:"acknowledged"`
	Right        int64  `json:"true"`
	Wrong        int64  `json:"false"`
}

// Tally counts the alerts told singly that began in the entries after one
// number, up to and with another; most urgent first.
func (a *Alerts) Tally(ctx context.Context, after, to int64) ([]Tally, error) {
	rows, err := a.db.Read().QueryContext(ctx, `SELECT label, level, count(*), sum(count), sum(acked), sum(verdict IS 1), sum(verdict IS 0)
		FROM alerts_alert WHERE historical = 0 AND seq > ? AND seq <= ? GROUP BY label, level ORDER BY level DESC, label`, after, to)
	if err != nil {
		return nil, fmt.Errorf("count alerts: %w", err)
	}
	defer rows.Close()
	var out []Tally
	for rows.Next() {
		var t Tally
		var level int
		if err := rows.Scan(&t.Label, &level, &t.Alerts, &t.Findings, &t.Acknowledged, &t.Right, &t.Wrong); err != nil {
			return nil, fmt.Errorf("count alerts: %w", err)
		}
		t.Level = rules.Levels[level]
		out = append(out, t)
	}
	return out, rows.Err()
}
