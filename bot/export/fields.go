package export

import (
	"errors"
	"fmt"
	"time"

	"stakeout/message"
)

// fields reads the parts of a record that must be right, and keeps the first
// complaint. Complaints name the key, never the content.
type fields struct {
	zone *time.Location
	err  error
}

func (f *fields) fail(key, want string) {
	if f.err == nil {
		f.err = fmt.Errorf("%s is not %s", key, want)
	}
}

// text is a string; "" for null.
func (f *fields) text(key string, raw []byte) string {
	if isNull(raw) {
		return ""
	}
	if raw[0] != '"' {
		f.fail(key, "a string")
		return ""
	}
	return unquote(raw)
}

// id is a string or a whole number; "" for null.
func (f *fields) id(key string, raw []byte) string {
	if isNull(raw) {
		return ""
	}
	if raw[0] == '"' {
		return unquote(raw)
	}
	if !whole(raw) {
		f.fail(key, "an id")
		return ""
	}
	return string(raw)
}

func whole(raw []byte) bool {
	for i, c := range raw {
		if (c < '0' || c > '9') && (c != '-' || i > 0 || len(raw) == 1) {
			return false
		}
	}
	return len(raw) > 0
}

// time is an RFC 3339 time, with or without zone; none for null.
func (f *fields) time(key string, raw []byte) message.Time {
	if isNull(raw) {
		return message.Time{}
	}
	t, err := message.ParseTime(str(raw), f.zone)
	if err != nil {
		f.fail(key, "a time")
	}
	return t
}

// lastSecond is the end of the year 9999, beyond which RFC 3339 ends.
const lastSecond = 253402300799

// unix is a Unix stamp in seconds, as a number or a string; none for null.
func (f *fields) unix(key string, raw []byte) message.Time {
	if isNull(raw) {
		return message.Time{}
	}
	n, ok := integer(raw)
	if !ok || n < 0 || n > lastSecond {
		f.fail(key, "a Unix time")
		return message.Time{}
	}
	return message.Seconds(n)
}

// count is a number of things, 0 when it is none.
func count(raw []byte) int {
	n, ok := integer(raw)
	if !ok || n < 0 || n > 1<<31-1 {
		return 0
	}
	return int(n)
}

// size is a number of bytes, 0 when it is none.
func size(raw []byte) int64 {
	n, ok := integer(raw)
	if !ok || n < 0 {
		return 0
	}
	return n
}

const maxIdentifier = 64 // the platforms' longest are half as long

// identifier tells a platform's word for something from free text, which must
// not stand where no mask is looked for.
func identifier(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= maxIdentifier
}

// word is an exporter's word for a kind of thing, "unknown" for anything that
// is no such word; the native bytes keep it.
func word(s string) string {
	if s == "" || identifier(s) {
		return s
	}
	return "unknown"
}

var errNotObject = errors.New("the record is not an object")
