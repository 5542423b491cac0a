package letter

import (
	"bytes"
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// blocks begin and end a line; of those in spaced, a blank line sets them off.
var blocks = map[atom.Atom]bool{
	atom.Div: true, atom.P: true, atom.Blockquote: true, atom.Li: true, atom.Ul: true, atom.Ol: true, atom.Tr: true,
	atom.Table: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true, atom.Pre: true,
	atom.Hr: true, atom.Section: true, atom.Article: true, atom.Header: true, atom.Footer: true, atom.Address: true,
	atom.Center: true, atom.Dl: true, atom.Dt: true, atom.Dd: true, atom.Fieldset: true, atom.Form: true, atom.Body: true,
}

var spaced = map[atom.Atom]bool{
	atom.P: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true, atom.H6: true,
	atom.Ul: true, atom.Ol: true, atom.Table: true, atom.Hr: true,
}

// unread are elements whose text nobody is shown.
var unread = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Title: true, atom.Template: true}

// page turns HTML into lines, tag by tag, so that neither depth nor size of a
// hostile page matters. Text that is styled away stays: whoever hid it meant
// somebody to find it.
type page struct {
	out    []line
	cur    strings.Builder
	links  []string
	depth  int
	pre    int
	skip   atom.Atom
	gap    bool // a blank line stands before what comes next
	anchor string
	from   int // where the anchor's words begin in cur
	lines  int // how many lines were out when the anchor began
	within int // how many <div> are open in what the client marked as quoted, itself included
	behind bool
}

func htmlLines(s string) []line {
	p := &page{}
	z := html.NewTokenizer(strings.NewReader(s))
	for {
		switch z.Next() {
		case html.ErrorToken:
			p.endAnchor()
			p.line(false)
			return p.out
		case html.TextToken:
			if p.skip == 0 {
				p.text(string(z.Text()))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, attrs := z.TagName()
			p.open(atom.Lookup(name), attrs, z)
		case html.EndTagToken:
			name, _ := z.TagName()
			p.close(atom.Lookup(name))
		}
	}
}

func (p *page) open(a atom.Atom, attrs bool, z *html.Tokenizer) {
	if p.skip != 0 {
		return
	}
	switch {
	case unread[a]:
		p.skip = a
	case a == atom.Br:
		p.line(true)
	case a == atom.Td || a == atom.Th:
		if s := p.cur.String(); s != "" && !strings.HasSuffix(s, " ") {
			p.cur.WriteByte(' ')
		}
	case a == atom.A:
		p.endAnchor()
		p.anchor, p.from, p.lines = attribute(z, attrs, "href"), p.cur.Len(), len(p.out)
	case a == atom.Img:
		p.text(attribute(z, attrs, "alt"))
	case blocks[a]:
		p.block(a)
		if a == atom.Blockquote {
			p.depth = min(p.depth+1, maxDepth)
		}
		if a == atom.Div {
			p.openDiv(attrs, z)
		}
		if a == atom.Li {
			p.cur.WriteString("- ")
		}
		if a == atom.Pre {
			p.pre++
		}
	}
}

func (p *page) close(a atom.Atom) {
	switch {
	case p.skip != 0:
		if a == p.skip {
			p.skip = 0
		}
	case a == atom.A:
		p.endAnchor()
	case blocks[a]:
		p.block(a)
		if a == atom.Blockquote {
			p.depth = max(p.depth-1, 0)
		}
		if a == atom.Pre {
			p.pre = max(p.pre-1, 0)
		}
		if a == atom.Div && p.within > 0 {
			p.within--
			p.behind = p.within == 0
		}
	}
}

// containers are the classes and ids of the <div> in which clients put all
// that they forward or quote: what follows its end the forwarder wrote.
var containers = map[string]bool{
	"gmail_quote": true, "yahoo_quoted": true, "moz-forward-container": true, "protonmail_quote": true,
	"mail-editor-reference-message-container": true,
}

func (p *page) openDiv(attrs bool, z *html.Tokenizer) {
	if p.within > 0 {
		p.within++
		return
	}
	for attrs {
		var key, value []byte
		key, value, attrs = z.TagAttr()
		if k := string(key); k != "class" && k != "id" {
			continue
		}
		for name := range strings.FieldsSeq(string(value)) {
			if containers[name] {
				p.within, p.behind = 1, false
			}
		}
	}
}

func (p *page) block(a atom.Atom) {
	p.line(false)
	p.gap = p.gap || spaced[a]
}

// text adds words, with white space as browsers show it.
func (p *page) text(s string) {
	s = strings.ReplaceAll(clean(s), "\u00a0", " ")
	if p.pre > 0 {
		for i, l := range strings.Split(s, "\n") {
			if i > 0 {
				p.line(true)
			}
			p.cur.WriteString(l)
		}
		return
	}
	words := strings.Fields(s)
	if len(words) == 0 && s == "" {
		return
	}
	space := func() {
		if c := p.cur.String(); c != "" && !strings.HasSuffix(c, " ") {
			p.cur.WriteByte(' ')
		}
	}
	if strings.ContainsAny(s[:1], " \t\n\r\f") {
		space()
	}
	p.cur.WriteString(strings.Join(words, " "))
	if len(words) > 0 && strings.ContainsAny(s[len(s)-1:], " \t\n\r\f") {
		p.cur.WriteByte(' ')
	}
}

// line ends the line; an empty one is kept only where it was asked for.
func (p *page) line(always bool) {
	s := strings.TrimRight(p.cur.String(), " \t")
	if s == "" && len(p.links) == 0 && !always {
		return
	}
	if n := len(p.out); p.gap && n > 0 && !p.out[n-1].blank() && s != "" {
		p.out = append(p.out, line{depth: min(p.depth, p.out[n-1].depth)})
	}
	p.gap = false
	p.out = append(p.out, line{p.depth, s, p.links, p.behind})
	p.cur.Reset()
	p.links, p.from = nil, 0
}

// endAnchor notes the target of a link whose words do not show it.
func (p *page) endAnchor() {
	target := p.anchor
	p.anchor = ""
	if target == "" || len(target) > 4096 {
		return
	}
	u, err := url.Parse(target)
	if err != nil || u.Scheme == "" || strings.EqualFold(u.Scheme, "mailto") || strings.EqualFold(u.Scheme, "cid") || strings.EqualFold(u.Scheme, "data") {
		return
	}
	words := ""
	if s := p.cur.String(); p.lines == len(p.out) && p.from <= len(s) {
		words = strings.TrimSpace(s[p.from:])
	}
	if words != target {
		p.links = append(p.links, clean(target))
	}
}

func attribute(z *html.Tokenizer, more bool, want string) string {
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if bytes.EqualFold(key, []byte(want)) {
			return strings.TrimSpace(string(value))
		}
	}
	return ""
}
