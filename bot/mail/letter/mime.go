package letter

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"mime"
	"regexp"
	"strings"

	gomessage "github.com/emersion/go-message"
	htmlcharset "golang.org/x/net/html/charset"

	"stakeout/message"
)

const (
	// maxNesting bounds parts within parts, and mails within mails. Beyond it a
	// part is a file like any other.
	maxNesting = 12
	// maxParts bounds the parts of one mail; the last holds what follows.
	maxParts = 1000
)

// mail is one mail, taken apart.
type mail struct {
	raw    []byte // exactly as it stood
	header gomessage.Header
	body
}

// body is what the parts of a mail hold.
type body struct {
	texts []text // those to be read, in their order
	files []message.Attachment
	mails []*mail  // attached mails
	notes []string // what could not be read, and why
}

// text is one text to be read. html is the other form of a plain text that
// came in both, nil where there was none.
type text struct {
	lines []line
	html  []line
}

// known are fields of which one makes a block of fields a mail's header.
var known = []string{"From", "Date", "Message-Id", "Received", "Return-Path", "Delivered-To", "Subject", "To", "Mime-Version", "Content-Type", "Sender", "X-Mozilla-Status"}

// parse takes a mail apart that lies so deep in others. The only error is
// ErrNoMail.
func parse(raw []byte, depth int) (*mail, error) {
	m := &mail{raw: raw}
	var rest []byte
	m.header, rest = splitHeader(raw)
	found := false
	for _, k := range known {
		found = found || m.header.Has(k)
	}
	if !found {
		return nil, ErrNoMail
	}
	w := walker{}
	w.part(m.header, rest, "text/plain", depth, &m.body)
	return m, nil
}

// Begins reports that a file's beginning is that of a mail: a header that has
// two at least of the fields that mails have.
func Begins(b []byte) bool {
	h, _ := splitHeader(b)
	n := 0
	for _, k := range known {
		if h.Has(k) {
			n++
		}
	}
	return n > 1
}

// walker goes through the parts of one mail.
type walker struct{ parts int }

// media is a Content-Type; parameters survive damage that mime gives up on.
func media(v, fallback string) (string, map[string]string) {
	if strings.TrimSpace(v) == "" {
		return fallback, nil
	}
	t, params, err := mime.ParseMediaType(v)
	if err == nil {
		return strings.ToLower(t), params
	}
	t, _, _ = strings.Cut(v, ";")
	t = strings.ToLower(strings.TrimSpace(t))
	params = map[string]string{}
	for _, g := range parameter.FindAllStringSubmatch(v, -1) {
		if k := strings.ToLower(g[1]); params[k] == "" {
			params[k] = strings.Trim(g[2], `"`)
		}
	}
	if !strings.Contains(t, "/") {
		t = fallback
	}
	return t, params
}

var parameter = regexp.MustCompile(`(?i);\s*(boundary|charset|name|filename|format|delsp)\s*=\s*("[^"]*"|[^;\s]+)`)

func (w *walker) part(h gomessage.Header, b []byte, fallback string, depth int, into *body) {
	w.parts++
	kind, params := media(h.Get("Content-Type"), fallback)
	if strings.HasPrefix(kind, "multipart/") && depth < maxNesting && params["boundary"] != "" {
		w.multipart(kind, params["boundary"], b, depth, into)
		return
	}
	disposition, dparams := media(h.Get("Content-Disposition"), "inline")
	data := decodeTransfer(h.Get("Content-Transfer-Encoding"), b)
	name := fileName(params, dparams)
	if kind == "message/rfc822" || kind == "message/global" {
		if depth < maxNesting {
			if inner, err := parse(unFrom(data), depth+1); err == nil {
				into.mails = append(into.mails, inner)
				return
			}
		}
	} else if disposition != "attachment" && (kind == "text/plain" || kind == "text/html") && name == "" {
		if t, ok := readable(kind, params, data, into); ok {
			into.texts = append(into.texts, t)
		}
		return
	}
	sum := sha256.Sum256(data)
	into.files = append(into.files, message.Attachment{Name: name, Type: clean(kind), Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])})
}

// readable makes a text of a part.
func readable(kind string, params map[string]string, data []byte, into *body) (text, bool) {
	if kind == "text/html" {
		name := params["charset"]
		if name == "" {
			_, name, _ = htmlcharset.DetermineEncoding(data, "")
		}
		s, note := decodeText(name, data)
		into.note(note)
		l := htmlLines(clip(s))
		return text{lines: l}, len(l) > 0
	}
	s, note := decodeText(params["charset"], data)
	into.note(note)
	if strings.TrimSpace(s) == "" {
		return text{}, false
	}
	return text{lines: plainLines(clip(s), strings.EqualFold(params["format"], "flowed"), strings.EqualFold(params["delsp"], "yes"))}, true
}

func (b *body) note(s string) {
	if s != "" {
		b.notes = append(b.notes, s)
	}
}

func fileName(params, dparams map[string]string) string {
	name := dparams["filename"]
	if name == "" {
		name = params["name"]
	}
	return shownField(name)
}

func (w *walker) multipart(kind, boundary string, b []byte, depth int, into *body) {
	fallback := "text/plain"
	if kind == "multipart/digest" {
		fallback = "message/rfc822"
	}
	var subs []body
	for part := range parts(b, boundary) {
		if w.parts >= maxParts {
			into.note("more parts than are read")
			break
		}
		h, rest := splitHeader(part)
		if kind != "multipart/alternative" {
			w.part(h, rest, fallback, depth+1, into)
			continue
		}
		var sub body
		w.part(h, rest, fallback, depth+1, &sub)
		subs = append(subs, sub)
	}
	if len(subs) > 0 {
		into.choose(subs, w)
	}
}

// choose takes of several forms of one text the plain one, and HTML where
// there is none; files and mails it takes of all.
func (b *body) choose(subs []body, w *walker) {
	var chosen, other *body
	for i := range subs {
		s := &subs[i]
		b.files, b.mails, b.notes = append(b.files, s.files...), append(b.mails, s.mails...), append(b.notes, s.notes...)
		switch {
		case len(s.texts) == 0:
		case chosen == nil:
			chosen = s
		default:
			other = s // the richest comes last (RFC 2046, section 5.1.4)
		}
	}
	if chosen == nil {
		return
	}
	texts := chosen.texts
	if other != nil {
		for _, t := range other.texts {
			texts[0].html = append(texts[0].html, t.lines...)
		}
	}
	b.texts = append(b.texts, texts...)
}

// parts yields what stands between the boundaries. Text before the first is
// no part; what stands after the last boundary, which a mail that was cut off
// lacks, is none either.
func parts(b []byte, boundary string) func(func([]byte) bool) {
	mark := []byte("--" + boundary)
	return func(yield func([]byte) bool) {
		start := -1
		for at := 0; at < len(b); {
			i := bytes.Index(b[at:], mark)
			if i < 0 {
				break
			}
			at += i
			line, rest := cutLine(b[at:])
			next := len(b) - len(rest)
			tail := line[len(mark):]
			last := bytes.HasPrefix(tail, []byte("--"))
			if at > 0 && b[at-1] != '\n' || !last && len(bytes.TrimSpace(tail)) > 0 {
				at += len(mark)
				continue
			}
			if start >= 0 && !yield(withoutEnd(b[start:at])) {
				return
			}
			if last {
				return
			}
			start, at = next, next
		}
		if start >= 0 && start < len(b) {
			yield(b[start:])
		}
	}
}

// withoutEnd takes off the line end that belongs to the boundary.
func withoutEnd(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}

// The fields that are needed of a mail.

func (m *mail) field(name string) string { return shownField(m.header.Get(name)) }

func (m *mail) subject() string { return m.field("Subject") }

func (m *mail) date() message.Time { return mailTime(m.header.Get("Date")) }

func (m *mail) from() []address {
	var out []address
	for _, v := range m.header.Values("From") {
		out = append(out, addresses(v)...)
	}
	return out
}

// speakers are those whose words the mail may hold: its authors, who sent it
// for them, and those in whose place a mailing list put itself.
func (m *mail) speakers() []address {
	out := m.from()
	fields := []string{"Sender", "X-Original-From", "X-Original-Sender", "X-Google-Original-From"}
	for _, a := range out {
		if strings.Contains(a.name, " via ") {
			fields = append(fields, "Reply-To") // of others it says nothing, and anybody may set it
			break
		}
	}
	for _, k := range fields {
		for _, v := range m.header.Values(k) {
			out = append(out, addresses(v)...)
		}
	}
	return out
}

func (m *mail) author() message.Author {
	if from := m.from(); len(from) > 0 {
		return from[0].author()
	}
	return message.Author{}
}

// messageID is the mail's own id, "" where it has none of use.
func (m *mail) messageID() string {
	if id := ids(m.header.Get("Message-Id")); len(id) > 0 {
		return id[0]
	}
	return ""
}

// id is the Message-ID, or else the hash of the mail.
func (m *mail) id() string {
	if id := m.messageID(); id != "" {
		return id
	}
	return hashID(m.raw)
}

// answers is the id of the mail that this one answers, "" for none.
func (m *mail) answers() string {
	if id := ids(m.header.Get("In-Reply-To")); len(id) > 0 {
		return id[0]
	}
	return ""
}

// root is the id of the mail that began the thread, as far as this one tells
// (RFC 5322, section 3.6.4: References holds all ancestors, the oldest first).
// It depends on nothing but the mail, so that a mail has the same channel
// whichever way it comes.
func (m *mail) root() string {
	if refs := ids(m.header.Get("References")); len(refs) > 0 {
		return refs[0]
	}
	if id := m.answers(); id != "" {
		return id
	}
	return m.id()
}
