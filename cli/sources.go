package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"stakeout/app"
	"stakeout/bot"
	"stakeout/ledger"
	"stakeout/message"
)

// sourceState is one source as status shows it, times in the configured zone.
type sourceState struct {
	Source  string `json:"source"`
	Account string `json:"account,omitempty"`
	// State is bot.State, or "not running".
	State     string         `json:"state"`
	Reason    string         `json:"reason,omitempty"`
	Mend      string         `json:"mend,omitempty"`
	Until     string         `json:"until,omitempty"` // end of a wait
	Since     string         `json:"since,omitempty"` // of the state
	LastEvent string         `json:"last_event,omitempty"`
	Through   string         `json:"through,omitempty"` // up to when all it told is in the ledger
	Lag       float64        `json:"lag_seconds"`
	Events    int64          `json:"events"`
	Rejected  int64          `json:"rejected"`
	Reconnect int64          `json:"reconnects"`
	Waits     int64          `json:"waits"`
	Silent    bool           `json:"silent,omitempty"`
	Ends      string         `json:"ends,omitempty"` // last day of collection
	Ending    bool           `json:"ending,omitempty"`
	Gaps      []sourceGap    `json:"gaps,omitempty"` // outages that are not filled
	Channels  []channelFault `json:"channels,omitempty"`
}

type sourceGap struct {
	Channel string `json:"channel"`
	From    string `json:"from"`
	To      string `json:"to,omitempty"` // "": not watched again
	Reason  string `json:"reason,omitempty"`
	Missing int64  `json:"missing,omitempty"` // ids, 0 unknown
}

type channelFault struct {
	Channel string `json:"channel"`
	Reason  string `json:"reason"`
	Mend    string `json:"mend,omitempty"`
	Since   string `json:"since"`
}

// sourceStates are the states of the configured sources; where no service runs,
// what the ledger has of them.
func (s *session) sourceStates(ctx context.Context, a *app.App) ([]sourceState, error) {
	if len(a.Sources) == 0 {
		return nil, nil
	}
	covers, err := a.Ledger.Coverage(ctx)
	if err != nil {
		return nil, err
	}
	var out []sourceState
	for _, src := range a.Sources {
		h := src.Intake.Health()
		if s.Service == nil {
			through, err := src.Intake.Through(ctx)
			if err != nil {
				return nil, err
			}
			h = bot.Health{Source: h.Source, State: "not running", Through: through, Ends: h.Ends}
		}
		st := newSourceState(h, a.Zone, a.Now())
		for _, c := range h.Channels {
			st.Channels = append(st.Channels, channelFault{placeOf(a, c.Channel), c.Reason, c.Mend, moment(c.Since, a.Zone)})
		}
		st.Gaps = openGaps(a, covers, h.Source)
		out = append(out, st)
	}
	return out, nil
}

// openGaps are the outages of a source that were not filled, the latest last.
func openGaps(a *app.App, covers []ledger.Cover, source string) (gaps []sourceGap) {
	type gap struct {
		outage  ledger.Outage
		channel message.Channel
	}
	var open []gap
	for _, c := range covers {
		for _, o := range c.Outages {
			if o.Source == source && !o.Filled {
				open = append(open, gap{o, c.Channel})
			}
		}
	}
	slices.SortStableFunc(open, func(x, y gap) int { return x.outage.From.Compare(y.outage.From) })
	for _, g := range open {
		gaps = append(gaps, newGap(placeOf(a, g.channel), g.outage, a.Zone))
	}
	return gaps
}

func newSourceState(h bot.Health, zone *time.Location, now time.Time) sourceState {
	st := sourceState{
		Source: h.Source, Account: h.Account, State: string(h.State), Reason: h.Reason, Mend: h.Mend, Until: moment(h.Until, zone), Since: moment(h.Since, zone),
		LastEvent: moment(h.LastEvent, zone), Through: moment(h.Through, zone), Lag: h.Lag.Seconds(), Events: h.Events, Rejected: h.Rejected,
		Reconnect: h.Reconnects, Waits: h.Waits, Silent: h.Silent,
	}
	if !h.Ends.IsZero() {
		st.Ends, st.Ending = lastDay(h.Ends), h.Ends.Sub(now) < endsSoon
	}
	return st
}

func newGap(place string, o ledger.Outage, zone *time.Location) sourceGap {
	return sourceGap{place, moment(o.From, zone), moment(o.To, zone), o.Reason, o.Count}
}

// fewGaps is how many gaps and channels status tells one by one.
const fewGaps = 5

// writeSource writes one source for a person to read.
func writeSource(b *strings.Builder, st sourceState) {
	name := "source"
	line := func(format string, args ...any) {
		fmt.Fprintf(b, "%-12s %s\n", name, oneLine(fmt.Sprintf(format, args...)))
		name = ""
	}
	head := st.Source + ": " + st.State
	if st.Since != "" {
		head += " since " + st.Since
	}
	if st.Account != "" {
		head += ", as " + st.Account
	}
	line("%s", head)
	if st.Reason != "" {
		until := ""
		switch {
		case st.Until == "":
		case st.State == string(bot.Failing) || st.State == string(bot.Broken):
			until = "; tried again at " + st.Until
		default:
			until = "; until " + st.Until
		}
		line("  why: %s%s", st.Reason, until)
	}
	if st.Mend != "" {
		line("  to mend it: %s", st.Mend)
	}
	if st.Silent {
		line("  SILENT for longer than usual at this hour: see whether the channels moved, and stakeout doctor")
	}
	if st.Through != "" {
		line("  all that it told up to %s is in the ledger", st.Through)
	}
	if st.LastEvent != "" {
		line("  last message %s, stored %.1f s after it was sent", st.LastEvent, st.Lag)
	}
	if st.Since != "" { // of this process
		line("  %s, %d rejected, %s, %s since the start", count(st.Events, "event", "events"), st.Rejected,
			count(st.Reconnect, "reconnection", "reconnections"), count(st.Waits, "wait", "waits"))
	}
	for i, c := range st.Channels {
		if i == fewGaps {
			line("  and %d more channels in trouble; -o json names them", len(st.Channels)-i)
			break
		}
		line("  channel %s: %s since %s", c.Channel, c.Reason, c.Since)
		if c.Mend != "" {
			line("    to mend it: %s", c.Mend)
		}
	}
	writeGaps(line, st.Gaps)
	switch {
	case st.Ends == "":
	case st.State == string(bot.Ended):
		line("  collection ended with %s", st.Ends)
	case st.Ending:
		line("  collection ENDS with %s: have its authority renewed, and set until:", st.Ends)
	default:
		line("  collection is allowed up to and with %s", st.Ends)
	}
}

// writeGaps tells of the outages that are not filled, the latest of them one by
// one.
func writeGaps(line func(string, ...any), gaps []sourceGap) {
	if len(gaps) == 0 {
		return
	}
	line("  %s not filled; stakeout coverage --gaps lists them", count(int64(len(gaps)), "gap is", "gaps are"))
	for _, g := range gaps[max(0, len(gaps)-fewGaps):] {
		to := "on"
		if g.To != "" {
			to = "to " + g.To
		}
		missing := ""
		if g.Missing > 0 {
			missing = ", " + count(g.Missing, "message", "messages") + " by the ids"
		}
		line("    %s from %s %s%s: %s", g.Channel, g.From, to, missing, g.Reason)
	}
}
