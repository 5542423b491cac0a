package export

import (
	"errors"
	"strconv"

	"stakeout/message"
)

// telegram reads one file's chats.
type telegram struct {
	reader  *reader
	account string
	owned   bool // the account was there, or looked for
	strange bool // chats were read without it, from a stream
	ids     idForm
	ahead   ahead
}

// telegramChat is one chat, and what tells of it, before its messages as a
// rule.
type telegramChat struct {
	name, kind string
	id         int64
	known      bool // the id was there
	typed      bool // the type was there, null included
	named      bool // the name was there, null included
	looked     bool // for them behind the messages
	channel    message.Channel
	held       []Record // until the id can be told
	heldBytes  int
}

// complete tells that nothing need be looked for behind the messages. Telegram
// Desktop names every chat but its own three.
func (c *telegramChat) complete() bool {
	switch c.kind {
	case "saved_messages", "replies", "verification_codes":
		return c.known
	}
	return c.known && c.typed && c.named
}

// head reads a member that tells of the chat.
func (t *telegram) head(s *scanner, c *telegramChat, key string) error {
	raw, err := t.reader.head(s)
	if err != nil {
		return err
	}
	switch key {
	case "name":
		c.name, c.named = str(raw), true
	case "type":
		c.kind, c.typed = word(loose(raw)), true
	case "id":
		c.id, c.known = integer(raw)
	}
	return nil
}

// chats reads the "chats" or "left_chats" of a whole account.
func (t *telegram) chats(s *scanner) error {
	if s.next() != '{' {
		return s.skip()
	}
	return s.object(func(key string) error {
		if key != "list" || s.next() != '[' {
			return s.skip()
		}
		return s.array(func() error {
			if s.next() != '{' {
				return s.broken("expected a chat")
			}
			return t.chat(s)
		})
	})
}

func (t *telegram) chat(s *scanner) error {
	c := &telegramChat{}
	return s.object(func(key string) error {
		if key != "messages" {
			return t.headOrSkip(s, c, key)
		}
		if !c.complete() && !c.looked {
			c.looked = true
			err := t.ahead.behind(s, func(a *scanner, key string) error { return t.headOrSkip(a, c, key) })
			if err != nil {
				return err
			}
		}
		return t.messages(s, c)
	})
}

func (t *telegram) headOrSkip(s *scanner, c *telegramChat, key string) error {
	switch key {
	case "name", "type", "id":
		return t.head(s, c, key)
	}
	return s.skip()
}

// owner reads whose account was exported. Once chats were read without it, it
// comes too late.
func (t *telegram) owner(s *scanner) error {
	raw, err := t.reader.head(s)
	if err != nil {
		return err
	}
	if id, ok := integer(member(raw, "user_id")); ok {
		account := strconv.FormatInt(id, 10)
		if t.strange && account != t.account {
			return ErrOrder
		}
		t.account, t.owned = account, true
	}
	return nil
}

// lookForOwner looks behind the chats, which s is about to read, for whose
// they are: an export need not say, so a stream is read without.
func (t *telegram) lookForOwner(s *scanner) (err error) {
	if t.owned {
		return nil
	}
	if s.again == nil {
		t.strange = true
		return nil
	}
	t.owned = true
	var a ahead // goes to the end of the text, where those of the chats must not be yet
	defer func() { err = errors.Join(err, a.Close()) }()
	return a.behind(s, func(a *scanner, key string) error {
		if key == "personal_information" {
			return t.owner(a)
		}
		return a.skip()
	})
}

// messages reads a chat's messages. In exports from before 2021 the chat's id
// is written in another form, which only the first message's sender betrays:
// until then records are held back, a few at most.
func (t *telegram) messages(s *scanner, c *telegramChat) error {
	r := t.reader
	switch {
	case s.next() != '[':
		return r.refuse(s, errNotArray)
	case !c.known:
		return r.refuse(s, errors.New("the chat has no id"))
	case !c.typed:
		return r.refuse(s, errors.New("the chat has no type"))
	}
	emit := r.emit
	hold := true
	r.emit = func(rec Record) error {
		if hold && t.ids == unknownIDs && ambiguous(c.id) && len(c.held) < maxHeld && c.heldBytes < batchBytes {
			c.held = append(c.held, rec)
			c.heldBytes += len(rec.Raw)
			return nil
		}
		if hold {
			hold = false
			return errors.Join(t.release(c, emit), settle(&rec, c, emit))
		}
		return settle(&rec, c, emit)
	}
	defer func() { r.emit = emit }()
	err := s.array(func() error {
		return r.record(s, FormatTelegram, func(raw []byte) (*message.Observation, error) { return t.message(c, raw) })
	})
	if hold {
		err = errors.Join(t.release(c, emit), err)
	}
	return err
}

const maxHeld = 1000

// release settles the chat's channel and hands over what was held.
func (t *telegram) release(c *telegramChat, emit func(Record) error) error {
	c.channel = t.channel(c)
	for i := range c.held {
		if err := settle(&c.held[i], c, emit); err != nil {
			return err
		}
	}
	c.held = nil
	return nil
}

func settle(rec *Record, c *telegramChat, emit func(Record) error) error {
	if rec.Obs != nil {
		rec.Obs.Channel = c.channel
		if ref := rec.Obs.ReplyTo; ref != nil && ref.Channel == c.channel.ID {
			ref.Channel = ""
		}
	}
	return emit(*rec)
}

func (t *telegram) channel(c *telegramChat) message.Channel {
	out := message.Channel{
		Platform: message.Telegram, ID: chatID(c.kind, c.id, t.ids), Name: c.name, Type: c.kind,
	}
	if !broad(c.kind) {
		out.Account = t.account
		if out.Account == "" && c.kind == "saved_messages" {
			out.Account = out.ID // one's own chat with oneself
		}
	}
	return out
}

// message reads one record; its channel is filled in later.
func (t *telegram) message(c *telegramChat, raw []byte) (*message.Observation, error) {
	f := fields{zone: t.reader.opt.Zone}
	o := &message.Observation{Kind: message.Posted}
	m := telegramMessage{fields: &f, o: o, ids: &t.ids}
	m.read(raw)
	if o.ID == "" {
		f.fail("id", "there")
	} else if !whole([]byte(o.ID)) {
		f.fail("id", "a number")
	}
	return o, f.err
}
