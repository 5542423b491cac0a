package slack

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	api "github.com/slack-go/slack"

	"stakeout/alerts/notify"
)

// Slack's limits, from its Block Kit reference.
const (
	headerSize = 150  // characters of a header
	textSize   = 3000 // characters of a section's text
	fieldSize  = 2000 // characters of a field
	blockCount = 50   // blocks of a message
	idSize     = 255  // characters of a block_id
)

// fallback is what Slack shows in its own notification and to screen readers.
// Slack parses it, so nothing from a watched channel may stand in it.
func fallback(n notify.Notification) string {
	return escape(headline(n) + " · " + n.ID)
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// escape writes the three characters that begin anything in Slack's mark-up.
func escape(s string) string { return escaper.Replace(s) }

// headline says in one line what this is, in our own words only.
func headline(n notify.Notification) string {
	switch {
	case n.Found != nil && n.Kind == notify.Repeat:
		return fmt.Sprintf("[%s] %s: %s, now %d times", strings.ToUpper(n.Found.Level), n.Found.Label, n.Found.Title, n.Found.Count)
	case n.Found != nil:
		return fmt.Sprintf("[%s] %s: %s", strings.ToUpper(n.Found.Level), n.Found.Label, n.Found.Title)
	case n.Told != nil:
		return n.Told.Title
	}
	return "Stakeout"
}

// blocks is the message itself.
func blocks(n notify.Notification) []api.Block {
	out := []api.Block{api.NewHeaderBlock(plain(headline(n), headerSize), api.HeaderBlockOptionBlockID(cut(n.ID, idSize)))}
	if n.Found != nil {
		out = append(out, finding(*n.Found)...)
	}
	if n.Told != nil {
		out = append(out, report(*n.Told)...)
	}
	foot := "Stakeout · " + n.ID + " · " + stamp(n.Made)
	return append(out, api.NewContextBlock("", plain(foot, fieldSize)))
}

func finding(f notify.Finding) []api.Block {
	var fields []*api.TextBlockObject
	field := func(name, value string) {
		if value != "" {
			fields = append(fields, plain(name+": "+value, fieldSize))
		}
	}
	field("Rule", f.Rule)
	field("Concerns", strings.TrimSpace(f.Initials+" "+bracket(f.Role)))
	field("Exposed", strings.Join(f.Exposed, ", "))
	field("Platform", f.Platform)
	field("Server", string(f.Server))
	field("Channel", string(f.Channel))
	field("Author", string(f.Author))
	if f.Sent != nil {
		field("Sent", stamp(*f.Sent))
	} else {
		field("Sent", "the source gave no time")
	}
	field("Recorded", stamp(f.Stored)+" ("+f.Via+")")
	field("Alert", fmt.Sprintf("%s, %s", f.Alert, times(f.Count)))
	out := []api.Block{api.NewSectionBlock(nil, fields, nil)}
	if f.Link != "" {
		// The address is the operator's own; nothing else is parsed.
		link := api.NewTextBlockObject(api.MarkdownType, "<"+escape(f.Link)+"|Read it in Stakeout>", false, true)
		return append(out, api.NewSectionBlock(link, nil, nil))
	}
	return append(out, api.NewSectionBlock(plain("To read it: "+f.Command, textSize), nil, nil))
}

// report packs lines into as few sections as Slack's limits allow.
func report(r notify.Report) []api.Block {
	var texts []string
	for _, s := range r.Sections {
		lines := s.Lines
		if s.Title != "" {
			lines = append([]string{s.Title}, lines...)
		}
		texts = append(texts, pack(lines)...)
	}
	if r.Command != "" {
		texts = append(texts, "To read on: "+r.Command)
	}
	const room = blockCount - 2 // header and foot
	if over := len(texts) - room; over > 0 {
		texts = append(texts[:room-1:room-1], fmt.Sprintf("%d more parts do not fit into one Slack message.", over+1))
	}
	var out []api.Block
	for _, t := range texts {
		out = append(out, api.NewSectionBlock(plain(t, textSize), nil, nil))
	}
	return out
}

// pack joins lines into texts of at most textSize characters.
func pack(lines []string) (texts []string) {
	var b strings.Builder
	size := 0
	for _, l := range lines {
		l = cut(l, textSize)
		n := utf8.RuneCountInString(l) + 1
		if size > 0 && size+n > textSize {
			texts = append(texts, b.String())
			b.Reset()
			size = 0
		}
		if size > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(l)
		size += n
	}
	if size > 0 {
		texts = append(texts, b.String())
	}
	return texts
}

// plain is an element that Slack does not parse: no mentions, links, emoji or
// mark-up. Slack refuses an empty one.
func plain(s string, size int) *api.TextBlockObject {
	if strings.TrimSpace(s) == "" {
		s = "–"
	}
	return api.NewTextBlockObject(api.PlainTextType, cut(s, size), false, false)
}

func cut(s string, size int) string {
	if utf8.RuneCountInString(s) <= size {
		return s
	}
	return string([]rune(s)[:size-1]) + "…"
}

func bracket(s string) string {
	if s == "" {
		return ""
	}
	return "(" + s + ")"
}

func times(n int64) string {
	if n == 1 {
		return "once so far"
	}
	return fmt.Sprintf("%d times so far", n)
}

// stamp is RFC 3339 in UTC to the second.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
