package discord

import (
	"fmt"
	"strconv"
	"strings"

	"stakeout/bot/mention"
	"stakeout/message"
)

// Formats of the native bytes.
const (
	formatGateway = "discord-gateway" // the field d of a gateway event
	formatREST    = "discord-rest"    // one message object of a REST answer
)

// names tells the display names that a message itself does not: a user's
// nickname in the server, "" where none is known, and roles and channels.
type names struct {
	nick          func(user string) string
	role, channel func(id string) string
}

// parse makes an observation of a message object, as the gateway and REST give
// it. Kind is Edited where the message has an edit time. Errors name the key at
// fault, never the content.
func parse(raw []byte, place message.Channel, known names) (o *message.Observation, w *wireMessage, err error) {
	// A record that made the parser panic would do so again after each start.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the reader panicked (%T)", p) // its value may hold what the message said
		}
	}()
	w = new(wireMessage)
	if err := decode(raw, w); err != nil {
		return nil, nil, err
	}
	o, err = w.observation(raw, place, known)
	return o, w, err
}

func (w *wireMessage) observation(raw []byte, place message.Channel, known names) (*message.Observation, error) {
	o := &message.Observation{Kind: message.Posted, Channel: place, Native: raw}
	var author wireUser
	var err error
	if o.ID, err = snowflake("id", w.ID); err != nil {
		return nil, err
	}
	if o.Sent, err = moment("timestamp", w.Timestamp); err != nil {
		return nil, err
	}
	if o.Edited, err = moment("edited_timestamp", w.Edited); err != nil {
		return nil, err
	}
	if !o.Edited.IsZero() {
		o.Kind = message.Edited
	}
	if o.Text, err = text("content", w.Content); err != nil {
		return nil, err
	}
	if !absent(w.Author) {
		if err := decode(w.Author, &author); err != nil {
			return nil, errAuthor
		}
		o.Author = author.person(&w.Member, known)
	}
	o.Event = eventWord(string(w.Type))
	if words := said(string(w.Type), o.Text, w.Mentions); words != "" {
		if !strings.HasSuffix(words, o.Text) {
			addText(o, o.Text) // the name of a new thread
		}
		o.Text = words
	}
	w.wireContent.parts(o)
	if name := w.Interaction.Name; name != "" {
		o.Embeds = append(o.Embeds, w.Interaction.User.person(nil, known).Shown()+" used /"+name)
	} else if name := w.Metadata.Name; name != "" {
		o.Embeds = append(o.Embeds, w.Metadata.User.person(nil, known).Shown()+" used /"+name)
	}
	if w.Poll != nil {
		w.Poll.parts(o)
	}
	o.Reactions = reactions(w.Reactions)
	w.refer(o)
	mentions := w.Mentions
	for _, s := range w.Snapshots {
		if err := s.parts(o); err != nil {
			return nil, err
		}
		mentions = append(mentions, s.Message.Mentions...)
	}
	o.Text = mention.Render(o.Text, mention.Names{
		User:    func(id string) string { return mentioned(mentions, id, known) },
		Role:    known.role,
		Channel: known.channel,
	})
	return o, nil
}

func mentioned(users []wireUser, id string, known names) string {
	for _, u := range users {
		if u.ID == id {
			return u.person(u.Member, known).Name
		}
	}
	return ""
}

// person reads a user: the handle is unique, with the discriminator where there
// is still one; the name is what the server's members see.
func (u *wireUser) person(m *wireMember, known names) message.Author {
	a := message.Author{ID: u.ID, Handle: u.Username, Bot: u.Bot}
	switch {
	case m != nil && m.there:
		a.Name = m.Nick
	case known.nick != nil:
		a.Name = known.nick(u.ID)
	}
	if a.Name == "" {
		a.Name = u.GlobalName
	}
	if a.Name == "" {
		a.Name = u.Username
	}
	if strings.Trim(u.Discriminator, "0") != "" {
		a.Handle += "#" + u.Discriminator
	}
	return a
}

// refer reads what the message answers, pins or forwards.
func (w *wireMessage) refer(o *message.Observation) {
	r := w.Reference
	switch {
	case r == nil:
	case r.Type == 1:
		o.Forward = &message.Forward{Channel: r.ChannelID, ID: r.MessageID}
	case r.MessageID != "":
		o.ReplyTo = &message.Ref{ID: r.MessageID, Channel: r.ChannelID}
		if r.ChannelID == o.Channel.ID {
			o.ReplyTo.Channel = ""
		}
	}
	if o.Forward == nil && len(w.Snapshots) > 0 {
		o.Forward = &message.Forward{}
	}
}

// parts reads the forwarded message, which is all that a reader sees.
func (s *wireSnapshot) parts(o *message.Observation) error {
	said, err := text("message_snapshots.content", s.Message.Content)
	if err != nil {
		return err
	}
	if o.Text != "" && said != "" {
		o.Text += "\n"
	}
	o.Text += said
	if o.Forward.Sent.IsZero() {
		if o.Forward.Sent, err = moment("message_snapshots.timestamp", s.Message.Timestamp); err != nil {
			return err
		}
	}
	s.Message.wireContent.parts(o)
	return nil
}

// eventWord is DiscordChatExporter's word for a kind of service message, so that
// an export merges with what came live; kinds that it has no name for are
// numbers there. "" is what people and bots write: the numbers 0, 19 (reply),
// 20 and 23 (answers to a command).
func eventWord(kind string) string {
	switch kind {
	case "", "null", "0", "19", "20", "23":
		return ""
	case "1":
		return "RecipientAdd"
	case "2":
		return "RecipientRemove"
	case "3":
		return "Call"
	case "4":
		return "ChannelNameChange"
	case "5":
		return "ChannelIconChange"
	case "6":
		return "ChannelPinnedMessage"
	case "7":
		return "GuildMemberJoin"
	case "18":
		return "ThreadCreated"
	}
	if _, err := strconv.ParseUint(kind, 10, 16); err != nil {
		return "unknown"
	}
	return kind
}

// said is what readers see of a service message whose content is empty or bare,
// in DiscordChatExporter's words; "" for all others.
func said(kind, content string, mentions []wireUser) string {
	switch kind {
	case "1", "2":
		words := [...]string{"Added", " to the group.", "Added a recipient."}
		if kind == "2" {
			words = [...]string{"Removed", " from the group.", "Removed a recipient."}
		}
		if len(mentions) == 0 {
			return words[2]
		}
		return words[0] + " " + mentions[0].person(nil, names{}).Name + words[1]
	case "4":
		if strings.TrimSpace(content) != "" {
			return "Changed the channel name: " + content
		}
		return "Changed the channel name."
	case "5":
		return "Changed the channel icon."
	case "6":
		return "Pinned a message."
	case "7":
		return "Joined the server."
	case "18":
		return "Started a thread."
	}
	return ""
}
