package ledger

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"stakeout/message"
)

// Type is what an entry is. The numbers are part of the file's format.
type Type uint8

const (
	Observation Type = 1 // a message was posted, edited or deleted
	Sighting    Type = 2 // an observation seen once more
	Acquired    Type = 3 // an acquisition began or ended
	Covered     Type = 4 // what was watched of a channel changed
)

func (t Type) String() string {
	switch t {
	case Observation:
		return "observation"
	case Sighting:
		return "sighting"
	case Acquired:
		return "acquisition"
	case Covered:
		return "coverage"
	}
	return fmt.Sprintf("unknown(%d)", uint8(t))
}

// Entry is one entry as readers get it. Entries near the ledger's end are
// shared between readers: treat what they point to as read-only.
type Entry struct {
	Seq    int64
	Type   Type
	Stored time.Time
	// Acquisition is the number of the entry that opened the acquisition this
	// one came by.
	Acquisition int64
	// Obs is what was observed, with Native, Format and Acquisition filled in.
	// For a sighting it is there when the native bytes differed from those of
	// the observation seen before. Nil when the payload was purged.
	Obs *message.Observation
	// Damaged: the payload is there, but cannot be read; Obs, Acq and Cov are nil.
	// Verify says more.
	Damaged bool
	// First: no earlier observation of this message stands in the ledger.
	First bool
	// Differs: other text under an identity already known; it may be a forgery.
	Differs bool
	// Of is, for a sighting, the observation seen again; for the end of an
	// acquisition, the entry that opened it; for the end of a watch, the one that
	// began it.
	Of int64
	// Acq is what an acquisition entry says.
	Acq *Acquisition
	// Cov is what a coverage entry says.
	Cov *Coverage
}

const (
	flagFirst   = 1
	flagDiffers = 2
	flagAbsent  = 4 // a deletion that nobody told of: absent from a complete scan
)

type channelKey struct{ platform, id, account string }

func keyOf(c message.Channel) channelKey { return channelKey{c.Platform, c.ID, c.Account} }

// header is an entry's row in ledger_entry.
type header struct {
	seq                    int64
	typ                    Type
	stored, acquisition    int64
	of                     *int64
	channel                *int64
	key                    channelKey // of channel
	message                any        // int64 or string
	kind, via              *int64
	sent, edited, observed *int64
	flags                  int64
	native, content        []byte // salted SHA-256
}

// leaf is the canonical encoding of a header, version 1: one JSON object, keys
// in this order, absent values left out, times as microseconds since 1970 UTC,
// hashes in hex. RFC 6962 hashes it with its own prefix byte.
func (h *header) leaf(b []byte) []byte {
	b = append(b, `{"v":1,"seq":`...)
	b = strconv.AppendInt(b, h.seq, 10)
	b = append(b, `,"type":"`...)
	b = append(b, h.typ.String()...)
	b = append(b, '"')
	number := func(key string, n *int64) {
		if n != nil {
			b = append(b, `,"`...)
			b = append(b, key...)
			b = append(b, `":`...)
			b = strconv.AppendInt(b, *n, 10)
		}
	}
	text := func(key, s string) {
		b = append(b, `,"`...)
		b = append(b, key...)
		b = append(b, `":`...)
		b = appendString(b, s)
	}
	number("stored", &h.stored)
	number("acquisition", &h.acquisition)
	number("of", h.of)
	if h.channel != nil {
		text("platform", h.key.platform)
		text("channel", h.key.id)
		text("account", h.key.account)
	}
	switch m := h.message.(type) {
	case int64:
		text("message", strconv.FormatInt(m, 10))
	case string:
		text("message", m)
	}
	number("kind", h.kind)
	number("via", h.via)
	number("sent", h.sent)
	number("edited", h.edited)
	number("observed", h.observed)
	number("flags", &h.flags)
	if h.native != nil {
		text("native", hex.EncodeToString(h.native))
	}
	if h.content != nil {
		text("content", hex.EncodeToString(h.content))
	}
	return append(b, '}')
}

// appendString appends s as a JSON string; plain ASCII, which ids are, goes
// the short way.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			j, _ := json.Marshal(s) // a string always marshals
			return append(b, j...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// messageID is the id as stored: an integer where that loses nothing.
func messageID(id string) any {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && strconv.FormatInt(n, 10) == id {
		return n
	}
	return id
}

func ptr[T any](v T) *T { return &v }
