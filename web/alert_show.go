package web

import (
	"errors"
	"net/http"
	"net/url"

	"stakeout/alerts"
	"stakeout/indexer"
	"stakeout/indexer/query"
)

type alertShowBody struct {
	alertRow
	Findings []findingRow
	Evidence []evidenceRow
	Acts     []actRow
	Posts    []postRow
	Similar  string // address of a search for messages with this label in this channel
}

type findingRow struct {
	Rule, Level, Reason string
	Exposed             []string
	Seq                 int64
}

// evidenceRow points at a message without quoting it.
type evidenceRow struct {
	Seq    int64
	When   stamp
	Author string
	Kind   string
	Masked string
	Purged bool
	Own    bool // belongs to the finding itself, not another version
}

type actRow struct {
	What, Who, Note string
	At              stamp
}

type postRow struct {
	Receiver, State, Reason string
	Attempts                int64
	Created, Sent           stamp
}

// alertShow tells of an alert what Slack was told, and where to read on. It
// quotes no message.
func (p *page) alertShow(w http.ResponseWriter, r *http.Request) {
	d, err := p.Alerts.Show(r.Context(), r.PathValue("id"), false)
	if errors.Is(err, alerts.ErrUnknown) {
		p.problem(w, r, http.StatusNotFound, "No alert has this number", "The list shows all there are.")
		return
	}
	if err != nil {
		p.failed(w, r, "reading the alert", err)
		return
	}
	body := alertShowBody{alertRow: p.alertRow(d.Alert)}
	for _, f := range d.Findings {
		body.Findings = append(body.Findings, findingRow{f.Rule, f.Level, visible(f.Reason), f.Exposed, f.Seq})
	}
	mask := indexer.Remembered(p.Alerts.MaskName)
	for _, m := range d.Messages {
		e := evidenceRow{Seq: m.Seq, Masked: words(m.Masked), Own: m.Evidence, Purged: m.Obs == nil, When: at(m.Stored, p.Zone)}
		if o := m.Obs; o != nil {
			e.When, e.Author, e.Kind = sentOrSeen(o, p.Zone), visible(indexer.Withhold(o, m.Masked != "", mask).Author.Shown()), o.Kind.String()
		}
		body.Evidence = append(body.Evidence, e)
		if m.Obs != nil && body.Similar == "" {
			like := query.And{Parts: []query.Node{query.Field{Name: "label", Value: d.Label}, query.Field{Name: "in", Value: m.Obs.Channel.ID}}}
			body.Similar = "/?" + url.Values{"q": {like.String()}}.Encode()
		}
	}
	for _, a := range d.Acts {
		body.Acts = append(body.Acts, p.act(a))
	}
	for _, o := range d.Posts {
		row := postRow{Receiver: o.Receiver, State: o.State, Reason: visible(o.Reason), Attempts: o.Attempts, Created: at(o.Created, p.Zone)}
		if o.Sent != nil {
			row.Sent = at(*o.Sent, p.Zone)
		}
		body.Posts = append(body.Posts, row)
	}
	p.show(w, http.StatusOK, "alert_show", frame{Title: "Alert " + d.Alert.Alert, Tab: "alerts", Body: body})
}

func (p *page) act(a alerts.Act) actRow {
	row := actRow{Who: visible(a.Who), Note: visible(a.Note), At: at(a.At, p.Zone)}
	switch a.Kind {
	case alerts.Judged:
		row.What = statusWord(a.Value)
	case alerts.Gone:
		row.What = "a message of it was deleted (entry " + a.Value + ")"
	default:
		row.What = a.Kind
	}
	return row
}
