package export

import (
	"bytes"
	"errors"
	"fmt"

	"stakeout/message"
)

// linesKeys are the keys of docs/jsonl.md. Those of labelled sets that say
// nothing of the message are accepted and left to the native bytes.
var linesKeys = map[string]bool{
	"kind": true, "platform": true, "server": true, "channel": true, "account": true, "parent": true, "id": true,
	"author": true, "sent": true, "time": true, "edited": true, "reply_to": true, "forward": true, "event": true,
	"text": true, "links": true, "attachments": true, "embeds": true, "reactions": true,
	"conversation": true, "labels": true, "incident": true, "hard_negative": true,
}

// lines reads JSON Lines: an object a line, blank lines allowed.
func (r *reader) lines(s *scanner) error {
	r.seen(FormatLines)
	for {
		at := s.offset()
		raw, ended, err := s.line(maxRecord)
		if err != nil && !errors.Is(err, ErrTooLarge) {
			return err
		}
		if i := blank(raw, 0); err == nil && i < len(raw) {
			at += int64(i)
			if err := r.oneLine(s, bytes.Clone(bytes.TrimSpace(raw)), at, ended); err != nil {
				return err
			}
		} else if err != nil {
			if err := r.bad(ErrTooLarge, bytes.Clone(raw), s.place(at)); err != nil {
				return err
			}
		}
		if !ended {
			return r.broke(s, s.closing())
		}
	}
}

func (r *reader) oneLine(s *scanner, raw []byte, at int64, ended bool) error {
	o, err := observe(raw, r.line)
	if err == nil {
		return r.good(o, raw, FormatLines, s.place(at))
	}
	if !ended && end(raw) == len(raw) && raw[len(raw)-1] != '}' {
		r.cut = true
		err = fmt.Errorf("%w: %w", ErrTruncated, err)
	}
	return r.bad(err, raw[:min(len(raw), maxKept)], s.place(at))
}

func (r *reader) line(raw []byte) (*message.Observation, error) {
	l := &lineReader{fields: fields{zone: r.opt.Zone}, o: &message.Observation{Kind: message.Posted}}
	l.object("", raw, l.top)
	o := l.o
	if !l.kinded && !o.Edited.IsZero() {
		o.Kind = message.Edited
	}
	switch {
	case l.err != nil:
	case o.Channel.Platform == "":
		l.fail("platform", "there")
	case o.Channel.ID == "":
		l.fail("channel", "there")
	case o.ID == "":
		l.fail("id", "there")
	}
	return o, l.err
}

// lineReader reads one line strictly: whoever writes the format by hand or by
// program should hear of a slip rather than lose a key to it.
type lineReader struct {
	fields
	o      *message.Observation
	kinded bool
}

// object walks an object's members; a key that read does not know, or one that
// comes twice, is an error.
func (l *lineReader) object(name string, raw []byte, read func(key string, v []byte) bool) {
	if isNull(raw) {
		return
	}
	if raw[0] != '{' {
		l.fail(name, "an object")
		return
	}
	seen := make([]string, 0, 16)
	for key, v := range members(raw) {
		k := string(key)
		for _, s := range seen {
			if s == k {
				l.fail(dotted(name, plainKey(k)), "allowed twice")
			}
		}
		if l.err != nil {
			return
		}
		seen = append(seen, k)
		if !read(k, v) {
			l.fail(dotted(name, plainKey(k)), "a known key")
		}
	}
}

// plainKey is a key as it may stand in an error: a slip of spelling is shown,
// anything that could be somebody's text is not.
func plainKey(key string) string {
	for _, c := range key {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return "(a key)"
		}
	}
	if len(key) > 24 {
		return "(a key)"
	}
	return key
}

func dotted(name, key string) string {
	if name == "" {
		return key
	}
	return name + "." + key
}

func (l *lineReader) list(name string, raw []byte, read func(v []byte)) {
	if isNull(raw) {
		return
	}
	if raw[0] != '[' {
		l.fail(name, "a list")
		return
	}
	for v := range elements(raw) {
		read(v)
	}
}

func (l *lineReader) top(key string, v []byte) bool {
	o := l.o
	switch key {
	case "kind":
		l.kinded = true
		if err := o.Kind.UnmarshalText([]byte(l.text(key, v))); err != nil {
			l.fail(key, "posted, edited or deleted")
		}
	case "platform":
		o.Channel.Platform = l.text(key, v)
		if !platformName(o.Channel.Platform) {
			l.fail(key, "a lower-case name")
		}
	case "id":
		o.ID = l.id(key, v)
	case "channel":
		l.channel(v)
	case "server":
		l.object(key, v, l.server)
	case "account":
		o.Channel.Account = l.id(key, v)
	case "parent":
		o.Channel.Parent = l.parent(v)
	case "author":
		l.author(v)
	case "sent", "time":
		o.Sent = l.moment(key, v)
	case "edited":
		o.Edited = l.moment(key, v)
	case "reply_to":
		l.reply(v)
	case "forward":
		if !isNull(v) {
			o.Forward = &message.Forward{}
			l.object(key, v, l.forward)
		}
	case "event":
		o.Event = l.word(key, v)
	case "text":
		o.Text = l.text(key, v)
	case "links":
		l.list(key, v, func(v []byte) { o.Links = append(o.Links, l.text(key, v)) })
	case "embeds":
		l.list(key, v, func(v []byte) { o.Embeds = append(o.Embeds, l.text(key, v)) })
	case "attachments":
		l.list(key, v, l.attachment)
	case "reactions":
		l.list(key, v, l.reaction)
	default:
		return linesKeys[key]
	}
	return true
}

// platformName allows what can stand unquoted in a query and a file name.
func platformName(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 32
}
