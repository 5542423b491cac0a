// Package backup copies a data directory, proves a copy, and puts one back.
//
// It promises: a backup is of one moment, made while others write; it is whole
// if its manifest stands there, since that comes last; a single changed byte in
// any of its files is found by Check; a restore that is broken off cannot be
// mistaken for a data directory. It copies what cannot be made again: the
// database, the signing key and the settings without secrets. The search index
// is not copied, it is rebuilt from the ledger.
//
// It does not encrypt: a backup holds the key and everything unmasked. It does
// not thin out old backups, nor send them anywhere.
package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"stakeout/disk"
	"stakeout/ledger"
	"stakeout/store"
)

// Source is what Make copies.
type Source struct {
	DB       *store.DB
	Data     string // the data directory, for the key
	Version  string // of this program
	Settings []byte // YAML without secrets; nil for none
	Now      time.Time
}

// Progress hears how far a step is, in its own unit; it may be nil.
type Progress func(step string, done, total int64, unit string)

func (p Progress) tell(step string, done, total int64, unit string) {
	if p != nil {
		p(step, done, total, unit)
	}
}

// reserve is what stays free on the disk that a backup is written to, in
// bytes: as much as SQLite lets its WAL keep, which grows meanwhile and may
// stand on the same disk.
const reserve = 64 << 20

// Make writes a backup into dir, which it makes (mode 0700) or finds empty.
// When it fails, or when ctx ends, it takes away what it has written; after a
// kill there is no manifest.
func Make(ctx context.Context, src Source, dir string, progress Progress) (_ Manifest, err error) {
	made, err := claim(dir)
	if err != nil {
		return Manifest{}, fmt.Errorf("backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("backup in %s: %w", dir, err), abandon(dir, made))
		}
	}()
	m := Manifest{Format: format, Made: src.Now.UTC().Round(0), Version: src.Version}
	size, err := src.DB.Size(ctx)
	if err != nil {
		return m, err
	}
	if err := room(dir, size+reserve); err != nil {
		return m, err
	}
	if err := copySmall(src, dir); err != nil {
		return m, err
	}
	err = src.DB.CopyTo(ctx, filepath.Join(dir, databaseFile), func(done, total int64) {
		progress.tell("backup", size/max(total, 1)*done, size, "bytes")
	})
	if err != nil {
		return m, err
	}
	if err := m.describe(ctx, dir); err != nil {
		return m, err
	}
	if err := m.hash(ctx, dir, progress); err != nil {
		return m, err
	}
	return m, m.write(dir)
}

// claim makes dir, or takes it when it is there and empty.
func claim(dir string) (made bool, err error) {
	switch err := os.Mkdir(dir, 0o700); {
	case err == nil:
		return true, nil
	case !errors.Is(err, fs.ErrExist):
		return false, err
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	if len(names) > 0 {
		return false, fmt.Errorf("%s is not empty (it holds %s): name a folder that is, or one that is not there yet", dir, names[0].Name())
	}
	return false, os.Chmod(dir, 0o700)
}

// abandon takes away what a failed backup left.
func abandon(dir string, made bool) error {
	var errs []error
	for _, name := range []string{manifestFile, manifestFile + ".new", sumsFile, databaseFile, keyFile, publicFile, settingsFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	if made {
		errs = append(errs, os.Remove(dir))
	}
	return errors.Join(errs...)
}

// room wants so many bytes to be free in dir.
func room(dir string, need int64) error {
	free, err := disk.Free(dir)
	if err == nil && free < uint64(need) {
		err = fmt.Errorf("%w: %s are needed, %s are free", store.ErrFull, disk.Bytes(uint64(need)), disk.Bytes(free))
	}
	return err
}

func copySmall(src Source, dir string) error {
	for _, name := range []string{keyFile, publicFile} {
		b, err := os.ReadFile(filepath.Join(src.Data, name))
		if errors.Is(err, fs.ErrNotExist) && name == publicFile {
			continue // it can be made from the key
		}
		if err == nil {
			err = writeFile(filepath.Join(dir, name), b)
		}
		if err != nil {
			return err
		}
	}
	if src.Settings == nil {
		return nil
	}
	return writeFile(filepath.Join(dir, settingsFile), src.Settings)
}

// writeFile writes a new file that is on disk when it returns.
func writeFile(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

// describe reads from the copy itself what it holds: the original has moved on.
func (m *Manifest) describe(ctx context.Context, dir string) (err error) {
	db, err := store.OpenStill(filepath.Join(dir, databaseFile))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	all, err := db.Schema(ctx) // compared with none, so that it names all
	if err != nil {
		return err
	}
	m.Migrations = all.Unknown
	slices.Sort(m.Migrations)
	l, err := ledger.Inspect(db, dir)
	if err != nil {
		return err
	}
	head, err := l.Head(ctx)
	m.Ledger, m.Entries, m.Root, m.Checkpoint = l.Origin(), head.Size, head.Root, head.Signed
	if err == nil && m.Ledger == "" {
		err = fmt.Errorf("%s is not a signing key", keyFile)
	}
	return err
}

// hash lists the files with their hashes as they are read back.
func (m *Manifest) hash(ctx context.Context, dir string, progress Progress) error {
	for _, name := range []string{settingsFile, databaseFile, keyFile, publicFile} { // sorted
		f, err := os.Open(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) && (name == settingsFile || name == publicFile) {
			continue
		}
		if err != nil {
			return err
		}
		st, err := f.Stat()
		if err == nil {
			var sum string
			sum, err = digest(ctx, f, st.Size(), progress)
			m.Files = append(m.Files, File{name, st.Size(), sum})
		}
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// digest gives the SHA-256 of r in hexadecimal.
func digest(ctx context.Context, r io.Reader, size int64, progress Progress) (string, error) {
	h := sha256.New()
	err := pump(ctx, h, r, func(done int64) { progress.tell("hashes", done, size, "bytes") })
	return hex.EncodeToString(h.Sum(nil)), err
}

// pump copies in pieces, so that it can be stopped.
func pump(ctx context.Context, w io.Writer, r io.Reader, tell func(done int64)) error {
	for done := int64(0); ; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n, err := io.CopyN(w, r, 4<<20)
		done += n
		tell(done)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// write puts the manifest there, last and by rename, with all names on disk.
func (m Manifest) write(dir string) error {
	b, err := m.encode()
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, sumsFile), m.sums(b)); err != nil {
		return err
	}
	path := filepath.Join(dir, manifestFile)
	if err := writeFile(path+".new", b); err != nil {
		return err
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return errors.Join(syncDir(dir), syncDir(filepath.Dir(strings.TrimRight(dir, "/"))))
}

// syncDir puts a folder's names on disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
