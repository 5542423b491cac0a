// Package letter reads one raw mail (RFC 5322, MIME) and makes observations of
// it.
//
// It promises: whatever the bytes, it neither panics nor runs away; the text is
// in UTF-8 whichever charset it came in; what a forwarder of the legal team
// wrote is never in a field that others may read. Where the forwarder's words
// and the forwarded original cannot be told apart, or there is any doubt, all
// that can be read stands in Observation.Privileged and nowhere else but in
// Native. Damaged encodings are read as far as they go.
//
// It fetches nothing, follows no link, checks no signature, and believes no
// header: the route and the results of SPF, DKIM and DMARC are passed on as
// what the headers say.
package letter

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"stakeout/message"
)

// Format names the native bytes in Observation.Format: a mail as received,
// with or without the From_ line that an mbox puts before it.
const Format = "mail"

// MaxBytes bounds a mail. Providers take 25 to 150 MiB with attachments; what
// people write is kilobytes, and a mail is held in memory while it is read.
const MaxBytes = 64 << 20

// ErrNoMail says that the bytes do not begin with a mail's header.
var ErrNoMail = errors.New("no mail header at the beginning")

// Options say what a mail itself does not tell.
type Options struct {
	// Counsel are the mail addresses, or domains as "@firm.example", whose own
	// words are privileged. Empty: those of everybody who forwards something.
	Counsel []string
	// Zone is where times without a zone were written, in the header that a
	// client puts above a forwarded mail; nil means UTC.
	Zone *time.Location
	// Mailbox is the folder that the mail lay in, nil when not known.
	Mailbox *message.ChannelRef
}

// Read makes observations of a mail. Mostly it is one; a mail that brings
// several originals as attachments gives one for each, the first under the
// mail's own id and with its bytes, the others under the id with "#2", "#3"…
// behind and with their own bytes. Via, Observed and Acquisition are left to
// the caller.
func Read(raw []byte, opt Options) ([]*message.Observation, error) {
	m, err := parse(unFrom(raw), 0)
	if err != nil {
		return nil, err
	}
	r := reader{opt: opt, counsel: newCounsel(opt.Counsel)}
	v := r.judge(m)
	if len(v.originals) == 0 {
		return []*message.Observation{r.privileged(m, raw, v)}, nil
	}
	var out []*message.Observation
	for i, o := range v.originals {
		obs := r.observation(m, o, i)
		if obs.Privileged = o.withheld; i == 0 {
			obs.Native, obs.Privileged = raw, v.privileged
		}
		out = append(out, obs)
	}
	return out, nil
}

// verdict is what a mail says to whom.
type verdict struct {
	originals  []original // readable by everybody; none: all is privileged
	privileged string
}

// original is a mail as its author sent it.
type original struct {
	author   message.Author
	sent     message.Time
	subject  string
	text     string
	links    []string
	files    []message.Attachment
	embeds   []string
	route    []string
	mail     *mail // nil for one that stands in another mail's text
	attached bool
	withheld string // what of it only privileged readers may see; its bytes hold it too
}

func (r reader) observation(m *mail, o original, i int) *message.Observation {
	header := m
	if o.mail != nil {
		header = o.mail
	}
	obs := &message.Observation{
		Kind: message.Posted, Channel: r.thread(header, o.subject), ID: numbered(m.id(), i), Format: Format,
		Author: o.author, Sent: o.sent, Text: o.text, Links: o.links, Attachments: o.files, Embeds: o.embeds, Route: o.route,
	}
	if o.mail != nil {
		obs.Native = o.mail.raw
		if id := o.mail.answers(); id != "" {
			obs.ReplyTo = &message.Ref{ID: id}
		}
	}
	if o.attached {
		obs.Forward = &message.Forward{From: o.author.Shown(), FromID: o.author.ID, Sent: o.sent}
		if id := o.mail.messageID(); id != "" {
			obs.Forward.ID = id
		}
	}
	return obs
}

// privileged is the observation of a mail of which nothing may be read without
// permission: no subject and no name either.
func (r reader) privileged(m *mail, raw []byte, v verdict) *message.Observation {
	return &message.Observation{
		Kind: message.Posted, Channel: r.thread(m, ""), ID: m.id(), Sent: m.date(),
		Privileged: v.privileged, Native: raw, Format: Format,
	}
}

// thread is the channel of a mail: its thread, named by the first mail of it.
func (r reader) thread(m *mail, subject string) message.Channel {
	return message.Channel{Platform: message.Mail, ID: m.root(), Name: subject, Type: "thread", Parent: r.opt.Mailbox}
}

func numbered(id string, i int) string {
	if i == 0 {
		return id
	}
	return id + "#" + itoa(i+1)
}

// hashID names a mail without a usable Message-ID.
func hashID(raw []byte) string {
	h := sha256.Sum256(raw)
	return "sha256:" + hex.EncodeToString(h[:])
}

// unFrom takes away the From_ line (RFC 4155) before a mail.
func unFrom(raw []byte) []byte {
	s := string(raw[:min(len(raw), 6)])
	if strings.HasPrefix(s, "From ") || strings.HasPrefix(s, ">From ") {
		_, raw = cutLine(raw)
	}
	return raw
}
