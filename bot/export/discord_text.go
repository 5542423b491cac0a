package export

import "strings"

// names are what a record tells of the users and roles that it mentions: the
// display names by "@id" and "@&id".
func names(author, mentions []byte) map[string]string {
	var f fields
	known := map[string]string{}
	roles := func(user []byte) {
		for role := range elements(member(user, "roles")) {
			known["@&"+loose(member(role, "id"))] = str(member(role, "name"))
		}
	}
	for m := range elements(mentions) {
		u := discordUser(&f, m)
		known["@"+u.ID] = u.Name
		roles(m)
	}
	roles(author)
	return known
}

// longestRef is more than any of Discord's references needs: an emoji's name
// has at most 32 characters, an id 20 digits.
const longestRef = 128

// render replaces Discord's references by what a reader sees, as far as the
// record tells: <@id> by the mentioned user's display name, <@&id> by the
// role's, <#id> by this channel's name, <:name:id> by :name:. The rest stays.
func (d *discord) render(text string, known map[string]string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(text, '<')
		if i < 0 {
			break
		}
		b.WriteString(text[:i])
		text = text[i:]
		n := strings.IndexByte(text[:min(len(text), longestRef)], '>')
		if n > 0 {
			if shown, ok := d.shown(text[1:n], known); ok {
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

func (d *discord) shown(ref string, known map[string]string) (string, bool) {
	if id, ok := strings.CutPrefix(ref, "@"); ok {
		name := known["@"+strings.TrimPrefix(id, "!")]
		return "@" + name, name != ""
	}
	if id, ok := strings.CutPrefix(ref, "#"); ok {
		return "#" + d.channel.Name, id == d.channel.ID && d.channel.Name != ""
	}
	name, ok := strings.CutPrefix(strings.TrimPrefix(ref, "a"), ":")
	name, id, found := strings.Cut(name, ":")
	return ":" + name + ":", ok && found && name != "" && whole([]byte(id))
}
