// Package message holds the nouns of Stakeout: what a connector saw, in one
// form for every platform. It imports nothing else of ours and decides
// nothing; it only says what things are.
package message

import (
	"fmt"
	"time"
)

// Kind is what happened to a message.
type Kind uint8

const (
	Posted  Kind = 1 // the message appeared
	Edited  Kind = 2 // the message got other content; also an export's message that was edited before the export was made
	Deleted Kind = 3 // the platform said that the message is gone
)

// Via is the way by which an observation reached us.
type Via uint8

const (
	Live     Via = 1 // handed over by the platform as it happened
	Backfill Via = 2 // fetched from the platform afterwards
	Import   Via = 3 // read from a file that somebody exported
)

// Grade is how a deletion is known.
type Grade uint8

const (
	Told   Grade = 1 // the platform said so
	Absent Grade = 2 // missing from a complete, successful scan of its range
)

// Platforms with connectors of their own. Any other lower-case name may stand
// in a JSON Lines import.
const (
	Discord  = "discord"
	Telegram = "telegram"
	Mail     = "mail"
)

// Observation is one thing that a connector saw: a message was posted, edited
// or deleted. Four times stand apart in it and are never mixed: when the
// message was sent, when it was edited (both by the source's clock, absent
// when the source gave none), when we observed it, and when the ledger stored
// it.
type Observation struct {
	Kind    Kind    `json:"kind"`
	Via     Via     `json:"via"`
	Channel Channel `json:"channel"`
	// ID is the platform's message id, unique within the channel (and, where
	// Channel.Account is set, within that account).
	ID     string `json:"id"`
	Author Author `json:"author,omitzero"`
	Sent   Time   `json:"sent,omitzero"`
	Edited Time   `json:"edited,omitzero"`
	// Observed is when the connector saw it, UTC. For an import: when the
	// record was read.
	Observed time.Time `json:"observed"`
	ReplyTo  *Ref      `json:"reply_to,omitempty"`
	Forward  *Forward  `json:"forward,omitempty"`
	// Event is empty for what a person wrote, and the platform's own word for
	// a service message ("pin_message", "ChannelNameChange").
	Event string `json:"event,omitempty"`
	// Text is what a reader of the channel sees: mentions and custom emoji as
	// words; the platform's mark-up characters stay.
	Text string `json:"text,omitempty"`
	// Links are the targets that Text does not show (a word that is a link).
	Links       []string     `json:"links,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	// Embeds are the texts of previews, polls, contacts, places and whatever
	// else was shown below the message, one string each.
	Embeds    []string   `json:"embeds,omitempty"`
	Reactions []Reaction `json:"reactions,omitempty"`
	// Route is what a mail's headers say of its way and of the checks of its
	// sender, a line each. Whoever sent it may have written some of them. It is
	// no part of what was said, and so neither searched nor judged.
	Route []string `json:"route,omitempty"`
	// Grade says of a deletion how it is known; zero where the source does not
	// tell.
	Grade Grade `json:"grade,omitzero"`
	// Privileged is what only privileged readers may see: counsel's own words
	// in a forwarded mail. It is never indexed, judged or shown without the
	// permission of that name. Where it cannot be told from the rest, all of
	// the mail stands here and nowhere else but in Native.
	Privileged string `json:"privileged,omitempty"`

	// Acquisition is the ledger's number of the acquisition it came by.
	Acquisition int64 `json:"-"`
	// Native is the record exactly as received.
	Native []byte `json:"-"`
	// Format names what Native is ("discord-export", "telegram-export",
	// "jsonl"), so that the ledger can pick its compression dictionary.
	Format string `json:"-"`
}

// Channel is where a message stands: a Discord channel or thread, a Telegram
// group, channel or chat, a mailbox thread.
type Channel struct {
	Platform string `json:"platform"`
	Server   Server `json:"server,omitzero"`
	// ID is canonical: the same for live capture and for an export. Discord:
	// the snowflake. Telegram: the Bot API's chat id in decimal, that is
	// "-100…" for supergroups and channels, "-…" for small groups, the user's
	// id for private chats.
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	// Type is the platform's own word for the kind of channel.
	Type string `json:"type,omitempty"`
	// Account is set where message ids are per account (Telegram private
	// chats and small groups): the id of the account that saw them, "" when
	// that is not known.
	Account string `json:"account,omitempty"`
	// Parent is the channel that a thread, a forum post or a topic hangs on.
	Parent *ChannelRef `json:"parent,omitempty"`
}

// IsMail reports that the channel is a mailbox or a mail's thread, under either
// of the names that platforms of the kind go by.
func (c Channel) IsMail() bool { return IsMail(c.Platform) }

// IsMail reports that a platform is one of mails. There an author is an
// address, and a channel's name a subject.
func IsMail(platform string) bool { return platform == Mail || platform == "email" }

// Server is a Discord guild or its like; zero where a platform has none.
type Server struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// ChannelRef names a channel of the same platform.
type ChannelRef struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
}

// Author is who the platform says wrote it.
type Author struct {
	ID     string `json:"id,omitempty"`
	Handle string `json:"handle,omitempty"` // unique name, without "@"
	Name   string `json:"name,omitempty"`   // display name, which anyone may choose
	Bot    bool   `json:"bot,omitempty"`
}

// Shown is the name to show for an author: the handle if there is one, else
// the display name, else the id.
func (a Author) Shown() string {
	switch {
	case a.Handle != "":
		return a.Handle
	case a.Name != "":
		return a.Name
	}
	return a.ID
}

// Ref points at another message; Channel is empty for the same channel.
type Ref struct {
	Channel string `json:"channel,omitempty"`
	ID      string `json:"id"`
}

// Forward is where a forwarded message came from, as far as the platform says.
type Forward struct {
	From    string `json:"from,omitempty"` // name of the author or channel
	FromID  string `json:"from_id,omitempty"`
	Channel string `json:"channel,omitempty"`
	ID      string `json:"id,omitempty"`
	Sent    Time   `json:"sent,omitzero"`
}

// Attachment is what is known of a file without fetching it; Stakeout never
// fetches one.
type Attachment struct {
	Name   string `json:"name,omitempty"`
	Type   string `json:"type,omitempty"` // MIME type or the platform's word
	Size   int64  `json:"size,omitempty"` // bytes, 0 when unknown
	URL    string `json:"url,omitempty"`
	SHA256 string `json:"sha256,omitempty"` // hex, only where the source gives one
}

// Reaction is how often one emoji was given.
type Reaction struct {
	Emoji string `json:"emoji"`
	Count int    `json:"count"`
}

var (
	kindNames  = [...]string{Posted: "posted", Edited: "edited", Deleted: "deleted"}
	viaNames   = [...]string{Live: "live", Backfill: "backfill", Import: "import"}
	gradeNames = [...]string{Told: "told", Absent: "absent"}
)

func (k Kind) String() string { return name(kindNames[:], uint8(k)) }
func (v Via) String() string  { return name(viaNames[:], uint8(v)) }

func (g Grade) String() string {
	if g == 0 {
		return ""
	}
	return name(gradeNames[:], uint8(g))
}

func (g Grade) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

func (g *Grade) UnmarshalText(b []byte) error {
	n, err := number(gradeNames[:], "grade", string(b))
	*g = Grade(n)
	return err
}

func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }
func (v Via) MarshalText() ([]byte, error)  { return []byte(v.String()), nil }

func (k *Kind) UnmarshalText(b []byte) error {
	n, err := number(kindNames[:], "kind", string(b))
	*k = Kind(n)
	return err
}

func (v *Via) UnmarshalText(b []byte) error {
	n, err := number(viaNames[:], "via", string(b))
	*v = Via(n)
	return err
}

func name(names []string, n uint8) string {
	if int(n) < len(names) && names[n] != "" {
		return names[n]
	}
	return fmt.Sprintf("unknown(%d)", n)
}

func number(names []string, what, s string) (uint8, error) {
	for i, n := range names {
		if n == s && n != "" {
			return uint8(i), nil
		}
	}
	return 0, fmt.Errorf("unknown %s %q", what, s)
}
