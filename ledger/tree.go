package ledger

import (
	"context"
	"encoding/base64"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"stakeout/store"
)

// The tree's hashes are stored in tiles of 2^8 hashes, as
// https://research.swtch.com/tlog describes: tile (L, N) holds the hashes of
// 256 neighbouring subtrees of 256^L leaves each. Only the last tile of a
// level is ever rewritten.
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// tree is the right edge of the Merkle tree: of every level the last, partial
// tile. It belongs to the writer goroutine.
type tree struct {
	size  int64 // leaves
	edges [][]tlog.Hash
}

// load reads the right edge of a tree of size leaves.
func (t *tree) load(ctx context.Context, db *store.DB, size int64) error {
	t.size = size
	for level, n := 0, size; n > 0; level, n = level+1, n/tileWidth {
		width := int(n % tileWidth)
		var edge []tlog.Hash
		if width > 0 {
			var b []byte
			err := db.Read().QueryRowContext(ctx, `SELECT hashes FROM ledger_tile WHERE level = ? AND number = ?`, level, n/tileWidth).Scan(&b)
			if err != nil {
				return fmt.Errorf("tile %d/%d of the tree: %w", level, n/tileWidth, err)
			}
			if edge = hashes(b); len(edge) != width {
				return fmt.Errorf("tile %d/%d of the tree has %d hashes for %d: run `stakeout verify`", level, n/tileWidth, len(edge), width)
			}
		}
		t.edges = append(t.edges, edge)
	}
	return nil
}

func hashes(b []byte) []tlog.Hash {
	hs := make([]tlog.Hash, len(b)/tlog.HashSize)
	for i := range hs {
		copy(hs[i][:], b[i*tlog.HashSize:])
	}
	return hs
}

func concat(hs []tlog.Hash) []byte {
	b := make([]byte, 0, len(hs)*tlog.HashSize)
	for _, h := range hs {
		b = append(b, h[:]...)
	}
	return b
}

// add appends one node to a level and passes full tiles to put.
func (t *tree) add(level int, h tlog.Hash, put func(level int, number int64, hs []tlog.Hash) error) error {
	if level == len(t.edges) {
		t.edges = append(t.edges, nil)
	}
	t.edges[level] = append(t.edges[level], h)
	if level == 0 {
		t.size++
	}
	full := t.edges[level]
	if len(full) < tileWidth {
		return nil
	}
	if err := put(level, t.tile(level)-1, full); err != nil {
		return err
	}
	t.edges[level] = nil
	return t.add(level+1, perfect(full), put)
}

// tile is the number of a level's partial tile.
func (t *tree) tile(level int) int64 { return t.size >> (tileHeight * (level + 1)) }

// perfect is the hash of a perfect subtree from its nodes, a power of two.
func perfect(hs []tlog.Hash) tlog.Hash {
	hs = append([]tlog.Hash(nil), hs...)
	for len(hs) > 1 {
		for i := range len(hs) / 2 {
			hs[i] = tlog.NodeHash(hs[2*i], hs[2*i+1])
		}
		hs = hs[:len(hs)/2]
	}
	return hs[0]
}

// root is the tree's hash after RFC 6962, section 2.1: the perfect subtrees
// that make up the tree, largest first, joined from the right.
func (t *tree) root() tlog.Hash {
	var subtrees []tlog.Hash
	for level := len(t.edges) - 1; level >= 0; level-- {
		edge := t.edges[level]
		for bit := tileWidth >> 1; bit > 0; bit >>= 1 {
			if len(edge)&bit != 0 {
				done := len(edge) &^ (2*bit - 1)
				subtrees = append(subtrees, perfect(edge[done:done+bit]))
			}
		}
	}
	if len(subtrees) == 0 {
		h, _ := tlog.TreeHash(0, nil) // the empty tree reads no hashes
		return h
	}
	root := subtrees[len(subtrees)-1]
	for i := len(subtrees) - 2; i >= 0; i-- {
		root = tlog.NodeHash(subtrees[i], root)
	}
	return root
}

// clone is a copy whose growth leaves t alone.
func (t *tree) clone() tree {
	c := tree{size: t.size, edges: make([][]tlog.Hash, len(t.edges))}
	for i, e := range t.edges {
		c.edges[i] = e[:len(e):len(e)]
	}
	return c
}

// seal moves the tree and signs its head, at the end of every group that added
// entries.
func (l *Ledger) seal(tx *store.Tx) error {
	if len(l.pending) == 0 {
		return nil
	}
	before := l.tree.clone()
	tx.OnRollback(func() { l.tree = before })
	put := func(level int, number int64, hs []tlog.Hash) error {
		_, err := tx.Exec(`INSERT INTO ledger_tile VALUES(?,?,?) ON CONFLICT DO UPDATE SET hashes = excluded.hashes`, level, number, concat(hs))
		return err
	}
	for _, p := range l.pending {
		if err := l.tree.add(0, tlog.RecordHash(p.leaf), put); err != nil {
			return fmt.Errorf("move the tree: %w", err)
		}
	}
	for level, edge := range l.tree.edges {
		if len(edge) > 0 {
			if err := put(level, l.tree.tile(level), edge); err != nil {
				return fmt.Errorf("move the tree: %w", err)
			}
		}
	}
	root := l.tree.root()
	signed, err := l.sign(l.tree.size, root)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO ledger_head VALUES(1,?,?,?) ON CONFLICT DO UPDATE SET size=excluded.size, root=excluded.root, signed=excluded.signed`,
		l.tree.size, root[:], signed)
	return err
}

// sign writes a checkpoint after https://c2sp.org/tlog-checkpoint.
func (l *Ledger) sign(size int64, root tlog.Hash) (string, error) {
	text := fmt.Sprintf("%s\n%d\n%s\n", l.origin, size, base64.StdEncoding.EncodeToString(root[:]))
	b, err := note.Sign(&note.Note{Text: text}, l.signer)
	if err != nil {
		return "", fmt.Errorf("sign checkpoint: %w", err)
	}
	return string(b), nil
}

// Head is the state of the tree at some time.
type Head struct {
	Size   int64
	Root   tlog.Hash
	Signed string // signed checkpoint in C2SP tlog-checkpoint form, "" for an empty ledger
}

// Head is the last committed state.
func (l *Ledger) Head(ctx context.Context) (Head, error) {
	h := Head{Root: (&tree{}).root()}
	rows, err := l.db.Read().QueryContext(ctx, `SELECT size, root, signed FROM ledger_head`)
	if err != nil {
		return h, fmt.Errorf("ledger head: %w", err)
	}
	defer rows.Close()
	if rows.Next() {
		var root []byte
		if err := rows.Scan(&h.Size, &root, &h.Signed); err != nil {
			return h, fmt.Errorf("ledger head: %w", err)
		}
		copy(h.Root[:], root)
	}
	return h, rows.Err()
}
