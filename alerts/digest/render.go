package digest

import (
	"fmt"
	"strings"
	"time"

	"stakeout/alerts/notify"
)

// listed bounds how many channels are listed singly: the digest is read by
// people.
const listed = 30

// Report is the digest as receivers get it.
func Report(d Data) notify.Report {
	return notify.Report{Title: title(d), Sections: sections(d), Command: "stakeout alerts list"}
}

// Text is the digest for a terminal or a mail, with a line break at its end.
func Text(d Data) string {
	var b strings.Builder
	b.WriteString(title(d))
	b.WriteByte('\n')
	for _, s := range sections(d) {
		b.WriteString("\n" + s.Title + "\n")
		for _, l := range s.Lines {
			b.WriteString("  " + l + "\n")
		}
	}
	return b.String()
}

func title(d Data) string {
	if d.Date == "" {
		return "Stakeout digest so far"
	}
	t := "Stakeout digest for " + string(d.Date)
	if n := len(d.Missed); n > 0 {
		t += fmt.Sprintf(" and the %s missed before", days(n))
	}
	return t
}

func sections(d Data) []notify.Section {
	out := []notify.Section{{Title: "Covers", Lines: covers(d)}, {Title: "Messages", Lines: messages(d)}, {Title: "Alerts", Lines: tally(d)}}
	add := func(title string, lines []string) {
		if len(lines) > 0 {
			out = append(out, notify.Section{Title: title, Lines: lines})
		}
	}
	add("Imported history", history(d))
	add("Sources", sources(d))
	add("Outages", outages(d))
	add("Fell silent", silent(d))
	add("Not delivered", undelivered(d))
	add("Needs somebody", trouble(d))
	add("Ledger", head(d))
	return out
}

// head is the signed checkpoint as it stands, so that the message can be given
// to "stakeout verify --checkpoint" later.
func head(d Data) []string {
	lines := []string{fmt.Sprintf("%s, root %s", count(d.Head, "entry"), d.Root)}
	if d.Checkpoint == "" {
		return lines
	}
	lines = append(lines, "Keep this message: with it, stakeout verify --checkpoint shows that nothing before it was changed.")
	return append(lines, strings.Split(strings.TrimSpace(d.Checkpoint), "\n")...)
}

func covers(d Data) []string {
	var lines []string
	if d.Since.IsZero() {
		lines = append(lines, "Everything up to "+stamp(d.Made))
	} else {
		lines = append(lines, fmt.Sprintf("What was recorded from %s to %s", stamp(d.Since), stamp(d.Made)))
	}
	lines[0] += fmt.Sprintf(" (entries %d to %d)", d.After+1, d.To)
	if d.To == d.After {
		lines[0] = strings.TrimSuffix(lines[0], fmt.Sprintf(" (entries %d to %d)", d.After+1, d.To)) + " (no entries)"
	}
	if len(d.Missed) > 0 {
		lines = append(lines, fmt.Sprintf("No digest was made on %s: Stakeout was not running.", span(d.Missed)))
	}
	if d.Behind > 0 {
		lines = append(lines, fmt.Sprintf("%s not judged yet: the next digest covers them.", count(d.Behind, "entry")))
	}
	return lines
}

func messages(d Data) []string {
	lines := channels(d.Watched)
	if len(lines) == 0 {
		lines = []string{"None, neither live nor by backfill."}
	}
	if d.Sightings > 0 {
		lines = append(lines, count(d.Sightings, "message")+" seen once more")
	}
	if d.Differs > 0 {
		lines = append(lines, count(d.Differs, "message")+" with other text than recorded before under the same identity: possible forgeries")
	}
	return lines
}

func channels(cs []Channel) []string {
	var lines []string
	var rest Channel
	for i, c := range cs {
		if i >= listed {
			rest.New, rest.Edited, rest.Deleted = rest.New+c.New, rest.Edited+c.Edited, rest.Deleted+c.Deleted
			continue
		}
		lines = append(lines, place(c)+": "+amounts(c))
	}
	if more := len(cs) - listed; more > 0 {
		lines = append(lines, fmt.Sprintf("%s more: %s", count(int64(more), "channel"), amounts(rest)))
	}
	return lines
}

func place(c Channel) string {
	parts := []string{c.Platform}
	for _, name := range []notify.Foreign{c.Server, c.Name} {
		if name != "" {
			parts = append(parts, string(name))
		}
	}
	return strings.Join(parts, " · ")
}

func amounts(c Channel) string {
	parts := []string{fmt.Sprintf("%d new", c.New)}
	if c.Edited > 0 {
		parts = append(parts, fmt.Sprintf("%d edited", c.Edited))
	}
	if c.Deleted > 0 {
		parts = append(parts, fmt.Sprintf("%d deleted", c.Deleted))
	}
	return strings.Join(parts, ", ")
}

func tally(d Data) []string {
	if len(d.Alerts) == 0 {
		return []string{"None."}
	}
	var lines []string
	for _, t := range d.Alerts {
		l := fmt.Sprintf("%s, %s: %s from %s", t.Label, t.Level, count(t.Alerts, "alert"), count(t.Findings, "finding"))
		for _, more := range []struct {
			n    int64
			what string
		}{{t.Acknowledged, "acknowledged"}, {t.Right, "judged right"}, {t.Wrong, "judged wrong"}} {
			if more.n > 0 {
				l += fmt.Sprintf(", %d %s", more.n, more.what)
			}
		}
		lines = append(lines, l)
	}
	return lines
}

func history(d Data) []string {
	lines := channels(d.Imported)
	for _, s := range d.History {
		l := fmt.Sprintf("Acquisition %d, %s %s: %s in %s", s.Acquisition, s.Kind, s.Source, count(s.Findings, "finding"), count(s.Alerts, "alert"))
		if !s.Closed {
			l += ", not finished"
		}
		lines = append(lines, l)
		for _, c := range s.Counts {
			lines = append(lines, fmt.Sprintf("- %s, %s: %d", c.Label, c.Level, c.Count))
		}
	}
	return lines
}

func silent(d Data) []string {
	var lines []string
	for i, s := range d.Silent {
		if i == listed {
			lines = append(lines, count(int64(len(d.Silent)-listed), "channel")+" more")
			break
		}
		lines = append(lines, fmt.Sprintf("%s: nothing live since %s", place(s.Channel), stamp(s.Last)))
	}
	return lines
}

func undelivered(d Data) []string {
	var lines []string
	for _, u := range d.Undelivered {
		l := fmt.Sprintf("%s: %d waiting, %d refused, the oldest since %s", u.Receiver, u.Waiting, u.Refused, stamp(u.Oldest))
		if u.Missing {
			l += "; this receiver is no longer configured"
		} else if u.Reason != "" {
			l += "; last: " + u.Reason
		}
		lines = append(lines, l)
	}
	return lines
}

func trouble(d Data) []string {
	var lines []string
	if d.Quarantined > 0 {
		lines = append(lines, count(d.Quarantined, "record")+" could not be read and stand in quarantine")
	}
	for _, t := range d.Troubles {
		if t.Seq == 0 { // of no entry: a source, the disk
			lines = append(lines, fmt.Sprintf("%s, told %s, last at %s: %s", t.Name, count(t.Count, "time"), stamp(t.Last), t.Detail))
			continue
		}
		lines = append(lines, fmt.Sprintf("%s failed %s, last at entry %d: %s", t.Name, count(t.Count, "time"), t.Seq, t.Detail))
	}
	return lines
}

func span(ds []Date) string {
	if len(ds) == 1 {
		return string(ds[0])
	}
	return fmt.Sprintf("%d dates from %s to %s", len(ds), ds[0], ds[len(ds)-1])
}

func count(n int64, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case strings.HasSuffix(what, "y"):
		return fmt.Sprintf("%d %sies", n, strings.TrimSuffix(what, "y"))
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func days(n int) string {
	if n == 1 {
		return "day"
	}
	return fmt.Sprintf("%d days", n)
}
