package discord

import (
	"hash/maphash"
	"time"
)

// event is one dispatch of the gateway; without a name it is a sign of life
// alone.
type event struct {
	name string
	raw  []byte // the field d
	at   time.Time
	// settled: the session is not being replayed.
	settled bool
}

// heard are the events that matter here.
//
// Source: Discord API reference, "Gateway Events"; which of them come is
// decided by the intents GUILDS, GUILD_MESSAGES and MESSAGE_CONTENT.
var heard = map[string]bool{
	"READY": true, "RESUMED": true,
	"MESSAGE_CREATE": true, "MESSAGE_UPDATE": true, "MESSAGE_DELETE": true, "MESSAGE_DELETE_BULK": true,
	"GUILD_CREATE": true, "GUILD_UPDATE": true, "GUILD_DELETE": true,
	"GUILD_ROLE_CREATE": true, "GUILD_ROLE_UPDATE": true, "GUILD_ROLE_DELETE": true, "GUILD_MEMBER_UPDATE": true,
	"CHANNEL_CREATE": true, "CHANNEL_UPDATE": true, "CHANNEL_DELETE": true,
	"THREAD_CREATE": true, "THREAD_UPDATE": true, "THREAD_DELETE": true, "THREAD_LIST_SYNC": true,
}

// repeats remembers the last events by their hash, so that one that the gateway
// repeats need not be written again. What it no longer remembers the ledger
// knows.
type repeats struct {
	seed maphash.Seed
	ring [4096]uint64
	at   int
	in   map[uint64]struct{}
}

func newRepeats() repeats { return repeats{seed: maphash.MakeSeed(), in: map[uint64]struct{}{}} }

func (r *repeats) sum(e event) uint64 {
	var h maphash.Hash
	h.SetSeed(r.seed)
	_, _ = h.WriteString(e.name)
	_, _ = h.Write(e.raw)
	return h.Sum64()
}

// known reports that the very same event was seen lately, and remembers it.
func (r *repeats) known(e event) bool {
	n := r.sum(e)
	if _, ok := r.in[n]; ok {
		return true
	}
	delete(r.in, r.ring[r.at])
	r.ring[r.at] = n
	r.at = (r.at + 1) % len(r.ring)
	r.in[n] = struct{}{}
	return false
}
