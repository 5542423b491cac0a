package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"stakeout/ledger"
	"stakeout/store"
)

// BadError says what is wrong with a backup, in one line.
type BadError struct{ Dir, What string }

func (e *BadError) Error() string { return fmt.Sprintf("the backup in %s is bad: %s", e.Dir, e.What) }

// check is one run of Check.
type check struct {
	dir        string
	root       *os.Root
	migrations []store.Migration
	progress   Progress
}

func (c *check) bad(format string, args ...any) error {
	return &BadError{c.dir, fmt.Sprintf(format, args...)}
}

// Check proves a backup: the manifest and every file are byte for byte as they
// were written, SQLite finds the database sound, every entry, the tree and the
// signature verify, and the head is the one that the manifest names. What does
// not hold is a *BadError; a backup of a newer version than this program's is a
// *store.NewerError. Nothing in dir is written.
//
// A database of an older version is copied to a temporary folder and migrated
// there first: so the proof is of what a restore would give.
func Check(ctx context.Context, dir string, migrations []store.Migration, progress Progress) (Manifest, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Manifest{}, fmt.Errorf("check a backup: %w", err)
	}
	defer root.Close()
	c := &check{dir, root, migrations, progress}
	m, err := c.manifest()
	if err != nil {
		return m, err
	}
	for _, f := range m.Files {
		if err := c.file(ctx, f); err != nil {
			return m, err
		}
	}
	return m, c.database(ctx, m)
}

func (c *check) manifest() (Manifest, error) {
	b, err := c.read(manifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return Manifest{}, c.bad("%s is missing: this is no backup, or one that was broken off", manifestFile)
	}
	if err != nil {
		return Manifest{}, err
	}
	m, err := parseManifest(b)
	if err != nil {
		return m, c.bad("%s %v", manifestFile, err)
	}
	sums, err := c.read(sumsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return m, c.bad("%s is missing", sumsFile)
	}
	if err == nil && !bytes.Equal(sums, m.sums(b)) {
		err = c.bad("%s and %s do not agree: one of them has changed", manifestFile, sumsFile)
	}
	return m, err
}

// read reads a small file.
func (c *check) read(name string) ([]byte, error) {
	f, err := c.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxManifest+1))
	if err == nil && len(b) > maxManifest {
		err = c.bad("%s is far too large", name)
	}
	return b, err
}

// open opens a file of the backup that is one, not a pipe or a way out of it.
func (c *check) open(name string) (*os.File, error) {
	st, err := c.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, c.bad("%s is not a regular file", name)
	}
	return c.root.Open(name)
}

func (c *check) file(ctx context.Context, want File) error {
	f, err := c.open(want.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return c.bad("%s is missing", want.Name)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if st.Size() != want.Size {
		return c.bad("%s has %d bytes, the manifest says %d", want.Name, st.Size(), want.Size)
	}
	sum, err := digest(ctx, f, want.Size, c.progress)
	if err == nil && sum != want.SHA256 {
		err = c.bad("%s has changed since the backup was made: its SHA-256 is not the one in the manifest", want.Name)
	}
	return err
}

func (c *check) database(ctx context.Context, m Manifest) (err error) {
	path := filepath.Join(c.dir, databaseFile)
	db, err := store.OpenStill(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s, err := db.Schema(ctx, c.migrations...)
	if err != nil {
		return c.bad("%s: %v", databaseFile, err)
	}
	if err := db.Newer(s); err != nil {
		return err
	}
	if have := slices.Sorted(slices.Values(s.Applied)); !slices.Equal(have, m.Migrations) {
		return c.bad("%s was migrated otherwise than the manifest says", databaseFile)
	}
	if !s.Older() {
		return c.ledger(ctx, db, m)
	}
	return c.migrated(ctx, db, m)
}

// migrated verifies a copy of an older database that has been migrated.
func (c *check) migrated(ctx context.Context, old *store.DB, m Manifest) (err error) {
	dir, err := os.MkdirTemp("", "stakeout-check-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	f, _ := m.file(databaseFile)
	if err := room(dir, f.Size+reserve); err != nil {
		return fmt.Errorf("check of a backup of an older version, migrated in a temporary folder: %w", err)
	}
	path := filepath.Join(dir, databaseFile)
	if err := old.CopyTo(ctx, path, nil); err != nil {
		return err
	}
	db, err := store.Open(ctx, path, c.migrations...)
	if err != nil {
		return c.bad("it cannot be migrated: %v", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return c.ledger(ctx, db, m)
}

func (c *check) ledger(ctx context.Context, db *store.DB, m Manifest) error {
	l, err := ledger.Inspect(db, c.dir)
	if err != nil {
		return err
	}
	rep, err := l.Verify(ctx, func(done, total int64) { c.progress.tell("verify", done, total, "entries") })
	if err != nil {
		return err
	}
	if len(rep.Problems) > 0 {
		p, where, more := rep.Problems[0], "", ""
		if p.Seq > 0 {
			where = fmt.Sprintf("entry %d: ", p.Seq)
		}
		if n := int64(len(rep.Problems)) - 1 + rep.More; n > 0 {
			more = fmt.Sprintf(" (and %d problems more)", n)
		}
		return c.bad("%s%s%s", where, p.What, more)
	}
	if rep.Size != m.Entries || rep.Root != m.Root || rep.Signed != m.Checkpoint || l.Origin() != m.Ledger {
		return c.bad("the ledger has %d entries with the root %v, the manifest says %d with %v", rep.Size, rep.Root, m.Entries, m.Root)
	}
	return nil
}
