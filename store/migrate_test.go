package store_test

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"stakeout/store"
)

func migrations(names ...string) (out []store.Migration) {
	for _, n := range names {
		out = append(out, store.Migration{Name: n, SQL: `CREATE TABLE "` + n + `"(x)`})
	}
	return out
}

func TestAnOlderFileSaysWhereItStands(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	have, want := migrations("a/1", "a/2", "b/1"), migrations("a/1", "a/2", "a/3", "a/10", "b/1", "b/2", "c/1")
	s, err := store.Look(t.Context(), path, want...)
	if err != nil || s.Older() || len(s.Missing) != len(want) || len(s.Unknown) != 0 {
		t.Errorf("no file: %+v, %v", s, err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("looking made the file")
	}
	db, err := store.Open(t.Context(), path, have...)
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	if s, err = store.Look(t.Context(), path, want...); err != nil || !s.Older() {
		t.Errorf("%+v, %v", s, err)
	}
	if got := s.Steps(); got != "a/2 to a/10, b/1 to b/2, c/1" {
		t.Error(got)
	}
	if db, err = store.Open(t.Context(), path, want...); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if s, err = db.Schema(t.Context(), want...); err != nil || s.Older() || len(s.Applied) != len(want) {
		t.Errorf("after migrating: %+v, %v", s, err)
	}
}

func TestANewerFileIsRefusedAndLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := store.Open(t.Context(), path, migrations("a/1", "a/2", "b/1")...)
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// It lacks one of ours, too: nothing may be migrated either.
	older := migrations("a/1", "b/1", "c/1")
	var newer *store.NewerError
	if _, err = store.Open(t.Context(), path, older...); !errors.As(err, &newer) || !slices.Equal(newer.Unknown, []string{"a/2"}) {
		t.Errorf("Open: %v", err)
	}
	if strings.Count(err.Error(), path) != 1 || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "a/2 is not known here") {
		t.Errorf("one clear line? %v", err)
	}
	for name, look := range map[string]func(string) (*store.DB, error){"read-only": store.OpenReadOnly, "still": store.OpenStill} {
		db, err := look(path)
		if err != nil {
			t.Fatal(err)
		}
		s, err := db.Schema(t.Context(), older...)
		if err != nil || !errors.As(db.Newer(s), &newer) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
		db.Close()
	}
	after, err := os.ReadFile(path)
	if err != nil || sha256.Sum256(after) != sha256.Sum256(before) {
		t.Errorf("the file was changed (%v)", err)
	}
	many := &store.NewerError{Unknown: []string{"a/1", "a/2", "a/3", "a/4", "a/5", "a/6", "a/7"}}
	if !strings.Contains(many.Error(), "a/5 and 2 more are not known") {
		t.Error(many)
	}
}
