package indexer

import (
	"slices"
	"strings"
	"unicode"

	"stakeout/message"
)

// Withhold copies an observation as far as it may be shown. Of every one,
// whatever its author or a channel's owner may call things is given as mask
// leaves it: names, handles, ids that are no numbers, the platform's word for
// a service message, and emoji. When masked, everything that repeats what was
// written is emptied too: text, previews, links, names and addresses of
// attachments, the service message's word, the names of custom emoji, and the
// channel's name where that is a subject or the beginning of the first message
// (a mail, a Discord thread). What is privileged goes in any case. The native
// bytes stay only where nothing was taken out. The original, which other readers
// of the ledger share, is left alone.
func Withhold(o *message.Observation, masked bool, mask func(string) string) *message.Observation {
	return withhold(o.Unprivileged(), masked, mask)
}

// withhold is Withhold for a reader who may see what is privileged: that goes
// only with a masked message, as nobody judged it.
func withhold(o *message.Observation, masked bool, mask func(string) string) *message.Observation {
	c := *o
	touched := masked
	set := func(s *string) {
		if m := mask(*s); m != *s {
			*s, touched = m, true
		}
	}
	id := func(s *string) {
		if !number(*s) {
			set(s)
		}
	}
	if o.Channel.Parent != nil {
		parent := *o.Channel.Parent
		id(&parent.ID)
		set(&parent.Name)
		c.Channel.Parent = &parent
	}
	if o.Forward != nil {
		forward := *o.Forward
		set(&forward.From)
		id(&forward.FromID)
		id(&forward.Channel)
		id(&forward.ID)
		c.Forward = &forward
	}
	c.Reactions = slices.Clone(o.Reactions)
	for i := range c.Reactions {
		set(&c.Reactions[i].Emoji)
	}
	c.Route = slices.Clone(o.Route)
	for i := range c.Route {
		set(&c.Route[i])
	}
	for _, s := range []*string{&c.Channel.Name, &c.Channel.Server.Name, &c.Author.Handle, &c.Author.Name, &c.Event} {
		set(s)
	}
	if o.ReplyTo != nil {
		reply := *o.ReplyTo
		id(&reply.ID)
		id(&reply.Channel)
		c.ReplyTo = &reply
	}
	for _, s := range []*string{&c.ID, &c.Channel.ID, &c.Channel.Server.ID, &c.Author.ID} {
		id(s)
	}
	if masked {
		empty(&c)
	}
	if touched {
		c.Native = nil
	}
	return &c
}

// empty takes out what repeats a message; o is ours to change but for the
// attachments.
func empty(o *message.Observation) {
	o.Text, o.Links, o.Embeds, o.Route, o.Event, o.Privileged = "", nil, nil, nil, "", ""
	o.Attachments = slices.Clone(o.Attachments)
	for i := range o.Attachments {
		o.Attachments[i].Name, o.Attachments[i].URL = "", ""
	}
	for i := range o.Reactions {
		if strings.ContainsFunc(o.Reactions[i].Emoji, wording) {
			o.Reactions[i].Emoji = "" // it was given, and how often; not what it is called
		}
	}
	switch {
	case o.Channel.IsMail():
		o.Channel.Name = "(subject not shown)"
	case o.Channel.Platform == message.Discord && o.Channel.Parent != nil:
		o.Channel.Name = "(thread)"
	}
}

// wording tells the characters that names are written with from those of
// pictograms.
func wording(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// number tells the ids that Discord and Telegram give, which say nothing and
// may look like telephone numbers.
func number(id string) bool {
	return strings.Trim(strings.TrimPrefix(id, "-"), "0123456789") == ""
}

// Bounds of what Remembered keeps, about two megabytes: the authors and
// channels of most searches, and names as long as platforms allow.
const (
	maxRemembered = 4096 // names
	maxNameKept   = 256  // bytes
)

// Remembered calls mask once for each name, as names come again in hit after
// hit. It is for one search or one page by one goroutine: what must be masked
// changes with the rules.
func Remembered(mask func(string) string) func(string) string {
	known := map[string]string{}
	return func(name string) string {
		if name == "" {
			return ""
		}
		m, ok := known[name]
		if ok {
			return m
		}
		m = mask(name)
		if len(known) >= maxRemembered {
			clear(known)
		}
		if len(name) <= maxNameKept {
			known[name] = m
		}
		return m
	}
}
