package alerts

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"stakeout/alerts/detect"
	"stakeout/alerts/notify"
	"stakeout/alerts/rules"
	"stakeout/store"
)

// fingerprint is what findings of one alert have in common: the rule, the
// channel, and whom it concerns.
func fingerprint(rule, channel, person string) []byte {
	h := sha256.Sum256([]byte(rule + "\x1e" + channel + "\x1e" + person))
	return h[:16]
}

// alertID is how people write an alert's number.
func alertID(n int64) string { return fmt.Sprintf("A-%06d", n) }

func levelRank(level string) int { return max(0, slices.Index(rules.Levels, level)) }

// record writes one finding with its evidence, and its alert: a new one, or
// the open one of its group. The same rule on the same entry about the same
// person adds nothing.
func (a *Alerts) record(tx *store.Tx, t told, f detect.Finding) error {
	var n int64
	known, err := tx.Row(`SELECT id FROM alerts_finding WHERE seq = ? AND rule = ? AND person = ?`, []any{t.seq, f.Rule, f.Person}, &n)
	if err != nil || known {
		return err
	}
	alert, err := a.group(tx, t, f)
	if err != nil {
		return fmt.Errorf("alert: %w", err)
	}
	exposed, err := json.Marshal(f.Exposed)
	if err != nil {
		return err
	}
	res, err := tx.Exec(`INSERT INTO alerts_finding(alert, seq, rule, person, label, level, score, reason, exposed, ruleset, acquisition, historical, sent)
		VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)`, alert, t.seq, f.Rule, f.Person, f.Label, levelRank(f.Level), f.Score, f.Reason, string(exposed),
		a.opt.Ruleset, t.acquisition, t.historical, t.sent)
	if err != nil {
		return fmt.Errorf("finding: %w", err)
	}
	id, err := res.LastInsertId()
	if err != nil {
		return err
	}
	for _, seq := range append(f.Evidence, t.seq) {
		if _, err := tx.Exec(`INSERT INTO alerts_evidence VALUES(?,?) ON CONFLICT DO NOTHING`, seq, id); err != nil {
			return fmt.Errorf("evidence: %w", err)
		}
	}
	return nil
}

// group finds the alert that a finding belongs to, or opens one and puts it
// into the outbox.
func (a *Alerts) group(tx *store.Tx, t told, f detect.Finding) (int64, error) {
	print := fingerprint(f.Rule, t.channel, f.Person)
	interval := a.opt.Config.GroupInterval.Microseconds()
	of := int64(0) // history is grouped within its acquisition
	if t.historical {
		of = t.acquisition
	}
	var id int64
	found, err := tx.Row(`SELECT id FROM alerts_alert WHERE fingerprint = ? AND opened > ? AND opened < ? AND historical = ? AND (? = 0 OR acquisition = ?)
		ORDER BY opened DESC LIMIT 1`, []any{print, t.opened - interval, t.opened + interval, t.historical, of, of}, &id)
	if err != nil {
		return 0, err
	}
	if found {
		var due any
		if !t.historical && levelRank(f.Level) >= a.post {
			due = t.stored + interval
		}
		_, err := tx.Exec(`UPDATE alerts_alert SET count = count + 1, changed = ?, due = coalesce(due, ?) WHERE id = ?`, t.stored, due, id)
		return id, err
	}
	n := t.found
	n.Rule, n.Title, n.Label, n.Level = f.Rule, f.Title, f.Label, f.Level
	n.Initials, n.Role, n.Exposed = f.Initials, f.Role, f.Exposed
	body, err := json.Marshal(n)
	if err != nil {
		return 0, err
	}
	res, err := tx.Exec(`INSERT INTO alerts_alert(fingerprint, opened, changed, historical, acquisition, seq, rule, label, level, body, count, told)
		VALUES(?,?,?,?,?,?,?,?,?,?,1,1)`, print, t.opened, t.stored, t.historical, t.acquisition, t.seq, f.Rule, f.Label, levelRank(f.Level), string(body))
	if err != nil {
		return 0, err
	}
	if id, err = res.LastInsertId(); err != nil || t.historical || levelRank(f.Level) < a.post {
		return id, err
	}
	n.Count = 1
	return id, a.enqueue(tx, notify.Notification{
		ID: alertID(id), Kind: notify.Alert, Made: a.opt.Now().UTC(), Found: a.point(id, n),
	}, id, nil)
}

// point completes what an alert says with its number and where to read on.
func (a *Alerts) point(id int64, f notify.Finding) *notify.Finding {
	f.Alert = alertID(id)
	if a.opt.PublicURL != "" {
		f.Link = trimSlash(a.opt.PublicURL) + "/alerts/" + f.Alert
	} else {
		f.Command = "stakeout alerts show " + f.Alert
	}
	return &f
}
