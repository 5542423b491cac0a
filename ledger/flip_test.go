package ledger_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

// stored reads every entry's rows in order; whole tells whether nothing stood
// in the way.
func stored(path string) (rows map[int64][]string, whole bool) {
	rows, whole = map[int64][]string{}, true
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return rows, false
	}
	defer db.Close()
	for _, table := range []string{"ledger_entry", "ledger_payload"} {
		r, err := db.Query(`SELECT * FROM ` + table + ` ORDER BY seq`)
		if err != nil {
			whole = false
			continue
		}
		columns, _ := r.Columns()
		for r.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := r.Scan(into...); err != nil {
				whole = false
				break
			}
			if seq, ok := values[0].(int64); ok {
				rows[seq] = append(rows[seq], fmt.Sprintf("%s %#v", table, values))
			}
		}
		whole = whole && r.Err() == nil
		r.Close()
	}
	return rows, whole
}

// One bit of the file is turned at a time. Whatever entry reads otherwise than
// before must be named.
func TestVerifyNamesTheEntriesThatAFlippedBitOfTheFileChanged(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	l, db := open(t, dir)
	a := acquire(t, l)
	for i := range 60 {
		add(t, l, obs(a, message.Posted, fmt.Sprint(i), fmt.Sprintf("message number %d about nothing", i)))
	}
	db.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := stored(path)
	r := rand.New(rand.NewPCG(7, 7))
	changed, quiet := 0, 0
	for k := range 400 + 8*len(whole)/4096 {
		at, bit := r.IntN(len(whole)), byte(1)<<r.IntN(8)
		if k >= 400 { // and the head of every page, where one bit loses many entries
			at = (k-400)/8*4096 + k%8
		}
		b := append([]byte(nil), whole...)
		b[at] ^= bit
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		after, readable := stored(path)
		named := verifyFile(t, path, dir)
		if len(named) == 0 {
			quiet++
		}
		for seq, rows := range before {
			if !slices.ContainsFunc(rows, func(row string) bool { return !slices.Contains(after[seq], row) }) {
				continue
			}
			changed++
			if !named[seq] && !named[0] {
				t.Errorf("byte %d bit %#x changed entry %d, and nothing is reported", at, bit, seq)
			}
			if !named[seq] && readable {
				t.Errorf("byte %d bit %#x changed entry %d, which is not named: %v", at, bit, seq, named)
			}
		}
	}
	if changed < 50 {
		t.Errorf("only %d changed entries were tried", changed)
	}
	t.Logf("%d changed entries; %d flips hit unused bytes", changed, quiet)
}

func verifyFile(t *testing.T, path, dir string) map[int64]bool {
	t.Helper()
	named := map[int64]bool{}
	db, err := store.OpenReadOnly(path)
	if err != nil {
		return map[int64]bool{0: true}
	}
	defer db.Close()
	l, err := ledger.Inspect(db, dir)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := l.Verify(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range rep.Problems {
		named[p.Seq] = true
	}
	return named
}
