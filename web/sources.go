package web

import (
	"fmt"
	"slices"
	"time"

	"stakeout/bot"
	"stakeout/indexer"
	"stakeout/ledger"
	"stakeout/message"
)

// endsSoon is how long before the end of a source's terms the page warns.
const endsSoon = 14 * 24 * time.Hour

// sourceRow is one watched source. Names in it are masked.
type sourceRow struct {
	Name, Account, State, Class string
	Reason, Mend                string
	Until, Since                stamp
	LastEvent, Through          stamp
	Lag                         string
	Events, Rejected            int64
	Reconnects, Waits           int64
	Silent                      bool
	LastDay, Left               string // of its terms; how long that still is
	Soon                        bool   // that is not long
	Limits                      []string
	Chats                       int   // not on the allow-list
	Dropped                     int64 // messages in them
	Channels                    []troubledRow
}

// troubledRow is a channel that cannot be heard.
type troubledRow struct {
	Place        place
	Reason, Mend string
	Since        stamp
}

// place is where a channel is found, by names that may be shown.
type place struct{ Platform, Server, Name string }

func (p *page) place(c message.Channel, mask func(string) string) place {
	return place{visible(c.Platform), visible(mask(c.Server.Name)), visible(orID(string(p.Alerts.Place(c)), "(no name)"))}
}

func (p *page) sources(covers []ledger.Cover) []sourceRow {
	mask := indexer.Remembered(p.Alerts.MaskName)
	now := p.Now()
	var rows []sourceRow
	for _, h := range p.Sources() {
		row := sourceRow{
			Name: visible(h.Source), Account: visible(h.Account), State: string(h.State), Class: stateClass(h.State),
			Reason: visible(h.Reason), Mend: visible(h.Mend), Until: at(h.Until, p.Zone), Since: at(h.Since, p.Zone),
			LastEvent: at(h.LastEvent, p.Zone), Through: at(h.Through, p.Zone), Lag: brief(h.Lag),
			Events: h.Events, Rejected: h.Rejected, Reconnects: h.Reconnects, Waits: h.Waits, Silent: h.Silent,
			Limits: limits(covers, h.Source), Chats: len(h.Dropped),
		}
		for _, d := range h.Dropped {
			row.Dropped += d.Count
		}
		if !h.Ends.IsZero() {
			row.LastDay = h.Ends.Add(-1).In(p.Zone).Format(time.DateOnly)
			left := h.Ends.Sub(now)
			row.Left, row.Soon = remaining(left), left < endsSoon
		}
		for _, c := range h.Channels {
			row.Channels = append(row.Channels, troubledRow{p.place(c.Channel, mask), visible(c.Reason), visible(c.Mend), at(c.Since, p.Zone)})
		}
		rows = append(rows, row)
	}
	return rows
}

// stateClass is a state's colour in the style sheet.
func stateClass(s bot.State) string {
	switch s {
	case bot.Live, bot.CatchingUp:
		return "edited"
	case bot.Waiting:
		return "differs"
	case bot.Failing, bot.Broken:
		return "deleted"
	}
	return ""
}

// limits are what a source's ways of watching cannot show, as its latest
// watches say.
func limits(covers []ledger.Cover, source string) []string {
	var out []string
	for _, c := range covers {
		for _, n := range slices.Backward(c.Intervals) {
			if n.Source != source || n.Change != ledger.Watching {
				continue
			}
			if s := visible(n.Limits); s != "" && !slices.Contains(out, s) {
				out = append(out, s)
			}
			break
		}
	}
	slices.Sort(out)
	return out
}

// remaining says how much of a source's terms is left.
func remaining(left time.Duration) string {
	switch days := int(left / (24 * time.Hour)); {
	case left <= 0:
		return "over"
	case days == 0:
		return "less than a day left"
	case days == 1:
		return "1 day left"
	case days > 365:
		return "more than a year left"
	default:
		return fmt.Sprintf("%d days left", days)
	}
}

// brief writes a duration in its two largest units, "" for none.
func brief(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d <= 0:
		return ""
	case d < time.Second:
		return fmt.Sprintf("%d ms", max(1, d.Milliseconds()))
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	case d < day:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%d d %d h", d/day, d%day/time.Hour)
}
