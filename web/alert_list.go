package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"stakeout/alerts"
	"stakeout/alerts/notify"
	"stakeout/alerts/rules"
	"stakeout/message"
)

// Alerts is what was found; *alerts.Alerts is one.
type Alerts interface {
	List(context.Context, alerts.Filter) ([]alerts.Alert, error)
	Show(ctx context.Context, id string, reveal bool) (alerts.Detail, error)
	// Masked gives, of the messages asked for, those whose text must not be
	// shown, with the reason.
	Masked(ctx context.Context, seqs []int64) (map[int64]string, error)
	// MaskName gives a name with what must not be read replaced.
	MaskName(name string) string
	// Place is how a channel is called where no message of it is shown.
	Place(message.Channel) notify.Foreign
	Undelivered(context.Context) ([]alerts.Undelivered, error)
	Troubles(ctx context.Context, since time.Time) ([]alerts.Trouble, error)
	Cursor() int64 // number of the last entry that was judged
}

const (
	alertPage = 100
	alertMost = 2000
)

type alertListBody struct {
	Labels, Levels, Statuses []choice
	History                  bool
	Alerts                   []alertRow
	More                     string // address of a longer list, "" when this is all
	Filtered                 bool
	WithHistory              string // address of this list with history
}

type choice struct {
	Value, Word string
	Chosen      bool
}

// alertRow is one alert as the templates want it. Names in it are masked.
type alertRow struct {
	ID, Title, Rule, Label, Level  string
	Who                            string // initials and role
	Exposed                        []string
	Platform, Server, Channel, Via string
	Author                         string
	Sent, Stored, Changed          stamp
	Count                          int64
	Status                         string
	Historical                     bool
	Seq, Acquisition               int64
}

func (p *page) alertList(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	f := alerts.Filter{
		Label:      known(v.Get("label"), rules.Labels),
		Level:      known(v.Get("level"), rules.Levels),
		Status:     known(v.Get("status"), statuses),
		Historical: v.Get("history") == "1",
	}
	limit, err := strconv.Atoi(v.Get("limit"))
	if err != nil || limit < 1 {
		limit = alertPage
	}
	limit = min(limit, alertMost)
	f.Limit = limit + 1 // one more tells whether there are more
	list, err := p.Alerts.List(r.Context(), f)
	if err != nil {
		p.failed(w, r, "listing alerts", err)
		return
	}
	body := alertListBody{
		Labels:   choices(rules.Labels, f.Label, words),
		Levels:   choices(rules.Levels, f.Level, func(s string) string { return s + " and above" }),
		Statuses: choices(statuses, f.Status, statusWord),
		History:  f.Historical, Filtered: f.Label != "" || f.Level != "" || f.Status != "",
	}
	if !f.Historical {
		body.WithHistory = alertsAt(f, true, 0)
	}
	if len(list) > limit {
		list = list[:limit]
		if limit < alertMost {
			body.More = alertsAt(f, f.Historical, min(2*limit, alertMost)) + "#" + list[limit-1].Alert
		}
	}
	for _, a := range list {
		body.Alerts = append(body.Alerts, p.alertRow(a))
	}
	p.show(w, http.StatusOK, "alert_list", frame{Title: "Alerts", Tab: "alerts", Body: body})
}

// alertsAt is the address of a list.
func alertsAt(f alerts.Filter, history bool, limit int) string {
	v := url.Values{}
	for key, value := range map[string]string{"label": f.Label, "level": f.Level, "status": f.Status} {
		if value != "" {
			v.Set(key, value)
		}
	}
	if history {
		v.Set("history", "1")
	}
	if limit > 0 {
		v.Set("limit", strconv.Itoa(limit))
	}
	return "/alerts?" + v.Encode()
}

func (p *page) alertRow(a alerts.Alert) alertRow {
	row := alertRow{
		ID: a.Alert, Title: visible(a.Title), Rule: visible(a.Rule), Label: words(a.Label), Level: a.Level, Exposed: a.Exposed,
		Platform: visible(a.Platform), Server: visible(string(a.Server)), Channel: visible(string(a.Channel)), Author: visible(string(a.Author)), Via: a.Via,
		Stored: at(a.Stored, p.Zone), Changed: at(a.Changed, p.Zone),
		Count: a.Count, Status: statusWord(a.Status), Historical: a.Historical, Seq: a.Seq, Acquisition: a.Acquisition,
	}
	if a.Sent != nil {
		row.Sent = at(*a.Sent, p.Zone)
	}
	if row.Who = a.Initials; a.Role != "" && a.Initials != "" {
		row.Who += ", " + a.Role
	}
	return row
}

var statuses = []string{alerts.Open, alerts.Acknowledged, alerts.Right, alerts.Wrong}

func statusWord(s string) string {
	switch s {
	case alerts.Right:
		return "judged true"
	case alerts.Wrong:
		return "judged false"
	}
	return s
}

// known is a value that a list holds, "" for any other.
func known(s string, list []string) string {
	if slices.Contains(list, s) {
		return s
	}
	return ""
}

func choices(list []string, chosen string, word func(string) string) []choice {
	out := []choice{{"", "any", chosen == ""}}
	for _, s := range list {
		out = append(out, choice{s, word(s), s == chosen})
	}
	return out
}
