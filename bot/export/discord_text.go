package export

import "stakeout/bot/mention"

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

// render shows Discord's references as far as the record tells of them: of
// channels it names its own alone.
func (d *discord) render(text string, known map[string]string) string {
	return mention.Render(text, mention.Names{
		User: func(id string) string { return known["@"+id] },
		Role: func(id string) string { return known["@&"+id] },
		Channel: func(id string) string {
			if id != d.channel.ID {
				return ""
			}
			return d.channel.Name
		},
	})
}
