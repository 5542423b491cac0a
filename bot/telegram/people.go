package telegram

import (
	"strings"

	"stakeout/message"
)

// user is a User. https://core.telegram.org/bots/api#user
type user struct {
	ID       number `json:"id"`
	Bot      truth  `json:"is_bot"`
	First    text   `json:"first_name"`
	Last     text   `json:"last_name"`
	Username text   `json:"username"`
	ReadsAll truth  `json:"can_read_all_group_messages"` // of the bot itself
}

func (u *user) name() string { return strings.TrimSpace(string(u.First) + " " + string(u.Last)) }

// shown is how a text names somebody.
func (u *user) shown() string { return shown(u.name(), string(u.Username)) }

func shown(name, username string) string {
	switch {
	case username == "":
		return name
	case name == "":
		return "@" + username
	}
	return name + " (@" + username + ")"
}

func (u *user) author() message.Author {
	return message.Author{ID: u.ID.String(), Handle: string(u.Username), Name: u.name(), Bot: bool(u.Bot)}
}

// chat is a Chat. https://core.telegram.org/bots/api#chat
type chat struct {
	ID       number `json:"id"`
	Type     text   `json:"type"`
	Title    text   `json:"title"`
	Username text   `json:"username"`
	First    text   `json:"first_name"`
	Last     text   `json:"last_name"`
}

func (c *chat) private() bool { return c.Type == "private" }

// broad tells supergroups and channels, whose message ids are the same for
// everybody and run on one by one.
func (c *chat) broad() bool { return c.Type == "supergroup" || c.Type == "channel" }

func (c *chat) name() string {
	if c.Title != "" {
		return string(c.Title)
	}
	return strings.TrimSpace(string(c.First) + " " + string(c.Last))
}

func (c *chat) shown() string { return shown(c.name(), string(c.Username)) }

func (c *chat) author() message.Author {
	return message.Author{ID: c.ID.String(), Handle: string(c.Username), Name: c.name()}
}

// channel is the chat as the ledger has it, so that an export of the same chat
// is the same channel. A topic is no channel of its own: exports do not know
// topics.
func (c *chat) channel(account string) message.Channel {
	out := message.Channel{Platform: message.Telegram, ID: c.ID.String(), Name: c.name(), Type: c.exported()}
	if !c.broad() {
		out.Account = account
	}
	return out
}

// exported is Telegram Desktop's word for the type of the chat, which is the
// one that exports have.
func (c *chat) exported() string {
	switch {
	case c.broad() && c.Username != "":
		return "public_" + string(c.Type)
	case c.broad():
		return "private_" + string(c.Type)
	case c.Type == "group":
		return "private_group"
	case c.private():
		return "personal_chat"
	}
	return "unknown"
}
