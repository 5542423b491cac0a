package discord

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"stakeout/bot"
)

// Doctor looks at the bot's set-up by reading requests alone.
func (c *Connector) Doctor(ctx context.Context) []bot.Finding {
	var out []bot.Finding
	say := func(subject, state, what, mend string) {
		out = append(out, bot.Finding{Source: Name, Subject: subject, State: state, What: what, Mend: mend})
	}
	fail := func(subject string, err error) {
		var fault *bot.Fault
		if errors.As(err, &fault) {
			say(subject, bot.Faulted, fault.What, fault.Mend)
			return
		}
		say(subject, bot.Faulted, err.Error(), "look whether this host reaches "+c.cfg.api())
	}
	if err := tokenError(c.cfg.Token.Reveal()); err != nil {
		say("token", bot.Faulted, "cannot be used", err.Error())
		return out
	}
	d, who, err := c.survey(ctx)
	if err != nil {
		fail("token", err)
		return out
	}
	if !who.bot {
		say("token", bot.Faulted, "it is a user's, not a bot's", "make a bot in the developer portal and set its token")
		return out
	}
	say("token", bot.OK, fmt.Sprintf("the bot is %s (%s); members of its servers can see it", who.name, who.id), "")
	switch {
	case !who.asked:
		say("intents", bot.Warn, "Discord does not tell which intents the bot has", "")
	case who.content:
		say("intents", bot.OK, "MESSAGE CONTENT is granted", "")
	default:
		fail("intents", errContent())
	}
	if len(d.guilds) == 0 {
		say("servers", bot.Faulted, "the bot is in no server", "invite it by the address that the developer portal makes under OAuth2: scope bot; permissions View Channels, Read Message History")
	}
	sel := selection{cfg: c.cfg, found: map[string]string{}}
	troubles, _ := sel.resolve(d)
	for _, t := range troubles {
		say(t.entry, bot.Faulted, t.what, t.mend)
	}
	for _, v := range d.visible(&sel) {
		switch {
		case !v.Listed:
		case len(v.Missing) > 0:
			say(v.Server+"/"+v.Name, bot.Faulted, "the bot lacks "+strings.Join(v.Missing, ", "), "give the bot's role these permissions on channel "+v.ID)
		default:
			say(v.Server+"/"+v.Name, bot.OK, "can be watched ("+v.ID+")", "")
		}
	}
	return out
}

// Channels lists what the bot can see, by reading requests alone.
func (c *Connector) Channels(ctx context.Context, emit func(bot.Visible) error) error {
	d, _, err := c.survey(ctx)
	if err != nil {
		return fmt.Errorf("list Discord's channels: %w", err)
	}
	sel := selection{cfg: c.cfg, found: map[string]string{}}
	sel.resolve(d)
	for _, v := range d.visible(&sel) {
		if err := emit(v); err != nil {
			return err
		}
	}
	return nil
}

// visible lists the channels of all servers by name, threads behind them.
func (d *directory) visible(sel *selection) []bot.Visible {
	var out []bot.Visible
	for _, c := range d.channels {
		p := d.place(c)
		v := bot.Visible{
			Source: Name, Server: p.Server.Name, ServerID: p.Server.ID, ID: c.id, Name: c.name, Type: c.word(), Listed: sel.listed(d, c),
		}
		if c.kind != kindCategory {
			v.Missing = d.lacks(c)
		}
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b bot.Visible) int {
		return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.ServerID, b.ServerID), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// survey asks by REST for what the gateway would tell of all servers.
func (c *Connector) survey(ctx context.Context) (*directory, who, error) {
	r, err := c.rest(ctx)
	if err != nil {
		return nil, who{}, err
	}
	defer r.dg.Client.CloseIdleConnections()
	me, err := r.whoami(ctx)
	if err != nil {
		return nil, me, err
	}
	d := newDirectory(me.id)
	for after := "0"; ; {
		var page []wireGuild
		if err := r.read(ctx, "/users/@me/guilds", "/users/@me/guilds?limit=200&after="+after, &page); err != nil {
			return nil, me, err
		}
		for i := range page {
			if err := r.guild(ctx, d, &page[i]); err != nil {
				return nil, me, err
			}
		}
		if len(page) == 0 || page[len(page)-1].ID == after {
			return d, me, nil
		}
		after = page[len(page)-1].ID
	}
}

// guild asks for one server. What is refused stays unknown.
func (c *rest) guild(ctx context.Context, d *directory, g *wireGuild) error {
	var whole wireGuild
	var me wireJoined
	var active struct {
		Threads []wireChannel `json:"threads"`
	}
	path := "/guilds/" + g.ID
	for _, ask := range []struct {
		path string
		into any
	}{{path, &whole}, {path + "/members/" + d.me, &me}, {path + "/channels", &g.Channels}, {path + "/threads/active", &active}} {
		if err := c.read(ctx, ask.path, ask.path, ask.into); err != nil && !errors.As(err, new(*refused)) {
			return err
		}
	}
	g.Roles, g.Threads = whole.Roles, active.Threads
	if me.User.ID == d.me {
		g.Members = []wireJoined{me}
	}
	d.setGuild(g)
	return nil
}
