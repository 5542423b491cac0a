package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"stakeout/ledger"
	"stakeout/message"
)

// coverEvent is one line of a channel's coverage: an interval or an outage.
type coverEvent struct {
	from     time.Time
	interval *ledger.Interval
	outage   *ledger.Outage
}

// events are a channel's intervals and outages in the order of time.
func (r *coverRow) events() (es []coverEvent) {
	for _, list := range [][]ledger.Interval{r.Covered, r.Missing} {
		for i := range list {
			es = append(es, coverEvent{from: list[i].From, interval: &list[i]})
		}
	}
	for i := range r.Outages {
		es = append(es, coverEvent{from: r.Outages[i].From, outage: &r.Outages[i]})
	}
	slices.SortStableFunc(es, func(a, b coverEvent) int { return cmp.Or(a.from.Compare(b.from), cmp.Compare(a.rank(), b.rank())) })
	return es
}

// rank orders what begins at the same time: an outage before what filled it.
func (e coverEvent) rank() int {
	switch {
	case e.outage != nil:
		return 0
	case e.interval.Change == ledger.Fetched:
		return 1
	}
	return 2
}

// coverWord says in a word or two what an interval is.
func coverWord(n ledger.Interval) string {
	switch {
	case n.Source == ledger.Imported && n.Change == ledger.Fetched:
		return "imported"
	case n.Change == ledger.Watching:
		return "watched live"
	case n.Change == ledger.Fetched:
		return "fetched afterwards"
	case n.Change == ledger.Scanned:
		return "read again"
	case n.Change == ledger.Missing:
		return "missing"
	}
	return string(n.Change)
}

// coverText writes coverage for somebody to read who was not there.
func coverText(rows []coverRow, sel coverSelection, running bool) string {
	t := coverWriter{running: running}
	threads, outages := 0, false
	for i := range rows {
		r := &rows[i]
		if r.thread && len(r.Covered)+len(r.Outages)+len(r.Missing) == 0 {
			threads++
			continue
		}
		t.channel(r, sel)
		outages = outages || len(r.Outages) > 0
	}
	if threads > 0 && !sel.gaps {
		t.gap()
		fmt.Fprintf(&t.b, "mail: %s; what is recorded of their coverage stands with their mailbox\n", count(int64(threads), "thread", "threads"))
	}
	switch {
	case outages:
		t.gap()
		t.b.WriteString("What was posted and deleted again during an outage cannot be known, whether the\noutage was filled or not; of an edit only the last text is left.\n")
	case t.b.Len() > 0:
	case sel.gaps:
		t.b.WriteString("no outage is on record, and nothing is known to be missing\n")
	default:
		t.b.WriteString("the ledger knows no channel\n")
	}
	return t.b.String()
}

type coverWriter struct {
	b       strings.Builder
	running bool
}

// gap parts one channel from the next.
func (t *coverWriter) gap() {
	if t.b.Len() > 0 {
		t.b.WriteByte('\n')
	}
}

// line writes what something is and then sentences about it, each on a line.
func (t *coverWriter) line(what string, sentences ...string) {
	for _, s := range sentences {
		if s != "" {
			fmt.Fprintf(&t.b, "  %-19s %s\n", what, oneLine(s))
			what = ""
		}
	}
}

func (t *coverWriter) channel(r *coverRow, sel coverSelection) {
	t.gap()
	id := ""
	if r.ID != "" && r.ID != r.Channel {
		id = "  (id " + r.ID + ")"
	}
	fmt.Fprintln(&t.b, oneLine(r.Platform+"  "+strings.TrimSpace(r.Server+"  "+r.Channel)+id))
	for _, e := range r.events() {
		if e.outage != nil {
			t.outage(e.outage, r)
		} else {
			t.interval(e.interval)
		}
	}
	switch {
	case sel.gaps || len(r.Covered)+len(r.Outages)+len(r.Missing) > 0:
	case r.gone:
		t.line("watched", "not in the time asked for")
	default:
		t.line("watched", "nothing is on record of how this channel was covered: what the ledger holds of it came from imports that told nothing of it")
	}
	t.ids(r, sel)
	if !sel.gaps {
		for _, l := range r.Limits {
			t.line("cannot be known", l.Cannot+" ("+l.Source+")")
		}
	}
}

func (t *coverWriter) interval(n *ledger.Interval) {
	ids := ""
	switch {
	case n.FromID != "" && n.ToID != "":
		ids = "messages " + n.FromID + " to " + n.ToID
	case n.FromID != "":
		ids = "messages from " + n.FromID + " on"
	case n.ToID != "":
		ids = "messages up to " + n.ToID
	}
	when, why := fromTo(n.From, n.To), ""
	switch {
	case n.Change == ledger.Watching && n.Open && t.running:
		when, ids = "since "+clock(n.From)+"; goes on", ""
		why = "all that was told up to " + clock(n.To) + " is in the ledger"
	case n.Change == ledger.Watching && n.Open:
		when, ids = "since "+clock(n.From)+"; no end is on record, and no service is running now", ""
		why = "all that was told up to " + clock(n.To) + " is in the ledger"
	case n.Change == ledger.Watching:
		why = said("ended: ", n.Reason)
	case n.Change == ledger.Missing:
		why = said("why: ", n.Reason)
		if n.Count > 0 {
			ids = strings.TrimPrefix(ids+"; "+count(n.Count, "message", "messages")+" by their ids", "; ")
		} else {
			ids = strings.TrimPrefix(ids+"; how many messages cannot be told", "; ")
		}
	case n.Source == ledger.Imported:
		if when = fromTo(n.From, n.To); n.From.IsZero() {
			when = "at times that the export does not give"
		}
		when = "messages sent " + when
	case n.Change == ledger.Scanned:
		why = "for edits, and for messages that are gone"
	case n.Change == ledger.Fetched:
		why = "all that the source still had"
	}
	t.line(coverWord(*n), when, ids, why)
}

func (t *coverWriter) outage(o *ledger.Outage, r *coverRow) {
	when := "since " + clock(o.From) + "; not watched again"
	if !o.To.IsZero() {
		when = fromTo(o.From, o.To) + " (" + o.To.Sub(o.From).Round(time.Second).String() + ")"
	}
	filled := "not filled: what was said meanwhile is not known to be in the ledger"
	switch {
	case o.Filled:
		filled = "filled: what was said meanwhile was fetched afterwards, all that the source still had"
	case o.Missing && o.Count > 0:
		filled = "not filled: " + count(o.Count, "message is", "messages are") + " missing, by the ids"
	case o.Missing:
		filled = "not filled: a part of it is known to be missing"
	}
	t.line("outage", when, said("why: ", o.Reason), filled, r.importedIn(o))
}

// importedIn says that an import has something of an outage's time. That fills
// nothing: nobody knows what the exporter left out.
func (r *coverRow) importedIn(o *ledger.Outage) string {
	for _, n := range r.Covered {
		if n.Source == ledger.Imported && !n.From.IsZero() && n.To.After(o.From) && (o.To.IsZero() || n.From.Before(o.To)) && !o.Filled {
			return "an import brought messages of this time; nobody can tell what the exporter left out"
		}
	}
	return ""
}

func (t *coverWriter) ids(r *coverRow, sel coverSelection) {
	n := r.IDs
	if n == nil {
		if !sel.gaps && r.Platform == message.Discord && len(r.Covered)+len(r.Outages) > 0 {
			t.line("ids", "Discord's ids do not run on one by one, so missing messages cannot be counted")
		}
		return
	}
	if n.Missing == 0 {
		if !sel.gaps {
			t.line("ids", fmt.Sprintf("1 to %d, and the ledger holds every one", n.Last))
		}
		return
	}
	before, between := "", ""
	if n.Before > 0 {
		before = fmt.Sprintf("%d before the first one held (%d): from before the channel was watched, deleted by then, or never shown", n.Before, n.First)
	}
	if rest := n.Missing - n.Before; rest > 0 {
		between = fmt.Sprintf("%d between the first one held (%d) and the last (%d): missed, deleted by then, or never shown", rest, n.First, n.Last)
	}
	t.line("ids", fmt.Sprintf("of the ids from 1 to %d the ledger holds %d and lacks %d:", n.Last, n.Held, n.Missing), before, between,
		"an id that the platform spent on something that nobody sees counts as well: it cannot be told apart")
}

// fromTo writes a stretch of time; what is not known of it is the channel's
// beginning.
func fromTo(from, to time.Time) string {
	switch {
	case from.IsZero() && to.IsZero():
		return "at times not known"
	case from.IsZero():
		return "from the beginning of the channel to " + clock(to)
	case to.IsZero():
		return "from " + clock(from) + " on"
	}
	return "from " + clock(from) + " to " + clock(to)
}

// clock writes a time for people, to the second, with its zone's offset.
func clock(t time.Time) string { return t.Format("2006-01-02 15:04:05 -07:00") }

func said(lead, words string) string {
	if words == "" {
		return ""
	}
	return lead + words
}

func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
