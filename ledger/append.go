package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"stakeout/message"
	"stakeout/store"
)

// Outcome tells what became of an observation.
type Outcome struct {
	Seq      int64 // of the new entry
	Sighting bool  // it was known already
	Differs  bool  // other text than known under the same identity
}

// ErrIncomplete refuses an observation that could never be found again.
var ErrIncomplete = errors.New("append: an observation needs acquisition, platform, channel, message id, kind and via")

// Append adds an observation, or a sighting when it is known already. Its
// identity is platform, channel (and account), message id, kind and edit time:
//
//   - the same identity with the same text and files is a sighting;
//   - the same identity with others is a further version that Differs;
//   - a deletion is a sighting when one is known already, but for the first that
//     the platform tells of after the message was found absent;
//   - an edit without an edit time is compared with the message as it now
//     stands: unchanged text and attachments are a sighting, anything else is
//     an observation, also when it goes back to an earlier text.
//
// The observation must name its acquisition. Append keeps o: do not change it
// afterwards.
func (l *Ledger) Append(tx *store.Tx, o *message.Observation) (Outcome, error) {
	if o.Acquisition == 0 || o.ID == "" || o.Channel.ID == "" || o.Channel.Platform == "" || o.Kind == 0 || o.Via == 0 {
		return Outcome{}, ErrIncomplete
	}
	o.Observed = o.Observed.UTC().Truncate(time.Microsecond) // as the header has it
	channel, err := l.channelID(tx, keyOf(o.Channel))
	if err != nil {
		return Outcome{}, fmt.Errorf("append: %w", err)
	}
	h := header{
		typ: Observation, acquisition: o.Acquisition,
		channel: &channel, key: keyOf(o.Channel), message: messageID(o.ID),
		kind: ptr(int64(o.Kind)), via: ptr(int64(o.Via)), observed: ptr(micros(o.Observed)),
	}
	if !o.Sent.IsZero() {
		h.sent = ptr(micros(o.Sent.UTC))
	}
	if !o.Edited.IsZero() {
		h.edited = ptr(micros(editTime(o.Edited)))
	}
	absent := o.Kind == message.Deleted && o.Grade == message.Absent
	same := sameness(o)
	known, err := l.known(tx, channel, h.message)
	if err != nil {
		return Outcome{}, fmt.Errorf("append: %w", err)
	}
	if len(known) == 0 {
		h.flags = flagFirst
	}
	if absent {
		h.flags |= flagAbsent
	}
	verdict, err := judge(known, &h, func(v *version) (bool, error) { return l.alike(tx, v, o, same) })
	if err != nil {
		return Outcome{}, fmt.Errorf("append: %w", err)
	}
	if verdict.differs {
		h.flags |= flagDiffers
	}
	if of := verdict.sighting; of != nil {
		h.typ, h.of, h.flags = Sighting, &of.seq, 0
		if of.same == nil || bytes.Equal(of.same[16:], same[16:]) {
			// The very same bytes again, or bytes whose first copy was purged:
			// there is nothing to keep.
			return Outcome{Seq: l.next, Sighting: true}, l.add(tx, &h, nil, nil)
		}
	}
	content, err := json.Marshal(o)
	if err != nil {
		return Outcome{}, fmt.Errorf("append: %w", err)
	}
	p := newPayload(o.Format, o.Native, content, same)
	out := Outcome{Seq: l.next, Sighting: h.typ == Sighting, Differs: verdict.differs}
	return out, l.add(tx, &h, &p, o)
}

// version is what identity needs to know of an observation already stored.
type version struct {
	seq              int64
	kind             message.Kind
	edited, observed int64
	timed, differs   bool
	absent           bool   // a deletion that nobody told of
	same             []byte // nil when purged
}

func (l *Ledger) known(tx *store.Tx, channel int64, id any) ([]version, error) {
	rows, err := tx.Query(`SELECT e.seq, e.kind, coalesce(e.edited, 0), e.edited IS NOT NULL, e.observed, e.flags, p.same
		FROM ledger_entry e LEFT JOIN ledger_payload p USING(seq)
		WHERE e.type = 1 AND e.channel = ? AND e.message = ? ORDER BY e.seq`, channel, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var vs []version
	for rows.Next() {
		var v version
		var flags int64
		if err := rows.Scan(&v.seq, &v.kind, &v.edited, &v.timed, &v.observed, &flags, &v.same); err != nil {
			return nil, err
		}
		v.differs, v.absent = flags&flagDiffers != 0, flags&flagAbsent != 0
		vs = append(vs, v)
	}
	return vs, rows.Err()
}

type verdict struct {
	sighting *version
	differs  bool
}

// judge compares a new observation with those known of the same message; alike
// tells whether one of them says the same.
func judge(known []version, h *header, alike func(*version) (bool, error)) (v verdict, err error) {
	kind := message.Kind(*h.kind)
	if kind == message.Edited && h.edited == nil {
		if now := current(known); now != nil {
			if same, err := alike(now); err != nil || same {
				return verdict{sighting: now}, err
			}
		}
		return verdict{}, nil
	}
	for i := range known {
		k := &known[i]
		if k.kind != kind || k.timed != (h.edited != nil) || h.edited != nil && k.edited != *h.edited {
			continue
		}
		if kind == message.Deleted {
			if k.absent && h.flags&flagAbsent == 0 {
				continue // now somebody tells of what was only not there
			}
			return verdict{sighting: k}, nil
		}
		if same, err := alike(k); err != nil || same {
			return verdict{sighting: k}, err
		}
		v.differs = true
	}
	return v, nil
}

// alike reports whether a stored version says what o says. Of one whose
// payload was purged nobody can tell any more; it must not come back.
func (l *Ledger) alike(tx *store.Tx, v *version, o *message.Observation, same []byte) (bool, error) {
	if v.same == nil || bytes.Equal(v.same[:16], same[:16]) {
		return true, nil
	}
	var r row
	found, err := tx.Row(`SELECT salt, same, dict, body, crc FROM ledger_payload WHERE seq = ?`, []any{v.seq}, &r.salt, &r.same, &r.dict, &r.body, &r.crc)
	if err != nil || !found {
		return false, err
	}
	p, err := l.decode.unpack(&r)
	if err != nil {
		return false, fmt.Errorf("entry %d: %w; run `stakeout verify`", v.seq, err)
	}
	old, err := p.observation(0)
	if err != nil {
		return false, fmt.Errorf("entry %d: %w; run `stakeout verify`", v.seq, err)
	}
	return sameContent(old, o), nil
}

// editTime is the edit time as identity has it: one without a zone counts as
// written, whatever zone it was read in, so that reading a file again with
// another zone makes no second edit of it.
func editTime(t message.Time) time.Time {
	if t.Written != "" {
		if w, err := message.ParseTime(t.Written, nil); err == nil {
			return w.UTC
		}
	}
	return t.UTC
}

// current is the version that a reader of the channel would have seen last:
// the newest edit, else what was posted. Versions that differ do not count.
func current(known []version) *version {
	var best *version
	for i := range known {
		k := &known[i]
		if k.kind == message.Deleted || k.differs {
			continue
		}
		if best == nil || k.order() >= best.order() {
			best = k
		}
	}
	return best
}

// order is when a version came to be, as far as is known; posted is first.
func (v *version) order() int64 {
	switch {
	case v.kind == message.Posted:
		return 0
	case v.timed:
		return v.edited
	}
	return v.observed
}

// pendingEntry is an entry of the group that is being written.
type pendingEntry struct {
	entry Entry
	leaf  []byte
}

// add gives the header its number and time and writes it with its payload, if
// there is one.
func (l *Ledger) add(tx *store.Tx, h *header, p *payload, o *message.Observation) error {
	h.seq, h.stored = l.next, micros(l.now())
	if p != nil {
		h.native, h.content = p.nativeHash(), p.contentHash()
	}
	if _, err := tx.Exec(`INSERT INTO ledger_entry(seq,type,stored,acquisition,of,channel,message,kind,via,sent,edited,observed,flags,native_hash,content_hash)
		VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		h.seq, int64(h.typ), h.stored, h.acquisition, deref(h.of), deref(h.channel), h.message, deref(h.kind), deref(h.via),
		deref(h.sent), deref(h.edited), deref(h.observed), h.flags, h.native, h.content); err != nil {
		return fmt.Errorf("append entry %d: %w", h.seq, err)
	}
	if p != nil {
		r := l.codec.pack(p)
		if _, err := tx.Exec(`INSERT INTO ledger_payload(seq,salt,same,dict,body,crc) VALUES(?,?,?,?,?,?)`,
			h.seq, r.salt, r.same, r.dict, r.body, r.crc); err != nil {
			return fmt.Errorf("append entry %d: %w", h.seq, err)
		}
	}
	e := h.entry()
	e.Obs = o
	mark, seq := len(l.pending), l.next
	tx.OnRollback(func() { l.pending, l.next = l.pending[:mark], seq })
	l.pending = append(l.pending, pendingEntry{e, h.leaf(nil)})
	l.next++
	return nil
}

func (h *header) entry() Entry {
	e := Entry{Seq: h.seq, Type: h.typ, Stored: fromMicros(h.stored), Acquisition: h.acquisition,
		First: h.flags&flagFirst != 0, Differs: h.flags&flagDiffers != 0}
	if h.of != nil {
		e.Of = *h.of
	}
	return e
}

// deref is a pointer's value for a statement, or NULL.
func deref(p *int64) any {
	if p == nil {
		return nil
	}
	return *p
}

// channelID finds or makes the row of a channel.
func (l *Ledger) channelID(tx *store.Tx, k channelKey) (int64, error) {
	if id, ok := l.ids[k]; ok {
		return id, nil
	}
	var id int64
	found, err := tx.Row(`SELECT id FROM ledger_channel WHERE platform = ? AND channel = ? AND account = ?`, []any{k.platform, k.id, k.account}, &id)
	if err != nil {
		return 0, err
	}
	if !found {
		res, err := tx.Exec(`INSERT INTO ledger_channel(platform, channel, account) VALUES(?,?,?)`, k.platform, k.id, k.account)
		if err != nil {
			return 0, err
		}
		if id, err = res.LastInsertId(); err != nil {
			return 0, err
		}
		tx.OnRollback(func() { delete(l.ids, k) })
	}
	l.ids[k] = id
	return id, nil
}
