package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// Report is what Verify found. Every problem names a sequence number where one
// can be named.
type Report struct {
	Size     int64     `json:"entries"`
	Root     tlog.Hash `json:"root"`
	Signed   string    `json:"checkpoint"`
	Problems []Problem `json:"problems"`
	More     int64     `json:"more_problems,omitempty"` // beyond those listed
}

// Problem is one thing that does not hold. Seq is 0 where no single entry is
// at fault.
type Problem struct {
	Seq  int64  `json:"seq,omitempty"`
	What string `json:"what"`
}

const maxProblems = 100

// Problem adds a problem to the report.
func (r *Report) Problem(seq int64, format string, args ...any) {
	if len(r.Problems) == maxProblems {
		r.More++
		return
	}
	r.Problems = append(r.Problems, Problem{seq, fmt.Sprintf(format, args...)})
}

// verification is one run of Verify.
type verification struct {
	*Ledger
	Report
	ctx  context.Context
	keys map[int64]channelKey
	tree tree
	seq  int64 // the last entry that was looked at
}

// Verify reads everything up to the signed head: it recomputes every leaf from
// its header, every salted hash from its payload, every tile and the root from
// the leaves, and checks the signature and the file's own structure. An error
// means that it could not be done; what does not hold is in the report.
// progress may be nil.
func (l *Ledger) Verify(ctx context.Context, progress func(done, total int64)) (Report, error) {
	v := &verification{Ledger: l, ctx: ctx}
	if err := v.run(progress); err != nil {
		if ctx.Err() != nil {
			return v.Report, context.Cause(ctx)
		}
		// Whatever else cannot be read is damage.
		v.Problem(0, "%v", err)
	}
	v.file()
	return v.Report, nil
}

func (v *verification) run(progress func(done, total int64)) (err error) {
	// The last number is read before the head: a commit in between adds to both.
	var least, last int64
	rangeErr := v.db.Read().QueryRowContext(v.ctx, `SELECT coalesce(min(seq), 1), coalesce(max(seq), 0) FROM ledger_entry`).Scan(&least, &last)
	head, err := v.Head(v.ctx)
	if err != nil {
		return err
	}
	v.Report.Size, v.Root, v.Signed = head.Size, head.Root, head.Signed
	if rangeErr != nil {
		v.Problem(0, "entries: %v", rangeErr)
	} else if last > head.Size || least < 1 {
		v.Problem(last, "stands outside the signed head, which counts %d entries", head.Size)
	}
	if v.keys, err = v.channelKeys(v.ctx); err != nil {
		v.Problem(0, "channels: %v", err)
	}
	for after := int64(0); after < head.Size; {
		to := min(after+pageSize, head.Size)
		if err := v.page(after, to); err != nil {
			if v.ctx.Err() != nil {
				return err
			}
			v.singly(to) // part of the file is unreadable: find out which entries
		}
		v.skipTo(to + 1)
		after = to
		if progress != nil {
			progress(after, head.Size)
		}
	}
	for level, edge := range v.tree.edges {
		if len(edge) > 0 {
			if err := v.tile(level, v.tree.tile(level), edge); err != nil {
				return err
			}
		}
	}
	if v.tree.root() != head.Root {
		v.Problem(0, "the root computed from the entries is %v, the signed head says %v", v.tree.root(), head.Root)
	}
	v.head(head)
	return v.strays()
}

// page looks at the entries after one number, up to and with another.
func (v *verification) page(after, to int64) error {
	rows, err := v.db.Read().QueryContext(v.ctx, selectEntry+`e.seq > ? AND e.seq <= ? ORDER BY e.seq`, after, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		h, r, err := scan(rows)
		if err != nil {
			return err
		}
		if h.seq <= v.seq {
			continue // looked at before the page broke off
		}
		v.skipTo(h.seq)
		if h.channel != nil {
			h.key = v.keys[*h.channel]
		}
		v.seq = h.seq
		v.entry(&h, r)
		if err := v.tree.add(0, tlog.RecordHash(h.leaf(nil)), v.tile); err != nil {
			return err
		}
	}
	return rows.Err()
}

// singly looks at the rest of a page one by one.
func (v *verification) singly(to int64) {
	for v.seq < to {
		next := v.seq + 1
		err := v.page(v.seq, next)
		switch {
		case v.seq == next:
		case err != nil:
			v.hole("cannot be read: " + err.Error())
		default:
			v.hole("is missing")
		}
	}
}

// skipTo notes that the entries before seq are missing.
func (v *verification) skipTo(seq int64) {
	for v.seq+1 < seq {
		v.hole("is missing")
	}
}

// hole stands in the tree for an entry that is not there.
func (v *verification) hole(why string) {
	v.seq++
	v.Problem(v.seq, "%s", why)
	_ = v.tree.add(0, tlog.Hash{}, v.tile) // tile reports what it cannot read
}

// entry checks a payload against its header.
func (v *verification) entry(h *header, r *row) {
	switch {
	case r == nil && h.native != nil:
		v.Problem(h.seq, "the payload is missing, and no purge of it is on record")
		return
	case r == nil:
		return
	case h.native == nil:
		v.Problem(h.seq, "has a payload, though its header names none")
		return
	case r.crc != r.sum():
		v.Problem(h.seq, "the stored payload has changed (checksum)")
	case len(r.salt) != 2*saltSize:
		v.Problem(h.seq, "the salt has %d bytes, not %d", len(r.salt), 2*saltSize)
		return
	}
	p, err := v.decode.unpack(r)
	if err != nil {
		v.Problem(h.seq, "%v", err)
		return
	}
	if !bytes.Equal(p.nativeHash(), h.native) {
		v.Problem(h.seq, "the native bytes do not match their hash")
	}
	if !bytes.Equal(p.contentHash(), h.content) {
		v.Problem(h.seq, "the normalised content does not match its hash")
		return
	}
	switch h.typ {
	case Acquired:
		if !json.Valid(p.content) {
			v.Problem(h.seq, "the content is not JSON")
		}
		return
	case Covered:
		var c Coverage
		if err := json.Unmarshal(p.content, &c); err != nil {
			v.Problem(h.seq, "the content is not JSON")
		} else if keyOf(c.Channel) != h.key {
			v.Problem(h.seq, "header and content name different channels")
		}
		return
	}
	o, err := p.observation(h.acquisition)
	if err != nil {
		v.Problem(h.seq, "%v", err)
		return
	}
	if keyOf(o.Channel) != h.key || messageID(o.ID) != h.message {
		v.Problem(h.seq, "header and content name different messages")
	}
}

// tile compares a tile of the computed tree with the stored one.
func (v *verification) tile(level int, number int64, hs []tlog.Hash) error {
	var b []byte
	if err := v.db.Read().QueryRowContext(v.ctx, `SELECT hashes FROM ledger_tile WHERE level = ? AND number = ?`, level, number).Scan(&b); err != nil {
		v.Problem(0, "tile %d/%d of the tree: %v", level, number, err)
		return v.ctx.Err()
	}
	stored := hashes(b) // longer than hs where a commit since Verify began let the last tile grow
	for i, h := range hs {
		if i < len(stored) && stored[i] == h {
			continue
		}
		seq := number*tileWidth + int64(i) + 1
		switch {
		case level > 0:
			v.Problem(0, "hash %d of tile %d/%d does not match the entries below it", i, level, number)
		case h != tlog.Hash{}: // holes have been told
			v.Problem(seq, "the header does not match its leaf in the tree")
		}
	}
	return nil
}
