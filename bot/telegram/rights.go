package telegram

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"stakeout/bot"
	"stakeout/message"
)

// chatMember is a ChatMember of any kind.
// https://core.telegram.org/bots/api#chatmember
type chatMember struct {
	Status text  `json:"status"`
	Member truth `json:"is_member"` // of a restricted one
}

// right is whether the bot gets the messages of a chat.
type right struct {
	hears        bool
	out          bool // it is no member
	reason, mend string
	missing      string // the permission, in a word or two
}

const (
	mendPrivacy = "in @BotFather, /setprivacy: Disable, then remove the bot from the group and add it again, for it to take effect there; or make the bot an administrator of the group"
	mendOut     = "ask an administrator of the chat to add the bot again, if its authority still allows to watch"
	mendAdmin   = "make the bot an administrator of the channel, without any further right"
)

// judge says whether a bot in this position gets messages. In groups, privacy
// mode keeps from it all but commands and answers to itself, unless it is an
// administrator (https://core.telegram.org/bots/features#privacy-mode); in
// channels only administrators are told of posts.
func judge(c *chat, m *chatMember, readsAll bool) right {
	switch m.Status {
	case "creator", "administrator":
		return right{hears: true}
	case "restricted":
		if !m.Member {
			return right{out: true, reason: "the bot is not a member any more", mend: mendOut, missing: "membership"}
		}
	case "member":
	case "kicked":
		return right{out: true, reason: "the bot was thrown out", mend: mendOut, missing: "membership"}
	default:
		return right{out: true, reason: "the bot is not a member", mend: mendOut, missing: "membership"}
	}
	switch {
	case c.Type == "channel":
		return right{reason: "the bot is no administrator of the channel, so it is told of no posts", mend: mendAdmin, missing: "administrator"}
	case !readsAll:
		return right{reason: "privacy mode is on and the bot is no administrator, so it gets commands and answers to itself alone", mend: mendPrivacy, missing: "privacy mode off, or administrator"}
	}
	return right{hears: true}
}

// checkDue looks at the bot's rights at the start, after a change, and every
// hour. What fails for the moment is tried again after a minute, and does not
// keep from polling.
func (w *watch) checkDue(ctx context.Context) error {
	now := w.in.Now()
	if !w.checked.IsZero() && now.Sub(w.checked) < checkEvery {
		return nil
	}
	w.checked = now
	var b bot.Batch
	err := w.check(ctx, &b)
	var e *apiError
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &e) && (e.Code == 401 || e.Code == 404):
		return err
	default:
		again := time.Minute
		if e != nil {
			again = max(again, e.RetryAfter)
		}
		w.log.Warn("the bot's rights could not be looked at", "again in", again, "err", err)
		w.checked = now.Add(again - checkEvery)
	}
	if w.live {
		w.begin(&b, w.in.Now())
	}
	if len(b.Coverage) == 0 {
		return nil
	}
	value, err := w.state.save()
	if err != nil {
		return err
	}
	b.Checkpoints = []bot.Checkpoint{{Name: stateName, Value: value}}
	_, err = w.acq.Hand(ctx, b)
	return err
}

func (w *watch) check(ctx context.Context, b *bot.Batch) error {
	raw, err := w.api.call("getMe", map[string]any{})
	if err != nil {
		return err
	}
	read(raw, &w.me)
	for _, entry := range w.c.cfg.Channels {
		if err := w.look(ctx, entry); err != nil {
			return err
		}
	}
	ids := make([]string, 0, len(w.state.Chats))
	for id, c := range w.state.Chats {
		if c.Moved == 0 {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		if err := w.position(ctx, w.state.Chats[id], b); err != nil {
			return err
		}
	}
	return nil
}

// look finds a chat of the allow-list that no update has told of yet. A title
// cannot be looked up: its chat is known when it is heard of.
func (w *watch) look(ctx context.Context, entry string) error {
	unseen := message.Channel{Platform: message.Telegram, ID: entry, Name: entry}
	for _, c := range w.state.Chats {
		if c.Entry == entry {
			w.in.ChannelState(ctx, unseen, true, "", "")
			return nil
		}
	}
	if !addressable(entry) {
		return nil
	}
	c, err := w.api.chat(entry)
	var e *apiError
	switch {
	case errors.As(err, &e) && e.MigratedTo != 0:
		if c, err = w.api.chat(strconv.FormatInt(e.MigratedTo, 10)); err != nil {
			return err
		}
	case errors.As(err, &e) && e.gone():
		w.in.ChannelState(ctx, unseen, false, "the chat on the allow-list cannot be seen by the bot", mendOut)
		return nil
	case err != nil:
		return err
	}
	if !c.private() && c.ID != 0 {
		w.state.add(&c, entry)
		w.in.ChannelState(ctx, unseen, true, "", "")
	}
	return nil
}

// addressable tells the entries that a chat can be asked for by.
func addressable(entry string) bool { return strings.HasPrefix(entry, "@") || idOf(entry) != 0 }

func idOf(entry string) number {
	n, _ := strconv.ParseInt(entry, 10, 64)
	return number(n)
}

func (a *api) chat(id string) (chat, error) {
	var c chat
	raw, err := a.call("getChat", map[string]any{"chat_id": id})
	if err == nil {
		read(raw, &c)
	}
	return c, err
}

func (a *api) member(chat string, user number) (chatMember, error) {
	var m chatMember
	raw, err := a.call("getChatMember", map[string]any{"chat_id": chat, "user_id": int64(user)})
	if err == nil {
		read(raw, &m)
	}
	return m, err
}

// position asks for the bot's position in a chat.
func (w *watch) position(ctx context.Context, c *watched, b *bot.Batch) error {
	asked := w.in.Now()
	m, err := w.api.member(c.ID.String(), w.me.ID)
	var e *apiError
	switch {
	case errors.As(err, &e) && e.MigratedTo != 0:
		w.moved(ctx, c, e.MigratedTo, b)
		return nil
	case errors.As(err, &e) && e.gone():
		m = chatMember{Status: "left"}
	case err != nil:
		return err
	}
	// No update told of an end: polls of a deaf bot come back as well, so all
	// that is proven is what the last look showed.
	at := c.Until
	if !c.sure.IsZero() && c.sure.Before(at) {
		at = c.sure
	}
	r := judge(c.chat(), &m, bool(w.me.ReadsAll))
	if w.found(ctx, c, r, at, b); r.hears {
		c.sure = asked
	}
	return nil
}

// found takes over what is known of a chat's rights; at is when they ended, if
// they did.
func (w *watch) found(ctx context.Context, c *watched, r right, at time.Time, b *bot.Batch) {
	c.Known = true
	switch {
	case r.hears && !c.Hears:
		c.Hears, c.since = true, w.in.Now()
	case !r.hears:
		w.stop(c, at, r.reason, b)
	}
	w.in.ChannelState(ctx, c.channel(w.account), r.hears, r.reason, r.mend)
}

// membership reads my_chat_member: the bot was added, removed, or given other
// rights. https://core.telegram.org/bots/api#chatmemberupdated
func (w *watch) membership(ctx context.Context, u *update, c *watched, b *bot.Batch) {
	var m chatMember
	read(member(u.body, "new_chat_member"), &m)
	c.learn(&u.chat)
	at := w.in.Now()
	if date, ok := integer(member(u.body, "date")); ok && time.Unix(date, 0).Before(at) {
		at = time.Unix(date, 0).UTC()
	}
	w.found(ctx, c, judge(&u.chat, &m, bool(w.me.ReadsAll)), latest(at, c.Until), b)
	w.checked = time.Time{} // privacy mode may have changed with it
}
