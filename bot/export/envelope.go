package export

import (
	"fmt"
	"slices"
)

// envelope reads one JSON object that holds chats: DiscordChatExporter's file,
// a Telegram chat, or a whole Telegram account.
func (r *reader) envelope(s *scanner) error {
	var d discordHead
	t := &telegram{reader: r, account: r.opt.Account}
	chat := &telegramChat{}
	var read, claimed int64 = 0, -1
	found := false
	err := s.object(func(key string) (err error) {
		switch key {
		case "guild":
			d.guild, err = r.head(s)
		case "channel":
			d.channel, err = r.head(s)
		case "messageCount":
			var raw []byte
			if raw, err = r.head(s); err == nil {
				claimed = size(raw)
			}
		case "name", "type", "id":
			err = t.head(s, chat, key)
		case "personal_information":
			var raw []byte
			if raw, err = r.head(s); err == nil {
				if id, ok := integer(member(raw, "user_id")); ok {
					t.account = fmt.Sprint(id)
				}
			}
		case "chats", "left_chats":
			found = true
			r.seen(FormatTelegram)
			err = t.chats(s)
		case "messages":
			found = true
			before := r.number
			if d.guild != nil || d.channel != nil {
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
