package indexer

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
)

// The index's folder holds one numbered folder for each generation, and the
// file "current" with the name of the one in use. Pointing at another is one
// rename, so a rebuild can be cut off at any moment.
const currentFile = "current"

// openCurrent opens the generation in use. Nothing there, or only what a
// rebuild left behind: a new one. Something unusable: set aside and a new one.
func (x *Indexer) openCurrent(ctx context.Context) (*generation, error) {
	name, reason, err := x.current()
	if err != nil {
		return nil, err
	}
	if reason == "" && name != "" {
		x.sweep(name)
		g, err := x.open(ctx, filepath.Join(x.dir, name))
		var d damage
		if err == nil || !errors.As(err, &d) {
			return g, err
		}
		reason = d.reason
	}
	if reason != "" {
		aside, err := x.setAside(filepath.Join(x.dir, name))
		if err != nil {
			return nil, err
		}
		x.log.Warn("search index cannot be used and is made anew from the ledger", "reason", reason, "aside", aside)
	}
	x.sweep("")
	g, err := x.create(ctx)
	if err != nil {
		return nil, err
	}
	if err := x.point(g); err != nil {
		return nil, errors.Join(err, g.close())
	}
	return g, nil
}

// current reads the name of the generation in use, "" for none yet. A reason
// tells that the folder is not an index of ours at all.
func (x *Indexer) current() (name, reason string, err error) {
	b, err := os.ReadFile(filepath.Join(x.dir, currentFile))
	if err == nil {
		name = strings.TrimSuffix(string(b), "\n")
		if !numbered(name) {
			return "", "the file that names the index in use is garbled", nil
		}
		return name, "", nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", "", err
	}
	entries, err := os.ReadDir(x.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", nil
	}
	if err != nil {
		return "", "", err
	}
	for _, e := range entries {
		if !numbered(e.Name()) && e.Name() != currentFile+".new" {
			return "", "the folder holds something else", nil
		}
	}
	return "", "", nil
}

func numbered(name string) bool {
	_, err := strconv.ParseUint(name, 10, 32)
	return err == nil && len(name) == 6
}

// sweep removes generations other than the one named: what an interrupted
// rebuild left behind.
func (x *Indexer) sweep(keep string) {
	entries, _ := os.ReadDir(x.dir) // nothing there is nothing to remove
	for _, e := range entries {
		if numbered(e.Name()) && e.Name() != keep {
			if err := os.RemoveAll(filepath.Join(x.dir, e.Name())); err != nil {
				x.log.Warn("remove old search index", "error", err)
			}
		}
	}
}

// setAside moves a folder out of the way and says where to.
func (x *Indexer) setAside(path string) (string, error) {
	aside := filepath.Clean(x.dir) + ".damaged-" + stamp()
	err := os.Rename(path, aside)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil // what is not there is not in the way
	}
	if err != nil {
		return "", fmt.Errorf("set search index aside: %w", err)
	}
	return aside, nil
}

// create makes an empty generation under the next number and waits until it
// is on disk, so that what "current" names can always be opened.
func (x *Indexer) create(ctx context.Context) (*generation, error) {
	if err := os.MkdirAll(x.dir, 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(x.dir)
	if err != nil {
		return nil, err
	}
	last := uint64(0)
	for _, e := range entries {
		if n, err := strconv.ParseUint(e.Name(), 10, 32); err == nil {
			last = max(last, n)
		}
	}
	path := filepath.Join(x.dir, fmt.Sprintf("%06d", last+1))
	index, err := bleve.NewUsing(path, NewMapping(), scorch.Name, scorch.Name, Settings())
	if err != nil {
		return nil, err
	}
	g := newGeneration(path, index, x.log)
	b := index.NewBatch()
	b.SetInternal(keyLayout, []byte(layout))
	b.SetInternal(keyLedger, []byte(x.ledger.Origin()))
	b.SetInternal(keyCursor, cursor{}.encode())
	if err := g.flush(ctx, b); err != nil {
		return nil, errors.Join(err, g.close())
	}
	return g, nil
}

// point makes a generation the one that is opened next time.
func (x *Indexer) point(g *generation) error {
	path := filepath.Join(x.dir, currentFile)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(filepath.Base(g.path) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	d, err := os.Open(x.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
