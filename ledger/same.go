package ledger

import (
	"cmp"
	"crypto/sha256"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"stakeout/message"
)

const sameSize = 24

// sameness digests what tells two observations of one identity apart without
// unpacking the older one: bytes 0–7 the text, 8–15 the files, 16–23 the
// native bytes. Equal digests mean the same; for unequal ones the texts are
// looked at, since tools write one message differently.
func sameness(o *message.Observation) []byte {
	b := make([]byte, 0, sameSize)
	for _, s := range []string{settle(o.Text), files(o.Attachments), string(o.Native)} {
		h := sha256.Sum256([]byte(s))
		b = append(b, h[:8]...)
	}
	return b
}

// settle levels what never makes another text: white space and Unicode
// composition.
func settle(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }

func files(as []message.Attachment) string {
	if len(as) == 0 {
		return ""
	}
	lines := make([]string, len(as))
	for i, a := range as {
		lines[i] = strconv.Quote(a.Name) + " " + strconv.FormatInt(a.Size, 10)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// sameContent reports whether two records of one message say the same, though
// different tools may have written them.
func sameContent(a, b *message.Observation) bool {
	return sameText(a.Text, b.Text) && sameFiles(a.Attachments, b.Attachments)
}

// sameText renders the mark-up of both, and takes a mention by id for one by
// name. Anything else that differs, were it one digit, is another text.
func sameText(a, b string) bool {
	a, b = render(a), render(b)
	return a == b || names(a, b) || names(b, a)
}

var (
	emoji   = regexp.MustCompile(`<a?(:\w+:)\d+>`)
	escaped = regexp.MustCompile("\\\\([*_~|`\\\\<>#-])")
	// Mark-up that stands in pairs. A single _ or * counts only at the edges of
	// words: john_doe_1 is a name.
	pairs = []*regexp.Regexp{
		regexp.MustCompile("```(.+?)```"), regexp.MustCompile("`(.+?)`"), regexp.MustCompile(`\*\*(.+?)\*\*`), regexp.MustCompile(`__(.+?)__`),
		regexp.MustCompile(`~~(.+?)~~`), regexp.MustCompile(`\|\|(.+?)\|\|`),
	}
	single = regexp.MustCompile(`(^|[^\p{L}\p{N}_*])([_*])(\S|\S.*?\S)([_*])($|[^\p{L}\p{N}_*])`)
	// A mention as Discord writes it: of a user, a role or a channel.
	mention = regexp.MustCompile(`<(?:@[!&]?|#)\d+>`)
)

func render(s string) string {
	s = settle(s)
	if strings.ContainsRune(s, '<') {
		s = emoji.ReplaceAllString(s, "$1")
	}
	if strings.ContainsAny(s, "*_~|`\\") {
		for _, p := range pairs {
			s = p.ReplaceAllString(s, "$1")
		}
		s = single.ReplaceAllStringFunc(s, func(m string) string {
			g := single.FindStringSubmatch(m)
			if g[2] != g[4] {
				return m
			}
			return g[1] + g[3] + g[5]
		})
		s = escaped.ReplaceAllString(s, "$1")
	}
	return s
}

const (
	maxMentions = 64 // more in one text are compared letter by letter
	maxName     = 32 // characters of a name on Discord
)

// names reports whether named is raw with names in the place of its mentions
// by id.
func names(raw, named string) bool {
	parts := mention.Split(raw, -1)
	if len(parts) < 2 || len(parts) > maxMentions {
		return false
	}
	for i, p := range parts {
		parts[i] = regexp.QuoteMeta(p)
	}
	re, err := regexp.Compile(`^` + strings.Join(parts, `[@#][^@#<>]{1,`+strconv.Itoa(maxName)+`}?`) + `$`)
	return err == nil && re.MatchString(named)
}

// sameFiles compares files by name and size, as far as both records give
// them; their addresses carry signatures that change with every request.
func sameFiles(a, b []message.Attachment) bool {
	if len(a) != len(b) {
		return false
	}
	order := func(x, y message.Attachment) int {
		return cmp.Or(cmp.Compare(x.Size, y.Size), cmp.Compare(x.Name, y.Name))
	}
	a, b = slices.SortedFunc(slices.Values(a), order), slices.SortedFunc(slices.Values(b), order)
	for i := range a {
		if a[i].Name != b[i].Name && a[i].Name != "" && b[i].Name != "" || a[i].Size != b[i].Size && a[i].Size != 0 && b[i].Size != 0 {
			return false
		}
	}
	return true
}
