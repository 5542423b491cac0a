package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"stakeout/store"
)

// unfinished ends the names of files that a restore has not put in place yet.
const unfinished = ".restoring"

// Unfinished tells whether a restore into the data directory was broken off:
// then it must not be opened.
func Unfinished(data string) (bool, error) {
	list, err := os.ReadDir(data)
	return slices.ContainsFunc(list, isUnfinished), err
}

func isUnfinished(e os.DirEntry) bool { return strings.HasSuffix(e.Name(), unfinished) }

// Vacant refuses a data directory that holds anything. The lock of whoever
// restores and what a broken restore left do not count.
func Vacant(data string) error {
	list, err := os.ReadDir(data)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Name() != "lock" && !isUnfinished(e) {
			return fmt.Errorf("%s is not empty (it holds %s): a backup is put back only where nothing stands; move it away, or name another folder (--data DIR)", data, e.Name())
		}
	}
	return nil
}

// Restore checks the backup in dir and puts it into the data directory, which
// is there, vacant, and locked by the caller. The search index is made anew
// when the directory is opened, and an older version is migrated then.
func Restore(ctx context.Context, dir, data string, migrations []store.Migration, progress Progress) (m Manifest, err error) {
	if err := Vacant(data); err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	if m, err = Check(ctx, dir, migrations, progress); err != nil {
		return m, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	defer root.Close()
	c := &check{dir: dir, root: root, progress: progress}
	if err := c.into(ctx, data, m); err != nil {
		return m, fmt.Errorf("restore into %s: %w", data, err)
	}
	return m, nil
}

// into copies first and names last. Until the key stands there, which is the
// last, no program takes the folder for a ledger.
func (c *check) into(ctx context.Context, data string, m Manifest) (err error) {
	if err := room(data, m.Bytes()+reserve); err != nil {
		return err
	}
	if err := clearUnfinished(data); err != nil {
		return err
	}
	var names []string
	for _, name := range []string{databaseFile, publicFile, keyFile} {
		if _, ok := m.file(name); ok {
			names = append(names, name)
		}
	}
	defer func() {
		if err == nil {
			return
		}
		for _, name := range names {
			for _, left := range []string{name, name + unfinished} {
				if e := os.Remove(filepath.Join(data, left)); e != nil && !errors.Is(e, os.ErrNotExist) {
					err = errors.Join(err, e)
				}
			}
		}
	}()
	for _, name := range names {
		f, _ := m.file(name)
		if err := c.copy(ctx, f, filepath.Join(data, name+unfinished)); err != nil {
			return err
		}
	}
	if err := syncDir(data); err != nil {
		return err
	}
	for _, name := range names {
		path := filepath.Join(data, name)
		if err := os.Rename(path+unfinished, path); err != nil {
			return err
		}
	}
	return syncDir(data)
}

// clearUnfinished takes away what an earlier restore left.
func clearUnfinished(data string) error {
	list, err := os.ReadDir(data)
	for _, e := range list {
		if isUnfinished(e) {
			err = errors.Join(err, os.Remove(filepath.Join(data, e.Name())))
		}
	}
	return err
}

// copy writes one file, and checks once more what it read: the backup may
// stand on a disk that is failing.
func (c *check) copy(ctx context.Context, f File, path string) (err error) {
	in, err := c.open(f.Name)
	if err != nil {
		return err
	}
	defer in.Close()
	mode := os.FileMode(0o600)
	if f.Name == publicFile {
		mode = 0o644
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	sum, err := digest(ctx, io.TeeReader(in, out), f.Size, func(_ string, done, total int64, unit string) {
		c.progress.tell("restore", done, total, unit)
	})
	if err == nil && sum != f.SHA256 {
		err = c.bad("%s reads otherwise than a moment ago", f.Name)
	}
	return errors.Join(err, out.Sync(), out.Close())
}
