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
	Gone     string // of a deletion: how it is known
	Counsel  string // says that something, or all, is privileged
	Text     []piece
	Quotes   []string // what the message answers or forwards
	Extras   []extra  // files, previews, hidden targets, reactions
	Route    []string // of a mail: what its headers say of its way
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
	badgeAbsent     = badge{"deleted: absent", "deleted", "the message was absent from a complete scan of its range; the platform did not say that it is gone"}
	badgePrivileged = badge{"privileged", "history", "a part of the message is privileged and not shown"}
	badgeDiffers    = badge{"differs", "differs", "other text under an identity already known: it may be a forgery"}
	badgePurged     = badge{"purged", "deleted", "the content was removed by a recorded order"}
)

type extra struct{ Name, Value string }

// standing is what is known of a version beside what it says itself: by other
// versions, or by who gave it.
type standing struct {
	superseded bool
	deleted    bool
	absent     bool // deleted, as far as a scan alone shows
	privileged bool // a part of it is, which was left out already
}

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
	s.privileged = s.privileged || e.Obs.Privileged != ""
	v.Badges, v.Gone = badges(e, s), gone(o)
	if s.privileged {
		v.Counsel = counsels(e.Obs, masked != "")
	}
	if masked != "" {
		v.Masked, v.Pending = words(masked), masked == alerts.NotJudged
		return v
	}
	v.Text = pieces(o.Text, marks)
	v.Quotes, v.Extras = quotes(o, p.Zone), extras(o)
	for _, line := range o.Route {
		v.Route = append(v.Route, visible(line))
	}
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
	if e.Obs.Kind == message.Deleted {
		s.deleted, s.absent = true, e.Obs.Grade == message.Absent
	}
	add(s.deleted && !s.absent, badgeDeleted)
	add(s.deleted && s.absent, badgeAbsent)
	add(s.privileged, badgePrivileged)
	add(e.Differs, badgeDiffers)
	return out
}

// gone says of a deletion how it is known.
func gone(o *message.Observation) string {
	switch {
	case o.Kind != message.Deleted:
		return ""
	case o.Grade == message.Absent:
		return "deleted: absent from a complete scan of its range"
	case o.Grade == message.Told:
		return "deleted, told by the platform"
	}
	return "deleted, as the source says"
}

// counsels says of a message with a privileged part that this is left out. Of a
// masked one nobody can tell whether there is more.
func counsels(o *message.Observation, masked bool) string {
	if !masked && o.Text == "" && len(o.Embeds) == 0 && len(o.Attachments) == 0 {
		return "this mail is privileged"
	}
	return "part of this mail is privileged"
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
