package indexer

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"path/filepath"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	bolterrors "go.etcd.io/bbolt/errors"
)

// open opens a generation after looking at it read-only: Bleve trusts its
// files, and would merge what is damaged or fall back to an empty index
// without a word.
func (x *Indexer) open(ctx context.Context, path string) (*generation, error) {
	readOnly := Settings()
	readOnly["read_only"] = true
	c, err := x.inspect(ctx, path, readOnly)
	if err != nil {
		return nil, err
	}
	var index bleve.Index
	err = contain(func() (err error) {
		index, err = bleve.OpenUsing(path, Settings())
		return err
	})
	if err != nil {
		return nil, fault(err)
	}
	g := newGeneration(path, index, x.log)
	g.cursor.Store(c.seq)
	return g, nil
}

// inspect checks the sums of all segments, and that the index is of this
// layout and of this ledger. It gives the index's cursor.
func (x *Indexer) inspect(ctx context.Context, path string, config map[string]any) (cursor, error) {
	var c cursor
	err := contain(func() error {
		index, err := bleve.OpenUsing(path, maps.Clone(config))
		if err != nil {
			return fault(err)
		}
		err = checkSums(ctx, index)
		if err == nil {
			c, err = x.checkOrigin(ctx, index)
		}
		return errors.Join(err, index.Close())
	})
	return c, err
}

// fault tells damage from what only stands in the way for now.
func fault(err error) error {
	if errors.Is(err, bolterrors.ErrTimeout) {
		return errors.New("another process has it open")
	}
	if errors.Is(err, os.ErrPermission) {
		return err
	}
	var d damage
	if errors.As(err, &d) {
		return err
	}
	return damage{"Bleve cannot open it: " + err.Error()}
}

func (x *Indexer) checkOrigin(ctx context.Context, index bleve.Index) (cursor, error) {
	get := func(key []byte) string {
		b, err := index.GetInternal(key)
		if err != nil {
			return ""
		}
		return string(b)
	}
	if got := get(keyLayout); got != layout {
		return cursor{}, damage{"it has another layout"}
	}
	if get(keyLedger) != x.ledger.Origin() {
		return cursor{}, damage{"it belongs to another ledger"}
	}
	c, err := parseCursor([]byte(get(keyCursor)))
	if err != nil || c.seq == 0 {
		return c, err
	}
	if c.seq > x.ledger.Size() {
		return c, damage{"it is ahead of the ledger"}
	}
	es, err := x.ledger.Entries(ctx, []int64{c.seq})
	if err != nil {
		return c, err
	}
	if cursorAt(es[0]) != c {
		return c, damage{"it belongs to another course of the ledger"}
	}
	return c, nil
}

// checkSums reads the segments that the index's newest snapshot names; others
// may be half written, left by a crash. Each ends in the CRC-32 of all before
// it (zap file format, "footer").
func checkSums(ctx context.Context, index bleve.Index) error {
	advanced, err := index.Advanced()
	if err != nil {
		return err
	}
	reader, err := advanced.Reader()
	if err != nil {
		return err
	}
	defer reader.Close()
	snapshot, ok := reader.(*scorch.IndexSnapshot)
	if !ok {
		return damage{"it is no scorch index"}
	}
	for _, s := range snapshot.Segments() {
		p, ok := s.Segment().(segment.PersistedSegment)
		if !ok {
			continue // still in memory
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := checkSum(p.Path()); err != nil {
			return err
		}
	}
	return nil
}

// checkDamage says whether an error of an open index comes from damage: it
// was a panic, or a sum is wrong now. Anything else, a full disk or a search
// broken off, is none.
func checkDamage(g *generation, err error) error {
	var d damage
	if errors.As(err, &d) {
		return err
	}
	sums := contain(func() error { return checkSums(g.ctx, g.index) })
	if errors.As(sums, &d) {
		return sums
	}
	return nil
}

func checkSum(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return damage{"a segment is missing"}
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("check segment: %w", err)
	}
	sum := crc32.NewIEEE()
	in := bufio.NewReaderSize(f, 1<<20)
	if _, err := io.CopyN(sum, in, info.Size()-4); err != nil {
		return damage{"segment " + filepath.Base(path) + " cannot be read"}
	}
	var want [4]byte
	if _, err := io.ReadFull(in, want[:]); err != nil || binary.BigEndian.Uint32(want[:]) != sum.Sum32() {
		return damage{"the sum of segment " + filepath.Base(path) + " is wrong"}
	}
	return nil
}
