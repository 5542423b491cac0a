package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// head checks the signed checkpoint.
func (v *verification) head(head Head) {
	switch {
	case head.Size == 0:
		return
	case v.signer == nil:
		v.Problem(0, "the signature cannot be checked: ledger.key is missing or damaged; restore it from a backup")
		return
	}
	// Ed25519 signatures are deterministic (RFC 8032), so the one and only good
	// signature can be compared.
	if want, err := v.sign(head.Size, head.Root); err != nil || want != head.Signed {
		v.Problem(0, "the signed checkpoint does not match the head, or is not signed with this ledger's key %s", v.origin)
	}
}

// strays looks for payloads that belong to no entry, and for values whose type
// alone has changed: their bytes, and so their hashes, are the same.
func (v *verification) strays() error {
	for what, query := range map[string]string{
		"a payload stands under this number, but no entry": `SELECT seq FROM ledger_payload p WHERE NOT EXISTS (SELECT 1 FROM ledger_entry e WHERE e.seq = p.seq)`,
		"a value of the payload has another type": `SELECT seq FROM ledger_payload WHERE typeof(salt) <> 'blob' OR typeof(same) <> 'blob' OR typeof(body) <> 'blob'
			OR typeof(dict) <> 'integer' OR typeof(crc) <> 'integer'`,
		"a hash in the header has another type": `SELECT seq FROM ledger_entry WHERE typeof(native_hash) NOT IN ('blob', 'null') OR typeof(content_hash) NOT IN ('blob', 'null')`,
	} {
		if err := v.name(query, what); err != nil {
			return err
		}
	}
	return nil
}

// name puts a problem down to each entry that a query selects.
func (v *verification) name(query, what string) error {
	rows, err := v.db.Read().QueryContext(v.ctx, query+` LIMIT 20`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		if err := rows.Scan(&seq); err != nil {
			return err
		}
		v.Problem(seq, "%s", what)
	}
	return rows.Err()
}

// file asks SQLite about its own pages and indexes.
func (v *verification) file() {
	rows, err := v.db.Read().QueryContext(v.ctx, `PRAGMA integrity_check(20)`)
	if err != nil {
		v.Problem(0, "database file: %v", err)
		return
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			v.Problem(0, "database file: %v", err)
			return
		}
		if s != "ok" {
			v.Problem(0, "database file: %s", s)
		}
	}
	if err := rows.Err(); err != nil {
		v.Problem(0, "database file: %v", err)
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

// VerifyCheckpoint checks a checkpoint that was taken out earlier (from a
// digest, say): it must carry this ledger's signature, and the tree of its
// size must still have its root. A nil error means that nothing up to there
// has been changed or taken away.
func (l *Ledger) VerifyCheckpoint(ctx context.Context, signed []byte) error {
	if l.signer == nil {
		return fmt.Errorf("checkpoint: cannot be checked without ledger.key")
	}
	found := findCheckpoint(signed)
	if found == nil {
		return ErrNoCheckpoint
	}
	n, err := note.Open(found, note.VerifierList(l.verifier))
	if err != nil {
		return fmt.Errorf("checkpoint: not signed with this ledger's key %s: it is of another ledger, or was changed (%w)", l.origin, err)
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

// findCheckpoint takes a checkpoint out of a text that it was pasted or printed
// into, a digest for one: from the line with the origin to that of the
// signature, without indentation; also where it stands as a JSON string. Nil
// when there is none.
func findCheckpoint(text []byte) []byte {
	var found []string
	plain := strings.NewReplacer(`\n`, "\n", `"`, "\n").Replace(string(text))
	for line := range strings.Lines(plain) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, originPrefix) {
			found = nil
		} else if found == nil {
			continue
		}
		if found = append(found, line); strings.HasPrefix(line, "\u2014 ") {
			return []byte(strings.Join(found, "\n") + "\n")
		}
	}
	return nil
}

// ErrNoCheckpoint says that a text given as a checkpoint holds none.
var ErrNoCheckpoint = errors.New("no signed checkpoint stands in it")

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
