package export

import (
	"errors"
	"fmt"
	"slices"
)

// envelope reads one JSON object that holds chats: DiscordChatExporter's file,
// a Telegram chat, or a whole Telegram account.
func (r *reader) envelope(s *scanner) (err error) {
	var d discordHead
	t := &telegram{reader: r, account: r.opt.Account}
	defer func() { err = errors.Join(err, t.ahead.Close()) }()
	chat := &telegramChat{}
	var read, claimed int64 = 0, -1
	found := false
	err = s.object(func(key string) (err error) {
		if ok, err := d.member(r, s, key); ok || err != nil {
			return err
		}
		switch key {
		case "messageCount":
			var raw []byte
			if raw, err = r.head(s); err == nil {
				claimed = size(raw)
			}
		case "name", "type", "id":
			err = t.head(s, chat, key)
		case "personal_information":
			err = t.owner(s)
		case "chats", "left_chats":
			found = true
			r.seen(FormatTelegram)
			if err = t.lookForOwner(s); err == nil {
				err = t.chats(s)
			}
		case "messages":
			found = true
			before := r.number
			if err = r.lookForHeads(s, &d, t, chat); err != nil {
				return err
			}
			if d.any() {
				r.seen(FormatDiscord)
				err = r.discord(s, d)
			} else {
				r.seen(FormatTelegram)
				err = t.messages(s, chat)
			}
			read += r.number - before
		default:
			err = s.skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if slices.Contains(r.formats, FormatDiscord) && claimed >= 0 && claimed != read {
		r.note("%s: the file says that it holds %d messages, %d were read", s.prefix, claimed, read)
	}
	if s.next() != 0 {
		return s.broken("bytes after the end of the export")
	}
	if s.ended != nil && s.fatal(s.ended) {
		return s.ended
	}
	if !found {
		return fmt.Errorf("%w: it holds no messages", ErrFormat)
	}
	return s.closing()
}

// lookForHeads looks behind the messages, which s is about to read, for what
// should stand before them.
func (r *reader) lookForHeads(s *scanner, d *discordHead, t *telegram, c *telegramChat) error {
	if d.complete() || !d.any() && c.complete() || c.looked {
		return nil
	}
	c.looked = true
	return t.ahead.behind(s, func(a *scanner, key string) error {
		if ok, err := d.member(r, a, key); ok || err != nil {
			return err
		}
		if key == "personal_information" {
			return t.owner(a)
		}
		return t.headOrSkip(a, c, key)
	})
}
