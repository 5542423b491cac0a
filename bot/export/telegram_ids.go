package export

import (
	"strconv"
	"strings"
)

// idForm is how a file writes ids.
type idForm uint8

const (
	unknownIDs idForm = iota
	taggedIDs         // before 2021: whole numbers, the kind of peer in the bits above 32
	plainIDs          // "user123", "channel123"; chats' ids bare
)

const (
	tagUser    = 1 << 32
	tagChat    = 2 << 32 // groups and channels alike
	tagEnd     = 3 << 32
	botChannel = 1_000_000_000_000 // the Bot API's "-100…" for ids of ten digits
)

// ambiguous tells the ids that may be tagged, or today's plain ones.
func ambiguous(id int64) bool { return id >= tagUser && id < tagEnd }

// broad tells supergroups and channels, whose message ids are the same for
// everybody.
func broad(kind string) bool {
	switch kind {
	case "private_supergroup", "public_supergroup", "private_channel", "public_channel":
		return true
	}
	return false
}

// chatID is a chat's id in the Bot API's form. Files that other tools made may
// hold that form already.
func chatID(kind string, id int64, form idForm) string {
	if id < 0 {
		return strconv.FormatInt(id, 10)
	}
	switch {
	case form == taggedIDs && ambiguous(id):
		id &= tagUser - 1
	case form == unknownIDs && broad(kind) && id >= tagChat && id < tagEnd:
		id -= tagChat // posts of channels name no sender; plain ids are far from reaching this
	}
	switch {
	case broad(kind):
		return strconv.FormatInt(-botChannel-id, 10)
	case kind == "private_group":
		return strconv.FormatInt(-id, 10)
	}
	return strconv.FormatInt(id, 10)
}

// peerID is a sender's id in the Bot API's form.
func (form *idForm) peerID(f *fields, key string, raw []byte) string {
	if isNull(raw) {
		return ""
	}
	if raw[0] != '"' {
		n, ok := integer(raw)
		if !ok {
			f.fail(key, "an id")
			return ""
		}
		if *form == unknownIDs {
			*form = taggedIDs
		}
		switch {
		case n >= tagChat && n < tagEnd:
			return strconv.FormatInt(-botChannel-(n-tagChat), 10)
		case n >= tagUser && n < tagChat && *form == taggedIDs:
			n -= tagUser
		}
		return strconv.FormatInt(n, 10)
	}
	*form = plainIDs
	id := unquote(raw)
	kind := strings.TrimRight(id, "0123456789")
	n, err := strconv.ParseInt(id[len(kind):], 10, 64)
	if err != nil {
		return id
	}
	switch kind {
	case "user":
		return id[len(kind):]
	case "chat":
		return strconv.FormatInt(-n, 10)
	case "channel":
		return strconv.FormatInt(-botChannel-n, 10)
	}
	return id
}
