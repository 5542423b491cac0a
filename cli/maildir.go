package cli

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"stakeout/bot/export"
)

// A Maildir (cr.yp.to/proto/maildir.html) is imported as one file: its mails in
// a zip archive without name, which goes to a running service like any other
// file. The archive of the same mails is the same to the byte, whatever flags
// they have got meanwhile, so that it is known again.

// stored is a mail in a Maildir.
type stored struct {
	file string // below the Maildir
	name string // in the archive: without new, cur and flags
}

// pack replaces each folder among names by an archive of its mails, in
// s.packed. Within a service the client has done so.
func (s *session) pack(ctx context.Context, names []string) error {
	if s.Service != nil {
		return nil
	}
	s.packed = map[string]*os.File{}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.IsDir() {
			continue // what cannot be opened is told when it is opened
		}
		f, err := packMaildir(ctx, name)
		if err != nil {
			return err
		}
		s.packed[name] = f
	}
	return nil
}

// unpack lets the archives go.
func (s *session) unpack() {
	for _, f := range s.packed {
		_ = f.Close()
	}
}

func packMaildir(ctx context.Context, dir string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	mails, err := maildir(root.FS())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if len(mails) == 0 {
		return nil, fmt.Errorf("%s is a directory and no Maildir: there is no mail in cur or new below it; name the files in it", dir)
	}
	f, err := os.CreateTemp("", "stakeout-maildir-*")
	if err != nil {
		return nil, err
	}
	// Without a name nothing is left behind, whatever happens.
	if err = os.Remove(f.Name()); err == nil {
		err = writeMails(ctx, f, root, mails)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("pack %s: %w", dir, err), f.Close())
	}
	return f, nil
}

// maildir lists the mails in dir and the folders in it, by name.
func maildir(dir fs.FS) ([]stored, error) {
	var out []stored
	err := fs.WalkDir(dir, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		where, name := path.Split(file)
		where = path.Clean(where)
		if box := path.Base(where); box != "cur" && box != "new" {
			return nil
		}
		name, _, _ = strings.Cut(name, ":") // ":2," and the flags follow
		out = append(out, stored{file, path.Join(path.Dir(where), name+".eml")})
		return nil
	})
	slices.SortFunc(out, func(a, b stored) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.file, b.file)) })
	return out, err
}

func writeMails(ctx context.Context, f *os.File, root *os.Root, mails []stored) error {
	z := zip.NewWriter(f)
	if err := z.SetComment(export.PackedMaildir); err != nil {
		return err
	}
	for _, m := range mails {
		if err := ctx.Err(); err != nil {
			return err
		}
		in, err := root.Open(m.file)
		if errors.Is(err, fs.ErrNotExist) {
			continue // read or moved meanwhile
		}
		if err != nil {
			return err
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: m.name, Method: zip.Store})
		if err == nil {
			_, err = io.Copy(w, in)
		}
		if err = errors.Join(err, in.Close()); err != nil {
			return err
		}
	}
	return z.Close()
}
