package discord

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"

	"stakeout/message"
)

var errPartial = errors.New("an update without the message's content, of a message that is not in the ledger")

// complete fills a partial update with what is known of the message: an update
// names only what changed, an unfurled link for one. before is the message as
// it last stood, nil for unknown.
func (w *wireMessage) complete(o, before *message.Observation) error {
	if len(w.Content) > 0 && len(w.Author) > 0 {
		return nil
	}
	if before == nil {
		return errPartial
	}
	if len(w.Content) == 0 {
		o.Text = before.Text
		o.Event, o.ReplyTo, o.Forward = before.Event, before.ReplyTo, before.Forward
	}
	if len(w.Author) == 0 {
		o.Author = before.Author
	}
	if len(w.Timestamp) == 0 {
		o.Sent = before.Sent
	}
	if len(w.Edited) == 0 {
		o.Kind, o.Edited = before.Kind, before.Edited
	}
	if w.Attachments == nil && w.Stickers == nil {
		o.Attachments = before.Attachments
	}
	if w.Embeds == nil && w.Components == nil && w.Poll == nil {
		o.Embeds, o.Links = before.Embeds, before.Links
	}
	if w.Reactions == nil {
		o.Reactions = before.Reactions
	}
	return nil
}

// revise compares a message as it stands now with the versions known of it,
// and reports whether it is news. A message without an edit time that says
// something else than before was changed by no person's edit (a bot's answer
// that had been announced): it becomes an edit without a time. Where only timed
// edits are known it is what was posted, told late: Discord takes no edit time
// back. Where nothing changed but the name of somebody mentioned, the text stays
// as it was shown first.
func revise(o *message.Observation, versions []*message.Observation) bool {
	if o.Edited.IsZero() {
		known := false
		for _, v := range versions {
			if v.Kind == message.Deleted {
				continue
			}
			if saysSame(o, v) {
				o.Kind, o.Edited, o.Text = v.Kind, v.Edited, v.Text
				return false
			}
			known = known || ours(v) && v.Edited.IsZero()
		}
		if known {
			o.Kind = message.Edited
		}
		return true
	}
	for _, v := range versions {
		if v.Kind == message.Edited && v.Edited.UTC.UnixMicro() == o.Edited.UTC.UnixMicro() && saysSame(o, v) {
			o.Text = v.Text
			return false
		}
	}
	return true
}

// last is the version that a reader of the channel saw last, nil for none.
func last(versions []*message.Observation) *message.Observation {
	var best *message.Observation
	for _, v := range versions {
		if v.Kind != message.Deleted && (best == nil || v.Kind == message.Edited && !v.Edited.UTC.Before(best.Edited.UTC)) {
			best = v
		}
	}
	return best
}

// ours reports that a version came from Discord itself, so that its native
// bytes tell what was written.
func ours(v *message.Observation) bool { return v.Format == formatGateway || v.Format == formatREST }

// saysSame reports that two records of a message have the same content and
// files, whatever names they show.
func saysSame(a, b *message.Observation) bool {
	if !slices.EqualFunc(a.Attachments, b.Attachments, func(x, y message.Attachment) bool { return x.Name == y.Name && x.Size == y.Size }) {
		return false
	}
	if a.Text == b.Text {
		return true
	}
	if !ours(a) || !ours(b) {
		return false
	}
	x, xok := written(a.Native)
	y, yok := written(b.Native)
	return xok && yok && x == y
}

// written is the content as its author wrote it, that of a forwarded message
// included.
func written(native []byte) (string, bool) {
	var w struct {
		Content   *string        `json:"content"`
		Snapshots []wireSnapshot `json:"message_snapshots"`
	}
	if lenient(native, &w) != nil || w.Content == nil {
		return "", false
	}
	all := *w.Content
	for _, s := range w.Snapshots {
		var said string
		if json.Unmarshal(s.Message.Content, &said) == nil {
			all += "\x00" + said
		}
	}
	return all, true
}

// refers reports that a text may show somebody's name.
func refers(content []byte) bool {
	return bytes.IndexByte(content, '<') >= 0 || bytes.Contains(content, []byte(`\u003c`))
}
