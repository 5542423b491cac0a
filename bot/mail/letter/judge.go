package letter

import (
	"fmt"
	"iter"
	"slices"
	"strings"

	"stakeout/message"
)

// reader reads mails with the same options.
type reader struct {
	opt     Options
	counsel counsel
}

// judge says what of a mail everybody may read. A mail from outside is its
// sender's word, but for what it quotes of counsel; of one from counsel only
// what it forwards is, where that can be told from the rest.
func (r reader) judge(m *mail) verdict {
	from := m.speakers()
	switch {
	case !r.counsel.listed && !m.signs():
		return verdict{originals: []original{r.direct(m)}}
	case r.counsel.listed && r.counsel.outside(from):
		c := r.counsel
		c.lenient = true
		return r.sift(m, c)
	}
	return r.forwarded(m, r.counsel.with(from))
}

// forwarded judges a mail by a forwarder.
func (r reader) forwarded(m *mail, c counsel) verdict {
	var v verdict
	if len(m.mails) > 0 {
		v = r.attached(m, c)
	} else {
		v = r.inline(m, c)
	}
	if len(v.originals) == 0 {
		v.privileged = wholly(m)
	}
	return v
}

// direct is a mail that its sender sent here himself.
func (r reader) direct(m *mail) original {
	o := original{author: m.author(), sent: m.date(), subject: m.subject(), files: m.files, mail: m}
	var lines []line
	for _, t := range m.texts {
		lines = append(lines, t.lines...)
	}
	o.text = clip(render(lines, 0))
	for _, t := range m.texts {
		if other := render(t.html, 0); other != "" && !sameWords(o.text, other) {
			o.embeds = append(o.embeds, clip("The HTML form of the mail says something else:\n"+other))
		}
		lines = append(lines, t.html...)
	}
	o.links = linksOf(lines, o.text)
	for inner := range m.inner() {
		o.embeds = append(o.embeds, clip("Attached mail:\n"+written(inner, "From", "Date", "Subject")))
	}
	o.embeds = append(o.embeds, m.notes...)
	o.route = m.route()
	return o
}

// inner yields the mails that lie in a mail, at whatever depth.
func (m *mail) inner() iter.Seq[*mail] {
	return func(yield func(*mail) bool) {
		for _, i := range m.mails {
			if !yield(i) {
				return
			}
			for deeper := range i.inner() {
				if !yield(deeper) {
					return
				}
			}
		}
	}
}

// attached takes the originals that a mail brings as attachments.
func (r reader) attached(m *mail, c counsel) verdict {
	var v verdict
	around := *m
	around.mails = nil
	withheld := []string{wholly(&around)}
	for _, inner := range m.mails {
		sub := r.original(inner, c)
		v.originals = append(v.originals, sub.originals...)
		if sub.privileged != "" {
			withheld = append(withheld, sub.privileged)
		}
	}
	v.privileged = strings.Join(withheld, "\n\n")
	return v
}

// original judges a mail that counsel attached: sent by an outsider, it is the
// original, but for what it quotes of others; sent by counsel, or itself a
// forward where nobody says who counsel is, it is judged in its turn.
func (r reader) original(m *mail, c counsel) verdict {
	from := m.speakers()
	if !c.outside(from) || !c.listed && m.signs() {
		return r.forwarded(m, c.with(from))
	}
	v := r.sift(m, c)
	v.originals[0].attached = true
	return v
}

// sift takes out of an outsider's mail what it quotes of others.
func (r reader) sift(m *mail, c counsel) verdict {
	o := r.direct(m)
	var lines, cut, links []line
	var hidden []string
	whole := true
	for _, t := range m.texts {
		kept, out := c.withhold(t.lines, 0)
		lines, cut = append(lines, kept...), append(cut, out...)
		whole = whole && len(out) == 0
		kept, out = c.withhold(t.html, 0)
		whole = whole && len(out) == 0
		links = append(links, linksOnly(kept)...)
		if other := render(out, 0); !sameWords(render(cut, 0), other) {
			hidden = append(hidden, other)
		}
		hidden = append(hidden, linksOf(out, "")...)
	}
	for inner := range m.inner() {
		whole = whole && !c.quotedIn(inner)
	}
	if whole {
		return verdict{originals: []original{o}}
	}
	// What it quotes of counsel may stand in the other forms too.
	o.embeds = m.notes
	for _, inner := range m.mails {
		hidden = append(hidden, wholly(inner))
	}
	o.text = strings.TrimSpace(clip(render(lines, 0)))
	o.links = linksOf(append(lines, links...), o.text)
	if c.lenient { // it may pass counsel's mail on, with its files and its subject
		for _, f := range o.files {
			hidden = append(hidden, "File: "+fileLine(f))
		}
		o.files = nil
		if forwards(o.subject) {
			hidden = append(hidden, "Subject: "+o.subject)
			o.subject = ""
		}
	}
	o.withheld = "Quoted in the original:\n" + strings.Join(append([]string{render(cut, 0)}, hidden...), "\n")
	return verdict{[]original{o}, o.withheld}
}

// quotedIn reports that a mail attached to an original is, or quotes, what may
// not be shown.
func (c counsel) quotedIn(m *mail) bool {
	if !c.may(m.speakers()) {
		return true
	}
	return slices.ContainsFunc(m.texts, func(t text) bool {
		_, cut := c.withhold(t.lines, 0)
		_, other := c.withhold(t.html, 0)
		return len(cut)+len(other) > 0
	})
}

// linksOnly leaves of lines what their words do not show.
func linksOnly(lines []line) []line {
	var out []line
	for _, l := range lines {
		if len(l.links) > 0 {
			out = append(out, line{links: l.links})
		}
	}
	return out
}

// inline takes the original that a mail brings in its own text.
func (r reader) inline(m *mail, c counsel) verdict {
	if len(m.texts) != 1 {
		return verdict{}
	}
	t := m.texts[0]
	s, sure := c.inline(t.lines, m.subject())
	if !sure || slices.ContainsFunc(t.html, line.isBehind) {
		return verdict{}
	}
	privileged := []string{render(s.around, 0)}
	for depth := 1; !c.outside(s.head.from) || !c.listed && forwardsOn(s); depth++ {
		// A forward of a forward: with this one's author counsel too.
		c = c.with(s.head.from)
		inner, sure := c.inline(s.body(), "Fwd: "+untag(s.head.subject))
		if !sure || replies(s.head.subject) || depth > maxNesting {
			return verdict{}
		}
		privileged = append(privileged, s.head.shown(), render(inner.around, 0))
		s = inner
	}
	kept, cut := c.withhold(s.body(), 0)
	if c.signs(kept) {
		return verdict{} // the forwarder wrote below
	}
	o := original{
		author: s.head.from[0].author(), sent: looseTime(s.head.date, r.opt.Zone), subject: s.head.subject,
		text: strings.TrimSpace(clip(render(kept, 0))),
	}
	o.links = linksOf(kept, o.text)
	if t.html != nil {
		o.links = linksOf(append(kept, r.htmlLinks(t.html, m.subject(), s, c)...), o.text)
	}
	if len(cut) > 0 {
		privileged = append(privileged, "Quoted in the original:\n"+render(cut, 0))
	}
	around := *m
	around.texts = nil
	return verdict{[]original{o}, strings.TrimSpace(wholly(&around) + "\n\n" + strings.Join(slices.DeleteFunc(privileged, blank), "\n\n"))}
}

// htmlLinks are the links of the same original in the mail's HTML form, if it
// can be told there just as well.
func (r reader) htmlLinks(lines []line, subject string, plain split, c counsel) []line {
	s, sure := c.inline(lines, subject)
	if !sure || len(s.head.from) == 0 || s.head.from[0].addr != plain.head.from[0].addr {
		return nil
	}
	kept, _ := c.withhold(s.body(), 0)
	return linksOnly(kept)
}

// forwardsOn reports that the original is a forward in its turn.
func forwardsOn(s split) bool {
	at, means := first(s.body())
	return at >= 0 && (means == forwardBegins || forwards(s.head.subject))
}

// body is the original's lines, with its own depth of quotation.
func (s split) body() []line {
	out := slices.Clone(s.lines)
	for i := range out {
		out[i].depth = max(0, out[i].depth-s.head.depth)
	}
	return out
}

func (q quoted) shown() string {
	var b strings.Builder
	for _, a := range q.from {
		fmt.Fprintf(&b, "From: %s\n", strings.TrimSpace(a.name+" <"+a.addr+">"))
	}
	fmt.Fprintf(&b, "Date: %s\nSubject: %s", q.date, q.subject)
	return b.String()
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// wholly writes down all that can be read of a mail.
func wholly(m *mail) string {
	var b strings.Builder
	b.WriteString(written(m, "From", "Sender", "To", "Cc", "Date", "Subject"))
	for _, s := range append(m.route(), m.notes...) {
		fmt.Fprintf(&b, "\n%s", s)
	}
	for _, inner := range m.mails {
		fmt.Fprintf(&b, "\n\nAttached mail:\n%s", wholly(inner))
	}
	return clip(b.String())
}

// written writes down some of a mail's fields and what it says itself.
func written(m *mail, fields ...string) string {
	var b strings.Builder
	for _, k := range fields {
		if v := m.field(k); v != "" {
			fmt.Fprintf(&b, "%s: %s\n", k, v)
		}
	}
	var lines []line
	for _, t := range m.texts {
		plain := render(t.lines, 0)
		fmt.Fprintf(&b, "\n%s\n", plain)
		if other := render(t.html, 0); other != "" && !sameWords(plain, other) {
			fmt.Fprintf(&b, "\nThe HTML form says:\n%s\n", other)
		}
		lines = append(append(lines, t.lines...), t.html...)
	}
	for _, link := range linksOf(lines, b.String()) {
		fmt.Fprintf(&b, "\nLink: %s", link)
	}
	for _, f := range m.files {
		fmt.Fprintf(&b, "\nFile: %s", fileLine(f))
	}
	return strings.TrimSpace(b.String())
}

func fileLine(f message.Attachment) string {
	return fmt.Sprintf("%q, %s, %d bytes, SHA-256 %s", f.Name, f.Type, f.Size, f.SHA256)
}
