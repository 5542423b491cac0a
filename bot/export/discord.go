package export

import (
	"errors"
	"strings"

	"stakeout/message"
)

// discordHead is what tells of the channel, before the messages as a rule.
type discordHead struct{ guild, channel []byte }

// any tells DiscordChatExporter's files from others.
func (h discordHead) any() bool { return h.guild != nil || h.channel != nil }

func (h discordHead) complete() bool { return h.guild != nil && h.channel != nil }

// member reads a member of the file, if it is one of the head's.
func (h *discordHead) member(r *reader, s *scanner, key string) (ok bool, err error) {
	switch key {
	case "guild":
		h.guild, err = r.head(s)
	case "channel":
		h.channel, err = r.head(s)
	default:
		return false, nil
	}
	return true, err
}

func (h discordHead) place() (message.Channel, error) {
	var f fields
	c := message.Channel{Platform: message.Discord}
	var parent message.ChannelRef
	for key, v := range members(h.channel) {
		switch string(key) {
		case "id":
			c.ID = f.id("channel.id", v)
		case "type":
			c.Type = word(loose(v))
		case "name":
			c.Name = str(v)
		case "categoryId":
			parent.ID = loose(v)
		case "category":
			parent.Name = str(v)
		}
	}
	// The exporter writes a thread's channel where it writes a channel's
	// category.
	if strings.Contains(c.Type, "Thread") && parent.ID != "" {
		c.Parent = &parent
	}
	for key, v := range members(h.guild) {
		switch string(key) {
		case "id":
			c.Server.ID = f.id("guild.id", v)
		case "name":
			c.Server.Name = str(v)
		}
	}
	if c.Server.ID == "0" { // "Direct Messages"
		c.Server = message.Server{}
	}
	if f.err == nil && c.ID == "" {
		f.err = errors.New("the channel has no id")
	}
	return c, f.err
}

func (r *reader) discord(s *scanner, h discordHead) error {
	channel, err := h.place()
	if s.next() != '[' {
		err = errNotArray
	}
	if err != nil {
		return r.refuse(s, err)
	}
	d := &discord{channel: channel, opt: r.opt}
	return s.array(func() error { return r.record(s, FormatDiscord, d.message) })
}

type discord struct {
	channel message.Channel
	opt     Options
}

// discordWritten are the kinds that people and bots write; any other is a
// service message. Kinds that the exporter has no name for come as numbers:
// 20 and 23 are answers to a command.
var discordWritten = map[string]bool{"": true, "Default": true, "Reply": true, "0": true, "19": true, "20": true, "23": true}

func (d *discord) message(raw []byte) (*message.Observation, error) {
	f := fields{zone: d.opt.Zone}
	o := &message.Observation{Kind: message.Posted, Channel: d.channel}
	var author, mentions, reference, forwarded []byte
	for key, v := range members(raw) {
		switch string(key) {
		case "id":
			o.ID = f.id("id", v)
		case "type":
			if kind := loose(v); !discordWritten[kind] {
				o.Event = word(kind)
			}
		case "timestamp":
			o.Sent = f.time("timestamp", v)
		case "timestampEdited":
			if o.Edited = f.time("timestampEdited", v); !o.Edited.IsZero() {
				o.Kind = message.Edited
			}
		case "content":
			o.Text = f.text("content", v)
		case "author":
			author = v
			o.Author = discordUser(&f, v)
		case "mentions":
			mentions = v
		case "attachments":
			o.Attachments = discordFiles(o.Attachments, v)
		case "stickers":
			o.Attachments = discordStickers(o.Attachments, v)
		case "embeds":
			discordEmbeds(o, v)
		case "components":
			discordButtons(o, v, maxNesting)
		case "interaction":
			if name := str(member(v, "name")); name != "" {
				user := discordUser(&f, member(v, "user"))
				o.Embeds = append(o.Embeds, user.Shown()+" used /"+name)
			}
		case "reactions":
			o.Reactions = discordReactions(v)
		case "reference":
			reference = v
		case "forwardedMessage":
			forwarded = v
		}
	}
	if o.ID == "" {
		f.fail("id", "there")
	}
	d.refer(o, reference)
	if forwarded != nil && !isNull(forwarded) {
		d.forward(&f, o, forwarded)
	}
	if strings.IndexByte(o.Text, '<') >= 0 {
		o.Text = d.render(o.Text, names(author, mentions))
	}
	return o, f.err
}

// discordUser reads a user. Before 2023 a name was unique only with its
// discriminator.
func discordUser(f *fields, raw []byte) message.Author {
	var a message.Author
	var tag string
	for key, v := range members(raw) {
		switch string(key) {
		case "id":
			a.ID = f.id("author.id", v)
		case "name":
			a.Handle = str(v)
		case "discriminator":
			tag = loose(v)
		case "nickname":
			a.Name = str(v)
		case "isBot":
			a.Bot = string(v) == "true"
		}
	}
	if a.Name == "" {
		a.Name = a.Handle
	}
	if strings.Trim(tag, "0") != "" {
		a.Handle += "#" + tag
	}
	return a
}

// refer reads what the message answers, pins or forwards.
func (d *discord) refer(o *message.Observation, raw []byte) {
	var ref message.Ref
	forward := false
	for key, v := range members(raw) {
		switch string(key) {
		case "type":
			forward = loose(v) == "Forward" || loose(v) == "1"
		case "messageId":
			ref.ID = loose(v)
		case "channelId":
			ref.Channel = loose(v)
		}
	}
	if forward {
		o.Forward = &message.Forward{Channel: ref.Channel, ID: ref.ID}
		return
	}
	if ref.ID == "" {
		return
	}
	if ref.Channel == o.Channel.ID {
		ref.Channel = ""
	}
	o.ReplyTo = &ref
}

// forward reads the forwarded message, which is all that a reader sees.
func (d *discord) forward(f *fields, o *message.Observation, raw []byte) {
	if o.Forward == nil {
		o.Forward = &message.Forward{}
	}
	for key, v := range members(raw) {
		switch string(key) {
		case "timestamp":
			o.Forward.Sent = f.time("forwardedMessage.timestamp", v)
		case "content":
			if text := f.text("forwardedMessage.content", v); o.Text == "" {
				o.Text = text
			} else if text != "" {
				o.Text += "\n" + text
			}
		case "attachments":
			o.Attachments = discordFiles(o.Attachments, v)
		case "stickers":
			o.Attachments = discordStickers(o.Attachments, v)
		case "embeds":
			discordEmbeds(o, v)
		}
	}
}
