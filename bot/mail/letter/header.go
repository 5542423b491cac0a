package letter

import (
	"bufio"
	"bytes"
	"mime"
	netmail "net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	gomessage "github.com/emersion/go-message"
	"github.com/emersion/go-message/charset"
	"github.com/emersion/go-message/textproto"

	"stakeout/message"
)

const (
	// maxHeader bounds a header; what lies beyond counts as body.
	maxHeader = 1 << 20
	// maxFields bounds the fields of a header; more are passed over. Mails that
	// went over many servers have a hundred.
	maxFields = 2000
)

func itoa(n int) string { return strconv.Itoa(n) }

// cutLine splits b behind its first line and takes the line's end off.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return b, nil
	}
	return bytes.TrimSuffix(b[:i], []byte("\r")), b[i+1:]
}

var field = regexp.MustCompile(`^[!-9;-~]{1,76}[ \t]*:`)

// splitHeader reads the fields at the beginning of b. Lines that are neither a
// field nor the rest of one are passed over; a line that cannot stand in a
// header, before any field, means that there is none.
func splitHeader(b []byte) (gomessage.Header, []byte) {
	var sound bytes.Buffer
	rest, open, fields := b, false, 0
	for len(rest) > 0 && sound.Len() < maxHeader {
		line, after := cutLine(rest)
		if len(line) == 0 {
			rest = after
			break
		}
		switch {
		case line[0] == ' ' || line[0] == '\t':
			if len(bytes.TrimSpace(line)) == 0 && sound.Len() == 0 {
				rest = after
				continue
			}
		case field.Match(line):
			fields++
			open = fields <= maxFields
		case sound.Len() == 0:
			return gomessage.Header{}, b
		default:
			open = false
		}
		if open {
			sound.Write(line)
			sound.WriteString("\r\n")
		}
		rest = after
	}
	sound.WriteString("\r\n")
	h, _ := textproto.ReadHeader(bufio.NewReader(&sound)) // what it read before an error counts
	return gomessage.Header{Header: h}, rest
}

// encoded is a run of encoded words (RFC 2047, section 2).
var (
	encoded = regexp.MustCompile(`=\?[^?\s]+\?[bBqQ]\?[^?]*\?=(?:\s+=\?[^?\s]+\?[bBqQ]\?[^?]*\?=)*`)
	word    = regexp.MustCompile(`=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=`)
)

// decodeWords reads encoded words. Neighbours of one charset are put together
// first: some clients cut a character in two between them, which the RFC
// forbids.
func decodeWords(s string) string {
	return encoded.ReplaceAllStringFunc(s, func(run string) string {
		var out strings.Builder
		var charset string
		var b []byte
		flush := func() {
			t, _ := decodeText(charset, b)
			out.WriteString(t)
			b = b[:0]
		}
		for _, g := range word.FindAllStringSubmatch(run, -1) {
			name, _, _ := strings.Cut(strings.ToLower(g[1]), "*") // a language may follow (RFC 2231, section 5)
			if name != charset {
				flush()
				charset = name
			}
			if strings.EqualFold(g[2], "b") {
				b = append(b, unBase64([]byte(g[3]))...)
			} else {
				b = append(b, unQuoted([]byte(strings.ReplaceAll(g[3], "_", "=20")))...)
			}
		}
		flush()
		return out.String()
	})
}

// shownField is a field's value as people read it, on one line.
func shownField(s string) string {
	if strings.Contains(s, "=?") {
		s = decodeWords(s)
	}
	if !utf8.ValidString(s) {
		s = latin([]byte(s))
	}
	return strings.Join(strings.Fields(clean(s)), " ")
}

// address is a mail address in lower case and the name before it.
type address struct{ name, addr string }

var bare = regexp.MustCompile(`[^\s<>"',;:()\[\]]+@[^\s<>"',;:()\[\]]+`)

// addresses reads a list of addresses, leniently: where it does not follow the
// rules, everything that looks like an address counts.
func addresses(s string) []address {
	if strings.TrimSpace(s) == "" {
		return nil
	}
	parser := netmail.AddressParser{WordDecoder: &mime.WordDecoder{CharsetReader: charset.Reader}}
	if list, err := parser.ParseList(s); err == nil {
		var out []address
		for _, a := range list {
			out = append(out, address{shownField(a.Name), strings.ToLower(a.Address)})
		}
		return out
	}
	shown := shownField(s)
	var out []address
	for _, at := range bare.FindAllStringIndex(shown, -1) {
		a := address{addr: strings.ToLower(strings.TrimPrefix(strings.TrimSuffix(shown[at[0]:at[1]], "."), "mailto:"))}
		if len(out) == 0 {
			a.name = strings.Trim(shown[:at[0]], ` "'<([`)
			a.name = strings.TrimSuffix(a.name, "mailto")
			a.name = strings.Trim(a.name, ` "'<([:`)
		}
		out = append(out, a)
	}
	if len(out) == 0 {
		out = append(out, address{name: strings.Trim(shown, ` "'<>`)})
	}
	return out
}

func (a address) author() message.Author {
	return message.Author{ID: a.addr, Handle: a.addr, Name: a.name}
}

var msgID = regexp.MustCompile(`<([^<>\s]{1,500})>`)

// ids lists the message ids of a field.
func ids(s string) []string {
	var out []string
	for _, m := range msgID.FindAllStringSubmatch(s, -1) {
		if utf8.ValidString(m[1]) {
			out = append(out, clean(m[1]))
		}
	}
	return out
}

// mailTime reads a Date field (RFC 5322, section 3.3).
func mailTime(s string) message.Time {
	t, err := netmail.ParseDate(strings.TrimSpace(s))
	if err != nil {
		return looseTime(s, time.UTC)
	}
	return stamp(t, "")
}

// stamp is zero for years that RFC 3339 cannot write.
func stamp(t time.Time, written string) message.Time {
	t = t.UTC()
	if t.Year() < 1 || t.Year() > 9999 || t.IsZero() {
		return message.Time{}
	}
	return message.Time{UTC: t, Written: written}
}
