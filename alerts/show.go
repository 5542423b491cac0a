package alerts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"stakeout/alerts/rules"
	"stakeout/ledger"
	"stakeout/message"
)

// Detail is one alert with all that belongs to it.
type Detail struct {
	Alert
	Findings []Finding  `json:"findings"`
	Messages []Message  `json:"messages"`
	Acts     []Act      `json:"acts,omitempty"`
	Posts    []Delivery `json:"posts,omitempty"`
}

// Finding is one judgement of a rule on a message.
type Finding struct {
	Rule     string   `json:"rule"`
	Label    string   `json:"label"`
	Level    string   `json:"level"`
	Score    float64  `json:"score"`
	Reason   string   `json:"reason"`
	Exposed  []string `json:"exposed,omitempty"`
	Ruleset  string   `json:"ruleset,omitempty"` // the rules in force when it was found
	Seq      int64    `json:"seq"`               // the message that completed it
	Evidence []int64  `json:"evidence"`          // all messages that belong to it
}

// Message is one version of a message that belongs to an alert.
type Message struct {
	Seq      int64                `json:"seq"`
	Evidence bool                 `json:"evidence"`         // false: another version of such a message
	Masked   string               `json:"masked,omitempty"` // why the text is left out
	Stored   time.Time            `json:"stored"`
	Obs      *message.Observation `json:"observation,omitempty"` // nil: purged
}

// Show gives one alert, its findings, and every version of the messages that
// belong to it. What Masked names is without text, unless reveal; what is
// privileged is left out in any case.
func (a *Alerts) Show(ctx context.Context, id string, reveal bool) (Detail, error) {
	n, err := number(id)
	if err != nil {
		return Detail{}, err
	}
	var d Detail
	rows, err := a.db.Read().QueryContext(ctx, `SELECT `+alertColumns+` FROM alerts_alert a WHERE a.id = ?`, n)
	if err != nil {
		return d, fmt.Errorf("show alert %s: %w", id, err)
	}
	if !rows.Next() {
		rows.Close()
		return d, fmt.Errorf("%w: %s", ErrUnknown, alertID(n))
	}
	d.Alert, err = a.scan(rows)
	rows.Close()
	if err == nil {
		d.Findings, err = a.findings(ctx, n)
	}
	if err == nil {
		d.Acts, err = a.acts(ctx, n)
	}
	if err == nil {
		d.Posts, err = a.posts(ctx, n)
	}
	if err == nil {
		d.Messages, err = a.messages(ctx, d.Findings, reveal)
	}
	if err != nil {
		return Detail{}, fmt.Errorf("show alert %s: %w", id, err)
	}
	return d, nil
}

func (a *Alerts) findings(ctx context.Context, alert int64) ([]Finding, error) {
	rows, err := a.db.Read().QueryContext(ctx, `SELECT f.rule, f.label, f.level, f.score, f.reason, f.exposed, f.ruleset, f.seq,
		(SELECT json_group_array(seq) FROM (SELECT seq FROM alerts_evidence e WHERE e.finding = f.id ORDER BY seq))
		FROM alerts_finding f WHERE f.alert = ? ORDER BY f.seq, f.id`, alert)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Finding
	for rows.Next() {
		var f Finding
		var level int
		var exposed, evidence string
		if err := rows.Scan(&f.Rule, &f.Label, &level, &f.Score, &f.Reason, &exposed, &f.Ruleset, &f.Seq, &evidence); err != nil {
			return nil, err
		}
		f.Level = rules.Levels[level]
		if err := json.Unmarshal([]byte(exposed), &f.Exposed); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(evidence), &f.Evidence); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// messages gives the messages of findings with all their versions, by number.
func (a *Alerts) messages(ctx context.Context, fs []Finding, reveal bool) ([]Message, error) {
	var seqs []int64
	for _, f := range fs {
		seqs = append(seqs, f.Evidence...)
	}
	slices.Sort(seqs)
	seqs = slices.Compact(seqs)
	evidence, err := a.ledger.Entries(ctx, seqs)
	if err != nil {
		return nil, err
	}
	all := map[int64]ledger.Entry{}
	for _, e := range evidence {
		all[e.Seq] = e
		if e.Obs == nil {
			continue
		}
		versions, err := a.ledger.Versions(ctx, e.Obs.Channel, e.Obs.ID)
		if err != nil {
			return nil, err
		}
		for _, v := range versions {
			all[v.Seq] = v
		}
	}
	out := make([]Message, 0, len(all))
	every := make([]int64, 0, len(all))
	for seq, e := range all {
		_, own := slices.BinarySearch(seqs, seq)
		out = append(out, Message{Seq: seq, Evidence: own, Stored: e.Stored, Obs: e.Obs.Unprivileged()})
		every = append(every, seq)
	}
	slices.SortFunc(out, func(x, y Message) int { return int(x.Seq - y.Seq) })
	if reveal {
		return out, nil
	}
	masked, err := a.Masked(ctx, every)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if why, ok := masked[out[i].Seq]; ok && out[i].Obs != nil {
			out[i].Masked, out[i].Obs = why, a.bare(out[i].Obs)
		}
	}
	return out, nil
}

// bare is an observation without anything that its author wrote; names stay,
// masked.
func (a *Alerts) bare(o *message.Observation) *message.Observation {
	b := message.Observation{Kind: o.Kind, Grade: o.Grade, Via: o.Via, Channel: o.Channel, ID: o.ID, Author: o.Author, Sent: o.Sent, Edited: o.Edited,
		Observed: o.Observed, ReplyTo: o.ReplyTo, Event: o.Event, Acquisition: o.Acquisition, Format: o.Format}
	b.Channel.Name, b.Channel.Server.Name = string(a.place(o)), string(a.name(o.Channel.Server.Name, o.Channel.Server.ID, o))
	b.Author.Handle, b.Author.Name = string(a.name(o.Author.Handle, o.Author.ID, o)), string(a.name(o.Author.Name, o.Author.ID, o))
	if p := o.Channel.Parent; p != nil {
		b.Channel.Parent = &message.ChannelRef{ID: p.ID, Name: string(a.name(p.Name, p.ID, o))}
	}
	return &b
}
