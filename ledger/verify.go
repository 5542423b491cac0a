package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Report is what Verify found. Every problem names a sequence number where one
// can be named.
type Report struct {
	Size     int64     `json:"entries"`
	Purged   int64     `json:"purged"` // entries whose payload is gone
	Root     tlog.Hash `json:"root"`
	Signed   string    `json:"checkpoint"`
	Problems []Problem `json:"problems"`
	More     int64     `json:"more_problems"` // beyond those listed
}

// Problem is one thing that does not hold. Seq is 0 where no single entry is
// at fault.
type Problem struct {
	Seq  int64  `json:"seq"`
	What string `json:"what"`
}

const maxProblems = 100

func (r *Report) problem(seq int64, format string, args ...any) {
	if len(r.Problems) == maxProblems {
		r.More++
		return
	}
	r.Problems = append(r.Problems, Problem{seq, fmt.Sprintf(format, args...)})
}

// Verify reads everything up to the signed head: it recomputes every leaf from
// its header, every salted hash from its payload, every tile and the root from
// the leaves, checks the signature and the indexes. An error means that it
// could not be done; what does not hold is in the report. progress may be nil.
func (l *Ledger) Verify(ctx context.Context, progress func(done, total int64)) (Report, error) {
	head, err := l.Head(ctx)
	if err != nil {
		return Report{}, err
	}
	rep := Report{Size: head.Size, Root: head.Root, Signed: head.Signed}
	var t tree
	put := func(level int, number int64, hs []tlog.Hash) error {
		return l.verifyTile(ctx, &rep, level, number, hs)
	}
	seq := int64(0)
	leaf := func(h *header, r *row) error {
		for seq++; seq < h.seq && seq <= head.Size; seq++ {
			rep.problem(seq, "is missing")
			if err := t.add(0, tlog.Hash{}, put); err != nil {
				return err
			}
		}
		l.verifyEntry(&rep, h, r)
		return t.add(0, tlog.RecordHash(h.leaf(nil)), put)
	}
	for after := int64(0); after < head.Size; {
		if err := context.Cause(ctx); err != nil {
			return rep, err
		}
		to := min(after+pageSize, head.Size)
		if err := l.verifyPage(ctx, after, to, leaf); err != nil {
			// Part of the file is unreadable: find out which entries.
			l.verifySingly(ctx, &rep, max(after, seq), to, leaf)
		}
		after = to
		if progress != nil {
			progress(after, head.Size)
		}
	}
	for seq++; seq <= head.Size; seq++ {
		rep.problem(seq, "is missing")
	}
	for level, edge := range t.edges {
		if len(edge) > 0 {
			if err := put(level, t.tile(level), edge); err != nil {
				return rep, err
			}
		}
	}
	if t.size == head.Size && t.root() != head.Root {
		rep.problem(0, "the root computed from the entries is %v, the signed head says %v", t.root(), head.Root)
	}
	l.verifyHead(&rep, head)
	return rep, l.verifyFile(ctx, &rep)
}

func (l *Ledger) verifyPage(ctx context.Context, after, to int64, leaf func(*header, *row) error) error {
	keys, err := l.channelKeys(ctx)
	if err != nil {
		return err
	}
	rows, err := l.db.Read().QueryContext(ctx, selectEntry+`e.seq > ? AND e.seq <= ? ORDER BY e.seq`, after, to)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		h, r, err := scan(rows)
		if err != nil {
			return err
		}
		if h.channel != nil {
			h.key = keys[*h.channel]
		}
		if err := leaf(&h, r); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (l *Ledger) verifySingly(ctx context.Context, rep *Report, after, to int64, leaf func(*header, *row) error) {
	for seq := after + 1; seq <= to; seq++ {
		if err := l.verifyPage(ctx, seq-1, seq, leaf); err != nil {
			rep.problem(seq, "cannot be read: %v", err)
		}
	}
}

func (l *Ledger) channelKeys(ctx context.Context) (map[int64]channelKey, error) {
	rows, err := l.db.Read().QueryContext(ctx, `SELECT id, platform, channel, account FROM ledger_channel`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	keys := map[int64]channelKey{}
	for rows.Next() {
		var id int64
		var k channelKey
		if err := rows.Scan(&id, &k.platform, &k.id, &k.account); err != nil {
			return nil, err
		}
		keys[id] = k
	}
	return keys, rows.Err()
}

// verifyEntry checks a payload against its header.
func (l *Ledger) verifyEntry(rep *Report, h *header, r *row) {
	if r == nil {
		if h.native != nil {
			rep.Purged++
		}
		return
	}
	if r.crc != r.sum() {
		rep.problem(h.seq, "the stored payload has changed (checksum)")
	}
	if len(r.salt) != 2*saltSize {
		rep.problem(h.seq, "the salt has %d bytes, not %d", len(r.salt), 2*saltSize)
		return
	}
	p, err := l.decode.unpack(r)
	if err != nil {
		rep.problem(h.seq, "%v", err)
		return
	}
	if !bytes.Equal(p.nativeHash(), h.native) {
		rep.problem(h.seq, "the native bytes do not match their hash")
	}
	if !bytes.Equal(p.contentHash(), h.content) {
		rep.problem(h.seq, "the normalised content does not match its hash")
		return
	}
	if h.typ == Acquired {
		if !json.Valid(p.content) {
			rep.problem(h.seq, "the content is not JSON")
		}
		return
	}
	o, err := p.observation(h.acquisition)
	if err != nil {
		rep.problem(h.seq, "%v", err)
		return
	}
	if o.Channel.Platform != h.key.platform || o.Channel.ID != h.key.id || o.Channel.Account != h.key.account || messageID(o.ID) != h.message {
		rep.problem(h.seq, "header and content name different messages")
	}
}

func (l *Ledger) verifyTile(ctx context.Context, rep *Report, level int, number int64, hs []tlog.Hash) error {
	var b []byte
	if err := l.db.Read().QueryRowContext(ctx, `SELECT hashes FROM ledger_tile WHERE level = ? AND number = ?`, level, number).Scan(&b); err != nil {
		rep.problem(0, "tile %d/%d of the tree: %v", level, number, err)
		return nil
	}
	if bytes.Equal(b, concat(hs)) {
		return nil
	}
	stored := hashes(b) // longer than hs where a commit since Verify began let the last tile grow
	for i, h := range hs {
		if i < len(stored) && stored[i] == h {
			continue
		}
		if level == 0 {
			rep.problem(number*tileWidth+int64(i)+1, "the header does not match its leaf in the tree")
		} else {
			rep.problem(0, "hash %d of tile %d/%d does not match the entries below it", i, level, number)
		}
	}
	return nil
}

func (l *Ledger) verifyHead(rep *Report, head Head) {
	if head.Size == 0 {
		return
	}
	want, err := l.sign(head.Size, head.Root)
	if err != nil {
		rep.problem(0, "%v", err)
		return
	}
	// Ed25519 signatures are deterministic (RFC 8032), so the one and only good
	// signature can be compared.
	if want != head.Signed {
		rep.problem(0, "the signed checkpoint does not match the head, or is not signed with this ledger's key %s", l.signer.Name())
	}
}

// verifyFile asks SQLite about its own pages and indexes.
func (l *Ledger) verifyFile(ctx context.Context, rep *Report) error {
	rows, err := l.db.Read().QueryContext(ctx, `PRAGMA integrity_check(10)`)
	if err != nil {
		rep.problem(0, "database file: %v", err)
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		if s != "ok" {
			rep.problem(0, "database file: %s", s)
		}
	}
	if err := rows.Err(); err != nil {
		rep.problem(0, "database file: %v", err)
	}
	return nil
}

// VerifyCheckpoint checks a checkpoint that was taken out earlier (from a
// digest, say): it must carry this ledger's signature, and the tree of its
// size must still have its root. A nil error means that nothing up to there
// has been changed or taken away.
func (l *Ledger) VerifyCheckpoint(ctx context.Context, signed []byte, verifier note.Verifier) error {
	n, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	var origin, root string
	var size int64
	if _, err := fmt.Sscanf(n.Text, "%s\n%d\n%s\n", &origin, &size, &root); err != nil || origin != l.origin {
		return fmt.Errorf("checkpoint is of %q, this ledger is %q", origin, l.origin)
	}
	head, err := l.Head(ctx)
	if err != nil {
		return err
	}
	if size > head.Size {
		return fmt.Errorf("checkpoint counts %d entries, the ledger has only %d: entries were taken away", size, head.Size)
	}
	got, err := tlog.TreeHash(size, tlog.TileHashReader(tlog.Tree{N: head.Size, Hash: head.Root}, tiles{ctx, l}))
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if got.String() != root {
		return fmt.Errorf("checkpoint says that the first %d entries have the root %s, the ledger gives %v: it has been changed", size, root, got)
	}
	return nil
}

// tiles gives the stored tiles to tlog.
type tiles struct {
	ctx context.Context
	l   *Ledger
}

func (t tiles) Height() int { return tileHeight }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(want))
	for i, w := range want {
		var b []byte
		if err := t.l.db.Read().QueryRowContext(t.ctx, `SELECT hashes FROM ledger_tile WHERE level = ? AND number = ?`, w.L, w.N).Scan(&b); err != nil {
			return nil, fmt.Errorf("tile %d/%d: %w", w.L, w.N, err)
		}
		if len(b) < w.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %d/%d is too short", w.L, w.N)
		}
		out[i] = b[:w.W*tlog.HashSize]
	}
	return out, nil
}
