package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

var now = time.Date(2026, 5, 3, 18, 10, 0, 0, time.UTC)

// small makes a backup of two entries.
func small(t *testing.T) (string, Manifest) {
	t.Helper()
	data, dir := t.TempDir(), t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(data, "ledger.db"), ledger.Migrations...)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	l, err := ledger.Open(t.Context(), db, data, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	err = l.Write(t.Context(), store.Bulk, func(tx *store.Tx) error {
		a, err := l.OpenAcquisition(tx, ledger.Acquisition{Kind: "import", Source: "a.json", Version: "test", Started: now})
		if err != nil {
			return err
		}
		_, err = l.Append(tx, &message.Observation{Kind: message.Posted, Via: message.Import, ID: "1", Text: "nothing much", Acquisition: a, Format: "test",
			Channel: message.Channel{Platform: message.Discord, ID: "7"}, Sent: message.Time{UTC: now}, Observed: now, Native: []byte("{}")})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := Make(t.Context(), Source{DB: db, Data: data, Version: "test", Now: now}, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir, m
}

// A forger who knows how to make the hashes right must still fail at what is
// signed.
func TestAManifestThatSaysOtherThanTheLedgerIsFound(t *testing.T) {
	dir, whole := small(t)
	zeros := hex.EncodeToString(make([]byte, sha256.Size))
	for name, forge := range map[string]func(*Manifest){
		"another format":        func(m *Manifest) { m.Format = 0 },
		"a newer format":        func(m *Manifest) { m.Format = format + 1 },
		"no time":               func(m *Manifest) { m.Made = time.Time{} },
		"a time elsewhere":      func(m *Manifest) { m.Made = m.Made.In(time.FixedZone("", 3600)) },
		"more entries":          func(m *Manifest) { m.Entries++ },
		"fewer entries":         func(m *Manifest) { m.Entries-- },
		"no entries":            func(m *Manifest) { m.Entries = 0 },
		"negative entries":      func(m *Manifest) { m.Entries = -1 },
		"another root":          func(m *Manifest) { m.Root[3] ^= 1 },
		"another checkpoint":    func(m *Manifest) { m.Checkpoint += "\n" },
		"no checkpoint":         func(m *Manifest) { m.Checkpoint = "" },
		"another ledger":        func(m *Manifest) { m.Ledger += "0" },
		"no migrations":         func(m *Manifest) { m.Migrations = nil },
		"one migration less":    func(m *Manifest) { m.Migrations = m.Migrations[1:] },
		"one migration more":    func(m *Manifest) { m.Migrations = append(m.Migrations, "zz/1") },
		"a migration twice":     func(m *Manifest) { m.Migrations = append(m.Migrations, m.Migrations[len(m.Migrations)-1]) },
		"migrations disordered": func(m *Manifest) { m.Migrations = []string{"z", "a"} },
		"no files":              func(m *Manifest) { m.Files = nil },
		"no key":                func(m *Manifest) { m.Files = []File{m.Files[0], m.Files[2]} },
		"no database":           func(m *Manifest) { m.Files = m.Files[1:] },
		"a file twice":          func(m *Manifest) { m.Files = append(m.Files, m.Files[2]) },
		"files disordered":      func(m *Manifest) { slices.Reverse(m.Files) },
		"a file elsewhere":      func(m *Manifest) { m.Files = append(m.Files, File{"../../etc/passwd", 1, zeros}) },
		"a strange file":        func(m *Manifest) { m.Files = append(m.Files, File{"stakeout", 1, zeros}) },
		"a missing file":        func(m *Manifest) { m.Files = append([]File{{"config.yaml", 1, zeros}}, m.Files...) },
		"another size":          func(m *Manifest) { m.Files[1].Size++ },
		"a negative size":       func(m *Manifest) { m.Files[1].Size = -1 },
		"another hash":          func(m *Manifest) { m.Files[1].SHA256 = zeros },
		"a short hash":          func(m *Manifest) { m.Files[1].SHA256 = zeros[2:] },
		"a hash in capitals":    func(m *Manifest) { m.Files[1].SHA256 = strings.ToUpper(m.Files[1].SHA256) },
		"no hash":               func(m *Manifest) { m.Files[1].SHA256 = "" },
	} {
		t.Run(name, func(t *testing.T) {
			m := whole
			m.Migrations, m.Files = slices.Clone(whole.Migrations), slices.Clone(whole.Files)
			forge(&m)
			rewrite(t, dir, m)
			_, err := Check(t.Context(), dir, ledger.Migrations, nil)
			var bad *BadError
			if !errors.As(err, &bad) || strings.Contains(err.Error(), "\n") {
				t.Error(err)
			}
		})
	}
	rewrite(t, dir, whole)
	if _, err := Check(t.Context(), dir, ledger.Migrations, nil); err != nil {
		t.Error(err)
	}
}

func rewrite(t *testing.T, dir string, m Manifest) {
	t.Helper()
	b, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(filepath.Join(dir, manifestFile), b, 0o600), os.WriteFile(filepath.Join(dir, sumsFile), m.sums(b), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// A changed database with hashes to match: the tree and the signature tell.
func TestAForgedDatabaseIsFound(t *testing.T) {
	dir, m := small(t)
	path := filepath.Join(dir, databaseFile)
	db, err := store.Open(t.Context(), path, ledger.Migrations...)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), store.Urgent, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE ledger_payload SET salt = randomblob(length(salt)) WHERE seq = 2`)
		return err
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(m.Files, func(f File) bool { return f.Name == databaseFile })
	sum := sha256.Sum256(b)
	m.Files[i].Size, m.Files[i].SHA256 = int64(len(b)), hex.EncodeToString(sum[:])
	rewrite(t, dir, m)
	_, err = Check(t.Context(), dir, ledger.Migrations, nil)
	var bad *BadError
	if !errors.As(err, &bad) || !strings.Contains(err.Error(), "entry 2: ") || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

func FuzzManifest(f *testing.F) {
	seed := Manifest{Format: format, Made: now, Version: "v1", Migrations: []string{"ledger/1"}, Ledger: "stakeout/ledger/01", Entries: 1, Checkpoint: "x\n",
		Files: []File{{databaseFile, 1, strings.Repeat("0", 64)}, {keyFile, 1, strings.Repeat("f", 64)}}}
	b, err := seed.encode()
	if err != nil {
		f.Fatal(err)
	}
	if _, err := parseManifest(b); err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(bytes.ReplaceAll(b, []byte("ledger.db"), []byte("../x")))
	f.Add(bytes.ReplaceAll(b, []byte(`"format": 1`), []byte(`"FORMAT": 1`)))
	f.Add(append(bytes.Clone(b), b...))
	f.Add([]byte(`{"format":9e99}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := parseManifest(b)
		if err != nil {
			return
		}
		again, err := m.encode()
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("read as\n%s\nfrom\n%s", again, b)
		}
		for _, file := range m.Files {
			if file.Name != filepath.Base(file.Name) || file.Name == manifestFile || file.Size < 0 {
				t.Errorf("names %q", file.Name)
			}
		}
	})
}
