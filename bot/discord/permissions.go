package discord

import "strconv"

// permissions are what a role or an overwrite grants.
//
// Source: Discord API reference, "Permissions", also for the order in which
// roles and overwrites count.
type permissions uint64

const (
	administrator permissions = 1 << 3
	viewChannel   permissions = 1 << 10
	readHistory   permissions = 1 << 16
	connectVoice  permissions = 1 << 20
	manageThreads permissions = 1 << 34
	everything    permissions = 1<<64 - 1
)

// bits reads a decimal number; 0 for what is none.
func bits(s string) permissions {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0
	}
	return permissions(n)
}

// may is what the bot may do in a channel; threads are their channel's. Where
// the bot's roles are not known everything is assumed: Discord itself refuses
// then. A server's owner may do anything, but no bot owns one.
func (d *directory) may(c *channel) permissions {
	g := d.guilds[c.guild]
	if g == nil || !g.known {
		return everything
	}
	if c.thread() {
		up := d.above(c)
		if up == nil {
			return everything
		}
		c = up
	}
	can := g.roles[g.id].rules // @everyone has the server's id
	for _, id := range g.mine {
		can |= g.roles[id].rules
	}
	if can&administrator != 0 {
		return everything
	}
	var allow, deny permissions
	for _, o := range c.overwrites {
		if o.id == g.id {
			can = can&^o.deny | o.allow
		}
	}
	for _, o := range c.overwrites {
		for _, id := range g.mine {
			if o.id == id {
				allow, deny = allow|o.allow, deny|o.deny
			}
		}
	}
	can = can&^deny | allow
	for _, o := range c.overwrites {
		if o.id == d.me {
			can = can&^o.deny | o.allow
		}
	}
	return can
}

// lacks names the permissions that the bot needs to read a channel and does not
// have there, in Discord's words.
func (d *directory) lacks(c *channel) []string {
	can := d.may(c)
	var out []string
	if can&viewChannel == 0 {
		out = append(out, "View Channel")
	}
	if can&readHistory == 0 {
		out = append(out, "Read Message History")
	}
	if (c.kind == kindVoice || c.kind == kindStage) && can&connectVoice == 0 {
		out = append(out, "Connect")
	}
	return out
}

// hears reports that the gateway tells the bot of the channel's messages.
func (d *directory) hears(c *channel) bool {
	can := d.may(c)
	return can&viewChannel != 0 && ((c.kind != kindVoice && c.kind != kindStage) || can&connectVoice != 0)
}
