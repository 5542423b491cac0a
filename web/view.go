package web

import (
	"fmt"
	"strings"
	"time"

	"stakeout/alerts"
	"stakeout/indexer"
	"stakeout/ledger"
	"stakeout/message"
)

// shown is one version of a message as the templates want it: strings ready to
// be escaped, nothing of a masked one but its place.
type shown struct {
	Seq      int64
	When     stamp
	Platform string
	Server   string
	Channel  string
	Parent   string // of a thread
	Author   string
	Handle   string // where it differs from Author
	Bot      bool
	Event    string // of a service message
	Badges   []badge
	Masked   string // why the text is not shown, "" when it is
	Pending  bool   // masked only until the rules have read it
	Text     []piece
	Quotes   []string // what the message answers or forwards
	Extras   []extra  // files, previews, hidden targets, reactions
	Here     bool     // the one that was asked for

	Kind        string
	Via         string
	Observed    stamp
	Edited      stamp
	Stored      stamp
	Acquisition int64
}

// badge is a word about a version and its class in the style sheet.
type badge struct{ Word, Class, Hint string }

var (
	badgeEdited     = badge{"edited", "edited", "this version is an edit"}
	badgeSuperseded = badge{"superseded", "superseded", "a later edit is known"}
	badgeDeleted    = badge{"deleted", "deleted", "the platform said that the message is gone"}
	badgeDiffers    = badge{"differs", "differs", "other text under an identity already known: it may be a forgery"}
	badgePurged     = badge{"purged", "deleted", "the content was removed by a recorded order"}
)

type extra struct{ Name, Value string }

// standing is what other versions say of one.
type standing struct{ superseded, deleted bool }

// view turns an entry into what is shown. masked empties it; names go through
// mask, which one page uses throughout.
func (p *page) view(e ledger.Entry, s standing, masked string, marks [][2]int, mask func(string) string) shown {
	v := shown{Seq: e.Seq, Masked: masked, Acquisition: e.Acquisition, Stored: at(e.Stored, p.Zone)}
	if e.Obs == nil {
		v.When, v.Badges = v.Stored, []badge{badgePurged}
		return v
	}
	o := indexer.Withhold(e.Obs, masked != "", mask)
	v.When, v.Observed, v.Edited = sentOrSeen(o, p.Zone), at(o.Observed, p.Zone), given(o.Edited, p.Zone)
	v.Kind, v.Via = o.Kind.String(), o.Via.String()
	v.Platform, v.Server = visible(o.Channel.Platform), visible(o.Channel.Server.Name)
	v.Channel = visible(orID(o.Channel.Name, o.Channel.ID))
	if o.Channel.Parent != nil {
		v.Parent = visible(orID(o.Channel.Parent.Name, o.Channel.Parent.ID))
	}
	v.Author = visible(o.Author.Name)
	if v.Handle = visible(o.Author.Shown()); v.Author == "" || v.Handle == v.Author {
		v.Author, v.Handle = v.Handle, ""
	}
	v.Bot, v.Event = o.Author.Bot, visible(o.Event)
	v.Badges = badges(e, s)
	if masked != "" {
		v.Masked, v.Pending = words(masked), masked == alerts.NotJudged
		return v
	}
	v.Text = pieces(o.Text, marks)
	v.Quotes, v.Extras = quotes(o, p.Zone), extras(o)
	return v
}

// words writes a label as people say it.
func words(label string) string { return strings.ReplaceAll(label, "_", " ") }

func badges(e ledger.Entry, s standing) []badge {
	var out []badge
	add := func(is bool, b badge) {
		if is {
			out = append(out, b)
		}
	}
	add(e.Obs.Kind == message.Edited, badgeEdited)
	add(s.superseded, badgeSuperseded)
	add(s.deleted || e.Obs.Kind == message.Deleted, badgeDeleted)
	add(e.Differs, badgeDiffers)
	return out
}

func quotes(o *message.Observation, zone *time.Location) []string {
	var out []string
	if r := o.ReplyTo; r != nil {
		s := "answers message " + visible(r.ID)
		if r.Channel != "" {
			s += " of channel " + visible(r.Channel)
		}
		out = append(out, s)
	}
	if f := o.Forward; f != nil {
		s := "forwarded"
		if from := orID(f.From, orID(f.FromID, f.Channel)); from != "" {
			s += " from " + visible(from)
		}
		if sent := given(f.Sent, zone); sent.ISO != "" {
			s += ", sent " + sent.Date + " " + sent.Clock
		}
		out = append(out, s)
	}
	return out
}

// extras are shown as text only: nothing in them can be followed or loaded.
func extras(o *message.Observation) []extra {
	var out []extra
	for _, a := range o.Attachments {
		s := visible(orID(a.Name, "unnamed"))
		if a.Type != "" {
			s += ", " + visible(a.Type)
		}
		if a.Size > 0 {
			s += ", " + size(a.Size)
		}
		out = append(out, extra{"file", s})
	}
	for _, t := range o.Embeds {
		out = append(out, extra{"preview", visible(t)})
	}
	for _, l := range o.Links {
		out = append(out, extra{"target", visible(l)})
	}
	given := ""
	for _, r := range o.Reactions {
		given += fmt.Sprintf("%s %d  ", visible(r.Emoji), r.Count)
	}
	if given != "" {
		out = append(out, extra{"reactions", given})
	}
	return out
}

func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1e6:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1e9:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

func orID(name, id string) string {
	if name != "" {
		return name
	}
	return id
}
