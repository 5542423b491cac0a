package alerts

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// labelled is one message in the labelled set's format.
type labelled struct {
	ID           string   `json:"id"`
	Conversation string   `json:"conversation"`
	Platform     string   `json:"platform"`
	Channel      string   `json:"channel"`
	Author       string   `json:"author"`
	Time         string   `json:"time"`
	ReplyTo      *string  `json:"reply_to"`
	Text         string   `json:"text"`
	Labels       []string `json:"labels"`
	Incident     *string  `json:"incident"`
	HardNegative *string  `json:"hard_negative"`
}

// verdict is what people said of one message.
type verdict struct {
	labels   []string
	incident string
	wrong    []string // labels that it does not deserve, with the note
}

// ExportVerdicts writes the messages of judged alerts in the labelled set's
// format, one a line, by number: those judged right with their labels and the
// alert as the incident, those judged wrong as hard negatives. Without reveal
// texts and analysts' notes are left out and names are masked.
func (a *Alerts) ExportVerdicts(ctx context.Context, w io.Writer, reveal bool) error {
	verdicts, err := a.verdicts(ctx, reveal)
	if err != nil {
		return fmt.Errorf("export verdicts: %w", err)
	}
	seqs := make([]int64, 0, len(verdicts))
	for seq := range verdicts {
		seqs = append(seqs, seq)
	}
	slices.Sort(seqs)
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	ids := map[string]string{} // channel and message id -> exported id of its latest version
	for page := range slices.Chunk(seqs, 256) {
		entries, err := a.ledger.Entries(ctx, page)
		if err != nil {
			return fmt.Errorf("export verdicts: %w", err)
		}
		for _, e := range entries {
			if e.Obs == nil {
				continue // purged
			}
			o, v := e.Obs, verdicts[e.Seq]
			key := channelKey(o.Channel)
			l := labelled{
				ID: fmt.Sprintf("m%d", e.Seq), Conversation: o.Channel.Platform + "/" + o.Channel.ID, Platform: o.Channel.Platform,
				Channel: o.Channel.Name, Author: o.Author.Shown(), Time: o.Sent.String(), Labels: v.labels,
			}
			if reveal {
				l.Text = words(o)
			} else {
				l.Channel, l.Author = string(a.place(o)), string(a.name(l.Author, o.Author.ID, o))
			}
			if o.ReplyTo != nil {
				if id, ok := ids[key+"\x1f"+o.ReplyTo.ID]; ok {
					l.ReplyTo = &id
				}
			}
			ids[key+"\x1f"+o.ID] = l.ID
			if v.incident != "" {
				l.Incident = &v.incident
			} else if len(v.wrong) > 0 {
				why := strings.Join(v.wrong, "; ")
				l.HardNegative = &why
			}
			if err := out.Encode(l); err != nil {
				return fmt.Errorf("export verdicts: %w", err)
			}
		}
	}
	return nil
}

func (a *Alerts) verdicts(ctx context.Context, notes bool) (map[int64]*verdict, error) {
	rows, err := a.db.Read().QueryContext(ctx, `SELECT DISTINCT e.seq, a.id, a.label, a.verdict,
		coalesce((SELECT t.note FROM alerts_act t WHERE t.alert = a.id AND t.kind = 'verdict' ORDER BY t.id DESC LIMIT 1), '')
		FROM alerts_evidence e JOIN alerts_finding f ON f.id = e.finding JOIN alerts_alert a ON a.id = f.alert
		WHERE a.verdict IS NOT NULL ORDER BY e.seq, a.id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[int64]*verdict{}
	for rows.Next() {
		var seq, alert int64
		var label, note string
		var right bool
		if err := rows.Scan(&seq, &alert, &label, &right, &note); err != nil {
			return nil, err
		}
		v := out[seq]
		if v == nil {
			v = &verdict{labels: []string{}}
			out[seq] = v
		}
		switch {
		case !right:
			why := "not " + label
			if notes && note != "" {
				why += ": " + note
			}
			v.wrong = append(v.wrong, why)
		case !slices.Contains(v.labels, label):
			v.labels = append(v.labels, label)
		}
		if right && v.incident == "" {
			v.incident = alertID(alert)
		}
	}
	return out, rows.Err()
}
