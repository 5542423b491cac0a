// Package mention shows the references in a Discord text as a reader of the
// channel sees them: users, roles and channels by name, a server's own emoji as
// :name:. It promises the same text for the same message, whether it came live
// or from an export; what nobody can name stays as it was written.
//
// Source: Discord API reference, "Message Formatting".
package mention

import "strings"

// Names tells the display names of what a text may refer to, by id, "" for what
// is not known. A nil function knows nothing.
type Names struct {
	User, Role, Channel func(id string) string
}

// longest is more than any reference needs: an emoji's name has at most 32
// characters, an id 20 digits.
const longest = 128

// Render replaces <@id>, <@!id>, <@&id>, <#id> and <:name:id>, <a:name:id>.
func Render(text string, known Names) string {
	i := strings.IndexByte(text, '<')
	if i < 0 {
		return text
	}
	var b strings.Builder
	for ; i >= 0; i = strings.IndexByte(text, '<') {
		b.WriteString(text[:i])
		text = text[i:]
		if n := strings.IndexByte(text[:min(len(text), longest)], '>'); n > 0 {
			if shown := known.show(text[1:n]); shown != "" {
				b.WriteString(shown)
				text = text[n+1:]
				continue
			}
		}
		b.WriteByte('<')
		text = text[1:]
	}
	b.WriteString(text)
	return b.String()
}

// show gives what stands for a reference, "" where it stays.
func (known Names) show(ref string) string {
	named := func(sign string, of func(string) string, id string) string {
		if of == nil {
			return ""
		}
		name := of(id)
		if name == "" {
			return ""
		}
		return sign + name
	}
	if id, ok := strings.CutPrefix(ref, "@&"); ok {
		return named("@", known.Role, id)
	}
	if id, ok := strings.CutPrefix(ref, "@"); ok {
		return named("@", known.User, strings.TrimPrefix(id, "!"))
	}
	if id, ok := strings.CutPrefix(ref, "#"); ok {
		return named("#", known.Channel, id)
	}
	name, ok := strings.CutPrefix(strings.TrimPrefix(ref, "a"), ":")
	name, id, found := strings.Cut(name, ":")
	if !ok || !found || name == "" || !digits(id) {
		return ""
	}
	return ":" + name + ":"
}

func digits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}
