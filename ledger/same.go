package ledger

import (
	"crypto/sha256"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"stakeout/message"
)

const sameSize = 24

// sameness digests what decides whether two observations of one identity say
// the same: bytes 0–7 the text as compared, 8–15 the attachments, 16–23 the
// native bytes. A digest that needs no more than to tell versions of one
// message apart is eight bytes long.
func sameness(o *message.Observation) []byte {
	b := make([]byte, 0, sameSize)
	for _, s := range []string{compared(o.Text), attachments(o.Attachments), string(o.Native)} {
		h := sha256.Sum256([]byte(s))
		b = append(b, h[:8]...)
	}
	return b
}

var (
	mention = regexp.MustCompile(`<[@#][!&]?\d+>|<id:\w+>`)
	emoji   = regexp.MustCompile(`<a?(:\w+:)\d+>`)
	named   = regexp.MustCompile(`[@#][^\s@#]+`)
	markup  = strings.NewReplacer("**", "", "__", "", "~~", "", "||", "", "```", "", "`", "", "*", "", "_", "", "\\", "")
)

// compared is a text with everything levelled that tools write differently for
// one and the same message: whom a mention names (a tool may write the id, the
// name or the nickname), custom emoji, the characters of the mark-up, white
// space and Unicode composition.
func compared(s string) string {
	if strings.ContainsAny(s, "<@#") {
		s = mention.ReplaceAllString(s, "@")
		s = emoji.ReplaceAllString(s, "$1")
		s = named.ReplaceAllString(s, "@")
	}
	if strings.ContainsAny(s, "*_~|`\\") {
		s = markup.Replace(s)
	}
	return strings.Join(strings.Fields(norm.NFC.String(s)), " ")
}

// attachments compares files by name and size: addresses carry signatures that
// change with every request.
func attachments(as []message.Attachment) string {
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
