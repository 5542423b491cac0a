package export

import "stakeout/message"

// channel is an id alone, which is then the name too, or an object.
func (l *lineReader) channel(v []byte) {
	c := &l.o.Channel
	if isNull(v) || v[0] != '{' {
		c.ID = l.id("channel", v)
		c.Name = c.ID
		return
	}
	l.object("channel", v, func(key string, v []byte) bool {
		switch key {
		case "id":
			c.ID = l.id("channel.id", v)
		case "name":
			c.Name = l.text("channel.name", v)
		case "type":
			c.Type = l.word("channel.type", v)
		case "account":
			c.Account = l.id("channel.account", v)
		case "server":
			l.object("channel.server", v, l.server)
		case "parent":
			c.Parent = l.parent(v)
		default:
			return false
		}
		return true
	})
}

func (l *lineReader) server(key string, v []byte) bool {
	switch key {
	case "id":
		l.o.Channel.Server.ID = l.id("server.id", v)
	case "name":
		l.o.Channel.Server.Name = l.text("server.name", v)
	default:
		return false
	}
	return true
}

func (l *lineReader) parent(v []byte) *message.ChannelRef {
	if isNull(v) {
		return nil
	}
	p := &message.ChannelRef{}
	l.object("parent", v, func(key string, v []byte) bool {
		switch key {
		case "id":
			p.ID = l.id("parent.id", v)
		case "name":
			p.Name = l.text("parent.name", v)
		default:
			return false
		}
		return true
	})
	return p
}

// author is a handle alone, or an object.
func (l *lineReader) author(v []byte) {
	a := &l.o.Author
	if isNull(v) || v[0] != '{' {
		a.Handle = l.text("author", v)
		return
	}
	l.object("author", v, func(key string, v []byte) bool {
		switch key {
		case "id":
			a.ID = l.id("author.id", v)
		case "handle":
			a.Handle = l.text("author.handle", v)
		case "name":
			a.Name = l.text("author.name", v)
		case "bot":
			if a.Bot = string(v) == "true"; !a.Bot && string(v) != "false" && !isNull(v) {
				l.fail("author.bot", "true or false")
			}
		default:
			return false
		}
		return true
	})
}

// moment is an RFC 3339 time, Unix seconds, or {"utc", "written"} for a time
// that was written without a zone.
func (l *lineReader) moment(key string, v []byte) message.Time {
	if isNull(v) || v[0] == '"' {
		return l.time(key, v)
	}
	if v[0] != '{' {
		return l.unix(key, v)
	}
	var t message.Time
	l.object(key, v, func(k string, v []byte) bool {
		switch k {
		case "utc":
			u := l.time(dotted(key, k), v)
			t.UTC, t.Digits = u.UTC, u.Digits
		case "written":
			t.Written = l.text(dotted(key, k), v)
		default:
			return false
		}
		return true
	})
	return t
}

// reply is a message id of the same channel, or an object.
func (l *lineReader) reply(v []byte) {
	if isNull(v) {
		return
	}
	ref := &message.Ref{}
	if v[0] != '{' {
		ref.ID = l.id("reply_to", v)
	} else {
		l.object("reply_to", v, func(key string, v []byte) bool {
			switch key {
			case "id":
				ref.ID = l.id("reply_to.id", v)
			case "channel":
				ref.Channel = l.id("reply_to.channel", v)
			default:
				return false
			}
			return true
		})
	}
	if ref.ID == "" {
		l.fail("reply_to", "a message id")
	}
	l.o.ReplyTo = ref
}

func (l *lineReader) forward(key string, v []byte) bool {
	f := l.o.Forward
	switch key {
	case "from":
		f.From = l.text("forward.from", v)
	case "from_id":
		f.FromID = l.id("forward.from_id", v)
	case "channel":
		f.Channel = l.id("forward.channel", v)
	case "id":
		f.ID = l.id("forward.id", v)
	case "sent":
		f.Sent = l.moment("forward.sent", v)
	default:
		return false
	}
	return true
}

func (l *lineReader) attachment(v []byte) {
	var a message.Attachment
	l.object("attachments", v, func(key string, v []byte) bool {
		switch key {
		case "name":
			a.Name = l.text("attachments.name", v)
		case "type":
			a.Type = l.text("attachments.type", v)
		case "size":
			n, ok := integer(v)
			if !ok || n < 0 {
				l.fail("attachments.size", "a number of bytes")
			}
			a.Size = n
		case "url":
			a.URL = l.text("attachments.url", v)
		case "sha256":
			a.SHA256 = l.text("attachments.sha256", v)
		default:
			return false
		}
		return true
	})
	l.o.Attachments = append(l.o.Attachments, a)
}

func (l *lineReader) reaction(v []byte) {
	var r message.Reaction
	l.object("reactions", v, func(key string, v []byte) bool {
		switch key {
		case "emoji":
			r.Emoji = l.text("reactions.emoji", v)
		case "count":
			n, ok := integer(v)
			if !ok || n < 0 || n > 1<<31-1 {
				l.fail("reactions.count", "a count")
			}
			r.Count = int(n)
		default:
			return false
		}
		return true
	})
	l.o.Reactions = append(l.o.Reactions, r)
}

// word is a platform's word for a kind of thing.
func (l *lineReader) word(key string, v []byte) string {
	s := l.text(key, v)
	if s != "" && !identifier(s) {
		l.fail(key, "a word of letters, digits, _ . and -, 64 at most")
	}
	return s
}
