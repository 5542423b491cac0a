package telegram

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"stakeout/bot"
)

// webhookInfo is a WebhookInfo. https://core.telegram.org/bots/api#webhookinfo
type webhookInfo struct {
	URL     text   `json:"url"`
	Pending number `json:"pending_update_count"`
}

// Doctor looks at the bot and at each chat of the allow-list by getMe,
// getWebhookInfo, getChat and getChatMember. It fetches no updates, so it can
// run beside a watch.
func (c *Connector) Doctor(ctx context.Context) []bot.Finding {
	d := findings{}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	api, err := dial(ctx, c.cfg, answerTime)
	if err != nil {
		d.add("token", bot.Faulted, err.Error(), "")
		return d.list
	}
	defer api.close()
	var me user
	raw, err := api.call("getMe", map[string]any{})
	if err != nil {
		d.failed("token", err)
		return d.list
	}
	read(raw, &me)
	d.add("token", bot.OK, fmt.Sprintf("the bot is @%s, %q, id %s", me.Username, me.name(), me.ID), "")
	if me.ReadsAll {
		d.add("privacy mode", bot.OK, "is off: the bot gets all messages of groups that it joined since", "")
	} else {
		d.add("privacy mode", bot.Warn, "is on: in groups where it is no administrator the bot is deaf", mendPrivacy)
	}
	d.webhook(api)
	if len(c.cfg.Channels) == 0 {
		d.add("channels", bot.Faulted, noChat.What, noChat.Mend)
	}
	for _, entry := range c.cfg.Channels {
		d.entry(api, entry, &me)
	}
	return d.list
}

type findings struct{ list []bot.Finding }

func (d *findings) add(subject, state, what, mend string) {
	d.list = append(d.list, bot.Finding{Source: "telegram", Subject: subject, State: state, What: what, Mend: mend})
}

// failed tells of a call that did not work.
func (d *findings) failed(subject string, err error) {
	var fault *bot.Fault
	if errors.As(faultOf(err), &fault) {
		d.add(subject, bot.Faulted, fault.What, fault.Mend)
		return
	}
	d.add(subject, bot.Faulted, err.Error(), "see whether this host reaches the Bot API server, then try again")
}

func (d *findings) webhook(api *api) {
	var hook webhookInfo
	raw, err := api.call("getWebhookInfo", map[string]any{})
	if err != nil {
		d.failed("webhook", err)
		return
	}
	read(raw, &hook)
	if hook.URL != "" { // the address may hold a secret of whoever set it
		err := &apiError{method: "getWebhookInfo", Code: 409, text: "webhook"}
		d.failed("webhook", err)
	} else {
		d.add("webhook", bot.OK, "none is set", "")
	}
	d.add("pending updates", bot.OK, fmt.Sprintf("%d wait to be fetched; each is kept for 24 hours", int64(hook.Pending)), "")
}

// entry looks at one entry of the allow-list.
func (d *findings) entry(api *api, entry string, me *user) {
	if !addressable(entry) {
		d.add(entry, bot.Warn, "a chat cannot be looked up by its title; it is known when a message comes from it", "better list its id; stakeout channels shows it")
		return
	}
	c, err := api.chat(entry)
	var e *apiError
	switch {
	case errors.As(err, &e) && e.MigratedTo != 0:
		d.add(entry, bot.Warn, fmt.Sprintf("the group became the supergroup %d, which is watched in its place", e.MigratedTo), "list the new id")
		return
	case errors.As(err, &e) && e.gone():
		d.add(entry, bot.Faulted, "the bot cannot see this chat", mendOut)
		return
	case err != nil:
		d.failed(entry, err)
		return
	case c.private():
		d.add(entry, bot.Faulted, "this is a private chat, which is never watched", "take it off the list")
		return
	}
	m, err := api.member(c.ID.String(), me.ID)
	switch {
	case errors.As(err, &e) && e.gone():
		m = chatMember{Status: "left"}
	case err != nil:
		d.failed(entry, err)
		return
	}
	r := judge(&c, &m, bool(me.ReadsAll))
	what := fmt.Sprintf("%s %q, id %s: ", c.Type, c.name(), c.ID)
	switch {
	case r.hears:
		d.add(entry, bot.OK, what+"the bot gets its messages as "+string(m.Status), "")
	default:
		d.add(entry, bot.Faulted, what+r.reason, r.mend)
	}
	if !strings.HasPrefix(entry, "-") {
		d.add(entry, bot.Warn, "listed by its username, which its owner can give to another chat", "better list its id, "+c.ID.String())
	}
}
