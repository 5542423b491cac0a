package alerts

import (
	"context"
	"fmt"
)

// RuleStat is how one rule fared.
type RuleStat struct {
	Rule       string   `json:"rule"`
	Label      string   `json:"label"`
	Findings   int64    `json:"findings"`
	Historical int64    `json:"historical"` // of the findings
	Alerts     int64    `json:"alerts"`
	Right      int64    `json:"true"`
	Wrong      int64    `json:"false"`
	Precision  *float64 `json:"precision,omitempty"` // right among the judged; nil when none is
}

// Stats tells each rule's findings and its precision by verdicts, by rule id.
func (a *Alerts) Stats(ctx context.Context) ([]RuleStat, error) {
	rows, err := a.db.Read().QueryContext(ctx, `SELECT rule, label, sum(count), sum(count * historical), count(*), sum(verdict IS 1), sum(verdict IS 0)
		FROM alerts_alert GROUP BY rule, label ORDER BY rule, label`)
	if err != nil {
		return nil, fmt.Errorf("count findings: %w", err)
	}
	defer rows.Close()
	var out []RuleStat
	for rows.Next() {
		var s RuleStat
		if err := rows.Scan(&s.Rule, &s.Label, &s.Findings, &s.Historical, &s.Alerts, &s.Right, &s.Wrong); err != nil {
			return nil, fmt.Errorf("count findings: %w", err)
		}
		if judged := s.Right + s.Wrong; judged > 0 {
			p := float64(s.Right) / float64(judged)
			s.Precision = &p
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
