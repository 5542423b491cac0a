package alerts

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"stakeout/alerts/rules"
)

// counting is the condition under which a finding counts: its alert was not
// judged wrong.
const counting = `a.verdict IS NOT 0`

const parts = ` FROM alerts_evidence e JOIN alerts_finding f ON f.id = e.finding JOIN alerts_alert a ON a.id = f.alert WHERE ` + counting

// Seqs gives the numbers of the messages that belong to findings with a label,
// level or rule, or to any alert (field "has", value "alert"), rising. Every
// message of a finding is there, not only the one that completed it.
func (a *Alerts) Seqs(ctx context.Context, field, value string) ([]int64, error) {
	query := `SELECT DISTINCT e.seq` + parts
	var arg any = value
	switch {
	case field == "label":
		query += ` AND f.label = ?`
	case field == "rule":
		query += ` AND f.rule = ?`
	case field == "level" && slices.Contains(rules.Levels, value):
		query += ` AND f.level = ?`
		arg = levelRank(value)
	case field == "has" && value == "alert":
		query += ` AND ? <> ''`
	default:
		return nil, fmt.Errorf("alerts know no %s:%s", field, value)
	}
	rows, err := a.db.Read().QueryContext(ctx, query+` ORDER BY e.seq`, arg)
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", field, err)
	}
	return column(rows)
}

// NotJudged is the reason for masking a message that the rules have not seen
// yet, or at which one of them failed.
const NotJudged = "not judged yet"

// Masked gives, of the entries asked for, those whose text must not be shown
// without a reason given: those that belong to a finding of doxxing or
// credential_exposure, with that label, and those not judged. An edit that was
// itself judged clean is not masked for the sake of the version before. A
// verdict takes the label off, but not the mask: else it would be a way to look
// behind it that leaves no record.
func (a *Alerts) Masked(ctx context.Context, seqs []int64) (map[int64]string, error) {
	out := map[int64]string{}
	cursor := a.Cursor() // before the look: what is up to here is on disk
	list, err := json.Marshal(seqs)
	if err != nil {
		return nil, err
	}
	// CROSS JOIN keeps this order: from the few entries asked for, never from
	// the many findings.
	rows, err := a.db.Read().QueryContext(ctx, `SELECT e.seq, min(CASE f.label WHEN 'doxxing' THEN '1' ELSE '2' END || f.label)
		FROM json_each(?) j CROSS JOIN alerts_evidence e ON e.seq = j.value CROSS JOIN alerts_finding f ON f.id = e.finding
		WHERE f.label IN ('doxxing', 'credential_exposure') GROUP BY e.seq`, string(list))
	if err != nil {
		return nil, fmt.Errorf("look up masked messages: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var label string
		if err := rows.Scan(&seq, &label); err != nil {
			return nil, fmt.Errorf("look up masked messages: %w", err)
		}
		out[seq] = label[1:]
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("look up masked messages: %w", err)
	}
	rows.Close()
	failed, err := a.db.Read().QueryContext(ctx, `SELECT seq FROM alerts_failed WHERE seq IN (SELECT value FROM json_each(?))`, string(list))
	if err != nil {
		return nil, fmt.Errorf("look up masked messages: %w", err)
	}
	unjudged, err := column(failed)
	if err != nil {
		return nil, fmt.Errorf("look up masked messages: %w", err)
	}
	for _, seq := range seqs {
		if seq > cursor {
			unjudged = append(unjudged, seq)
		}
	}
	for _, seq := range unjudged {
		if _, ok := out[seq]; !ok {
			out[seq] = NotJudged
		}
	}
	return out, nil
}

// MaskName is a name with what the rules mask replaced, and nothing else
// changed. A name on which masking itself fails is withheld.
func (a *Alerts) MaskName(name string) (masked string) {
	a.engine.Lock()
	defer a.engine.Unlock()
	defer func() {
		if recover() != nil {
			masked = "(name withheld)"
		}
	}()
	return a.judge.MaskName(name)
}

// column reads one column of numbers and closes the rows.
func column(rows *sql.Rows) ([]int64, error) {
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}
