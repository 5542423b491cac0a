package digest

import (
	"fmt"
	"strings"
	"time"
)

// endsSoon is how long before the end of a source's terms the digest says so.
const endsSoon = 14 * 24 * time.Hour

// sources says what every source that is not well is doing, and in one line
// that nothing is to be reported.
func sources(d Data) []string {
	var lines []string
	for _, s := range d.Sources {
		lines = append(lines, source(s, d.Made)...)
	}
	for i, m := range d.Missing {
		if i == listed {
			lines = append(lines, count(int64(len(d.Missing)-listed), "gap")+" more")
			break
		}
		lines = append(lines, missing(m))
	}
	switch {
	case !d.Running && len(lines) == 0 && len(d.Outages) == 0:
		return nil
	case !d.Running:
		return append(lines, "What the sources are doing is known to the running service alone.")
	case len(d.Sources) == 0:
		return append(lines, "None is configured.")
	case len(lines) == 0 && len(d.Outages) == 0:
		return []string{fmt.Sprintf("Nothing to report: %s at work, no outage.", count(int64(len(d.Sources)), "source"))}
	case len(lines) == 0:
		return []string{count(int64(len(d.Sources)), "source") + " at work."}
	}
	return lines
}

// source says what must be known of one, nothing where all is well.
func source(s Source, now time.Time) (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, s.Name+": "+fmt.Sprintf(format, args...)) }
	if s.Troubled || s.Reason != "" || !s.Until.IsZero() {
		l := s.State + " since " + stamp(s.Since)
		if !s.Until.IsZero() {
			l += ", until " + stamp(s.Until)
		}
		if s.Reason != "" {
			l += ": " + s.Reason
		}
		add("%s", l+mend(s.Mend))
	}
	if s.Silent {
		last := "no message since the start"
		if !s.LastEvent.IsZero() {
			last = "the last message came " + stamp(s.LastEvent)
		}
		add("silent for longer than its usual rhythm; %s", last)
	}
	for i, c := range s.Lost {
		if i == listed {
			add("%s more cannot be heard", count(int64(len(s.Lost)-listed), "channel"))
			break
		}
		add("%s cannot be heard since %s: %s", c.Place, stamp(c.Since), c.Reason+mend(c.Mend))
	}
	switch left := s.Ends.Sub(now); {
	case s.Ends.IsZero():
	case left <= 0 && len(lines) == 0:
		add("its terms are over, and collection has ended")
	case left > 0 && left <= endsSoon:
		add("its terms end at %s, and collection with them", stamp(s.Ends))
	}
	return lines
}

func mend(how string) string {
	if how == "" {
		return ""
	}
	return "; to mend it: " + how
}

func missing(m Missing) string {
	what := "messages"
	if m.Count > 0 {
		what = count(m.Count, "message")
	}
	l := fmt.Sprintf("%s: %s of %s known to be missing", m.Source, what, m.Place)
	if !m.To.IsZero() {
		l += fmt.Sprintf(", %s to %s", since(m.From), stamp(m.To))
	}
	if m.Reason != "" {
		l += ": " + m.Reason
	}
	return l
}

func outages(d Data) []string {
	var lines []string
	for i, o := range d.Outages {
		if i == listed {
			lines = append(lines, count(int64(len(d.Outages)-listed), "outage")+" more; stakeout coverage lists all")
			break
		}
		l := fmt.Sprintf("%s, %s: from %s", o.Source, o.where(), stamp(o.From))
		if o.To.IsZero() {
			l += ", goes on"
		} else {
			l += " to " + stamp(o.To) + ", " + o.outcome()
		}
		if o.Reason != "" {
			l += ": " + o.Reason
		}
		lines = append(lines, l)
	}
	return lines
}

func (o Outage) where() string {
	if n := len(o.Places); n > 1 {
		return count(int64(n), "channel")
	}
	return o.Places[0].String()
}

func (o Outage) outcome() string {
	switch {
	case o.Filled:
		return "fetched afterwards"
	case o.Missing:
		return "a part is known to be missing"
	}
	return "not filled"
}

func (p Place) String() string {
	return strings.TrimSpace(place(Channel{Platform: p.Platform, Server: p.Server, Name: p.Name}))
}

func since(t time.Time) string {
	if t.IsZero() {
		return "the beginning"
	}
	return stamp(t)
}
