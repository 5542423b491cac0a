package telegram

import (
	"context"
	"errors"
	"time"

	"stakeout/bot"
)

// lookEvery is how long Channels waits between two looks: what is pending comes
// at once, and comes again, since nothing is confirmed.
const lookEvery = 3 * time.Second

// ErrBusy tells that the updates cannot be looked at because something else
// fetches them: a service that is watching, or another program.
var ErrBusy = errors.New("something else fetches this bot's updates; when it is the service, ask that one")

// Channels tells of each chat that an update comes from, once, until ctx ends.
// Updates are neither kept nor confirmed, so the service gets them all; of more
// than a hundred pending ones only the first hundred are seen. It must not run
// beside a watch with the same bot.
func (c *Connector) Channels(ctx context.Context, emit func(bot.Visible) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	api, err := dial(ctx, c.cfg, c.pollFor+answerTime)
	if err != nil {
		return err
	}
	defer api.close()
	var me user
	raw, err := api.call("getMe", map[string]any{})
	if err != nil {
		return faultOf(err)
	}
	read(raw, &me)
	told := map[string]bool{}
	for {
		list, _, err := api.updates(0, pageSize, int(c.pollFor/time.Second))
		var e *apiError
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &e) && e.Code == 409 && !e.webhook():
			return ErrBusy
		case err != nil:
			return faultOf(err)
		}
		for _, raw := range list {
			u := readUpdate(raw)
			id := u.chat.ID.String()
			if id == "" || told[id] || u.chat.private() {
				continue
			}
			told[id] = true
			v := bot.Visible{Source: c.Name(), ID: id, Name: u.chat.name(), Type: u.chat.exported()}
			for _, entry := range c.cfg.Channels {
				v.Listed = v.Listed || lists(entry, &u.chat)
			}
			if m, err := api.member(id, me.ID); err == nil {
				if r := judge(&u.chat, &m, bool(me.ReadsAll)); !r.hears {
					v.Missing = []string{r.missing}
				}
			}
			if err := emit(v); err != nil {
				return err
			}
		}
		if err := sleep(ctx, c.pause(len(list))); err != nil {
			return nil
		}
	}
}

// pause is how long to wait before the next look: an empty one was waited for
// at the server.
func (c *Connector) pause(pending int) time.Duration {
	if pending == 0 {
		return 0
	}
	return lookEvery
}
