package indexer

import (
	"strconv"
	"strings"
	"time"

	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"

	"stakeout/ledger"
	"stakeout/message"
	"stakeout/text"
)

// Fields of the index. One document is one version of a message; its id is the
// ledger's sequence number.
const (
	fieldText     = "text"     // words of the text, previews, links and file names
	fieldAuthor   = "author"   // id, handle and display name, each whole
	fieldChannel  = "channel"  // id and name, each whole
	fieldPlatform = "platform" // whole
	fieldFlag     = "flag"     // what is known of the version, see below
	fieldDay      = "day"      // of the time sent, UTC: what ranges are counted in
	fieldSent     = "sent"     // time sent in microseconds: the order of results
)

// Values of fieldFlag.
const (
	flagLink       = "link"
	flagFile       = "file"
	flagEdited     = "edited"     // this version is an edit
	flagSuperseded = "superseded" // a later edit is known
	flagDeleted    = "deleted"    // the message is known to be deleted, or this is the deletion
	flagAbsent     = "absent"     // deleted, and no deletion says more than that it was missing from a scan
	flagPrivileged = "privileged" // a part of it, of which nothing else is here
)

// docID is the document of an entry: fixed width, so that ids sort as numbers.
func docID(seq int64) string {
	s := strconv.FormatInt(seq, 16)
	return "0000000000"[:max(0, 10-len(s))] + s
}

func parseDocID(id string) (int64, error) { return strconv.ParseInt(id, 16, 64) }

// sentTime is the time a version stands at in results: when its message was
// sent, or, where the source gave no time, when it was observed.
func sentTime(o *message.Observation) time.Time {
	if o.Sent.IsZero() {
		return o.Observed
	}
	return o.Sent.UTC
}

// epoch is before every time that a message can have.
var epoch = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)

// timeKey writes a time so that keys sort as times do. Seven bits a byte: the
// byte 0xff parts values in Bleve's columns and must not stand in one.
func timeKey(t time.Time) string {
	n := max(0, t.UnixMicro()-epoch.UnixMicro())
	var b [9]byte
	for i := range b {
		b[i] = byte(n>>(7*(len(b)-1-i))) & 0x7f
	}
	return string(b[:])
}

func dayKey(t time.Time) string {
	n := max(0, (t.Unix()-epoch.Unix())/(24*3600))
	s := strconv.FormatInt(n, 16)
	return "000000"[:max(0, 6-len(s))] + s
}

// state is what later versions say of one.
type state struct{ superseded, deleted, absent bool }

// texts gives everything of a version that words are searched in, and so
// nothing that is privileged. The message text comes first; the others are only
// looked at, never highlighted.
func texts(o *message.Observation) []string {
	out := make([]string, 1, 1+len(o.Embeds)+len(o.Links)+len(o.Attachments))
	out[0] = o.Text
	out = append(out, o.Embeds...)
	out = append(out, o.Links...)
	for _, a := range o.Attachments {
		out = append(out, a.Name)
	}
	return out
}

func flags(o *message.Observation, s state) []string {
	var out []string
	if len(o.Links) > 0 || linked(o.Text) {
		out = append(out, flagLink)
	}
	if len(o.Attachments) > 0 {
		out = append(out, flagFile)
	}
	if o.Kind == message.Edited {
		out = append(out, flagEdited)
	}
	if s.superseded {
		out = append(out, flagSuperseded)
	}
	if s.deleted {
		out = append(out, flagDeleted)
	}
	if s.absent {
		out = append(out, flagAbsent)
	}
	if o.Privileged != "" {
		out = append(out, flagPrivileged)
	}
	return out
}

// linked tells texts with a link in them, also of the kinds that people write
// without a scheme.
func linked(s string) bool {
	for _, sign := range []string{"://", "www.", "t.me/", "discord.gg/", ".onion"} {
		if strings.Contains(s, sign) {
			return true
		}
	}
	return false
}

// whole folds names for comparing as wholes.
func whole(values ...string) []string {
	out := values[:0]
	for _, v := range values {
		if v = clip(strings.Join(strings.Fields(text.Fold(v).Text), " ")); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// newDocument makes the document of one version. It goes round Bleve's
// mapping, which walks values by reflection, and gives the very same fields;
// NewMapping and Document are the way through it. The
// field of the text is given too, to be asked whether it is broken.
func newDocument(e ledger.Entry, s state) (*document.Document, *field) {
	o := e.Obs
	d := document.NewDocument(docID(e.Seq))
	sent := sentTime(o)
	body := &field{name: fieldText, texts: texts(o), seq: e.Seq}
	d.Fields = append(make([]document.Field, 0, 8),
		body,
		&field{name: fieldAuthor, terms: whole(o.Author.ID, o.Author.Handle, o.Author.Name)},
		&field{name: fieldChannel, terms: whole(o.Channel.ID, o.Channel.Name)},
		&field{name: fieldPlatform, terms: whole(o.Channel.Platform)},
		&field{name: fieldFlag, terms: flags(o, s)},
		&field{name: fieldDay, terms: []string{dayKey(sent)}},
		&field{name: fieldSent, terms: []string{timeKey(sent)}, column: true},
	)
	return d, body
}

// field is one field of a document in the form that the index wants: terms
// without frequencies or places. Exactly one of texts and terms is used.
type field struct {
	name   string
	texts  []string
	terms  []string
	column bool // keep the value in a column too, to sort by

	found  index.TokenFrequencies
	bytes  int
	seq    int64
	broken bool // a text could not be taken apart
}

func (f *field) Name() string                                     { return f.name }
func (f *field) ArrayPositions() []uint64                         { return nil }
func (f *field) EncodedFieldType() byte                           { return 't' }
func (f *field) Value() []byte                                    { return nil }
func (f *field) NumPlainTextBytes() uint64                        { return uint64(f.bytes) }
func (f *field) AnalyzedLength() int                              { return len(f.found) }
func (f *field) AnalyzedTokenFrequencies() index.TokenFrequencies { return f.found }

// Size is an estimate that only feeds Bleve's statistics.
func (f *field) Size() int { return 96 + 64*len(f.found) }

func (f *field) Options() index.FieldIndexingOptions {
	if f.column {
		return index.IndexField | index.SkipFreqNorm | index.DocValues
	}
	return index.IndexField | index.SkipFreqNorm
}

// Analyze runs on one of Bleve's analysis workers, once. A panic there would
// end the program, and the text is hostile.
func (f *field) Analyze() {
	defer func() {
		if recover() != nil {
			f.broken = true
		}
	}()
	f.found = make(index.TokenFrequencies, len(f.terms)+8*len(f.texts))
	for _, t := range f.terms {
		f.add(t)
	}
	var ws []word
	for _, t := range f.texts {
		folded := text.Fold(t)
		ws = words(folded, ws[:0])
		terms(folded, ws, f.add)
		f.bytes += len(t)
	}
}

func (f *field) add(term string) {
	if _, ok := f.found[term]; ok {
		return
	}
	freq := &index.TokenFreq{Term: []byte(term)}
	freq.SetFrequency(1)
	f.found[term] = freq
}
