package discord

import (
	"strconv"
	"time"
)

// epoch is the first millisecond of Discord's ids, 2015-01-01 UTC.
//
// Source: Discord API reference, "Snowflakes".
const epoch = 1420070400000

// number is an id as a number, 0 for what is none.
func number(id string) uint64 {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func isID(s string) bool { return number(s) > 0 }

func decimal(id uint64) string { return strconv.FormatUint(id, 10) }

// timeOf is the time in an id, in milliseconds.
func timeOf(id uint64) time.Time { return time.UnixMilli(int64(id>>22) + epoch).UTC() }

// firstAt is the lowest id of a time's millisecond, 0 before Discord's epoch.
func firstAt(t time.Time) uint64 {
	ms := t.UnixMilli() - epoch
	if ms <= 0 {
		return 0
	}
	return uint64(ms) << 22
}
