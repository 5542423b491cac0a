package cli_test

import (
	"bytes"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"stakeout/app"
	"stakeout/cli"
	"stakeout/config"
)

func TestBackupThroughTheServiceAndBack(t *testing.T) {
	w, _ := newWorld(t, watched())
	w.run(0, "import", w.export(0, 300))
	run := w.service()
	_, talk := w.run(0, "backup", "kept") // relative to the client's folder, not to the service's
	if !strings.Contains(talk, "entries") || !strings.Contains(talk, "restore --check") {
		t.Errorf("backup said %q", talk)
	}
	_, talk = w.run(1, "backup", "kept")
	if !strings.Contains(talk, "not empty") {
		t.Errorf("a second backup into it said %q", talk)
	}
	w.run(1, "backup", filepath.Join("no", "such", "folder"))
	w.run(2, "backup")
	out, _ := w.run(0, "restore", "--check", "kept")
	if !strings.HasPrefix(out, "ok: ") || !strings.Contains(out, "signed") {
		t.Errorf("check said %q", out)
	}
	_, talk = w.run(1, "restore", "kept") // the service has the directory
	if !strings.Contains(talk, "not empty") {
		t.Errorf("restore over a running service said %q", talk)
	}
	access, _ := w.run(0, "status", "access")
	if !strings.Contains(access, "backup") || !strings.Contains(access, filepath.Join(w.dir, "kept")) {
		t.Errorf("the record of accesses says\n%s", access)
	}
	w.run(0, "import", w.export(1, 100))
	found, _ := w.run(0, "search", "-o", "jsonl", "--limit", "0", "quillfeather")
	w.stop(run)

	other := filepath.Join(w.dir, "other")
	_, talk = w.run(0, "restore", "kept", "--data", other)
	if !strings.Contains(talk, "index is rebuilt") {
		t.Errorf("restore said %q", talk)
	}
	w.run(0, "verify", "--data", other)
	w.run(0, "verify", "--data", other, "--checkpoint", filepath.Join("kept", "manifest.json"))
	w.run(0, "import", "--data", other, filepath.Join(w.dir, "export-1.json"))
	if again, _ := w.run(0, "search", "--data", other, "-o", "jsonl", "--limit", "0", "quillfeather"); strings.Count(again, "\n") != strings.Count(found, "\n") || again == "" {
		t.Errorf("the restored ledger finds\n%s\nthe first\n%s", again, found)
	}

	// One changed bit: one line and the status of a failed verification.
	path := filepath.Join(w.dir, "kept", "ledger.db")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/3] ^= 4
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"restore", "--check", "kept"}, {"restore", "kept", "--data", filepath.Join(w.dir, "third")}} {
		if _, talk := w.run(3, args...); strings.Count(talk, "\n") != 1 || !strings.Contains(talk, "ledger.db has changed") {
			t.Errorf("stakeout %s said %q", strings.Join(args, " "), talk)
		}
	}
	if _, err := os.Stat(filepath.Join(w.dir, "third")); err == nil {
		t.Error("a refused restore left a folder")
	}
}

// change runs SQL on the database of a directory that nobody has open.
func (w world) change(query string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(w.dir, "data", "ledger.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query); err != nil {
		w.t.Fatal(err)
	}
}

func TestADirectoryOfAnotherVersion(t *testing.T) {
	w, _ := newWorld(t, watched())
	w.run(0, "import", w.export(0, 50))

	// Of an older one: as if the ledger's last migration had not run yet.
	w.change(`DROP INDEX ledger_covered; DROP INDEX ledger_stopped; DELETE FROM store_migration WHERE name = 'ledger/2'`)
	if _, talk := w.run(1, "verify"); strings.Count(talk, "\n") != 1 || !strings.Contains(talk, "ledger/1 to ledger/2") {
		t.Errorf("verify said %q", talk)
	}
	w.run(0, "backup", "before")
	w.run(0, "restore", "--check", "before")
	if _, talk := w.run(0, "status"); strings.Count(talk, "\n") != 1 || !strings.Contains(talk, "ledger/1 to ledger/2") || !strings.Contains(talk, "stakeout backup DIR") {
		t.Errorf("the migration was announced as %q", talk)
	}
	if _, talk := w.run(0, "status"); talk != "" {
		t.Errorf("migrated already, but it says %q", talk)
	}
	w.run(0, "verify")
	if _, talk := w.run(0, "restore", "before", "--data", filepath.Join(w.dir, "old")); !strings.Contains(talk, "entries") {
		t.Errorf("restore said %q", talk)
	}
	if _, talk := w.run(0, "status", "--data", filepath.Join(w.dir, "old")); !strings.Contains(talk, "ledger/1 to ledger/2") {
		t.Errorf("opening the restored older one said %q", talk)
	}

	// Of a newer one: nobody touches it, verify does not guess.
	w.run(0, "backup", "kept")
	w.change(`INSERT INTO store_migration VALUES('ledger/99')`)
	for _, args := range [][]string{{"status"}, {"verify"}, {"run"}, {"search", "x"}, {"backup", "newer"}, {"import", filepath.Join(w.dir, "export-0.json")}} {
		if _, talk := w.run(1, args...); !strings.Contains(talk, "newer version of Stakeout (ledger/99 is not known here)") || strings.Count(talk, "\n") != 1 {
			t.Errorf("stakeout %s said %q", strings.Join(args, " "), talk)
		}
	}
	if _, err := os.Stat(filepath.Join(w.dir, "newer")); err == nil {
		t.Error("a refused backup left a folder")
	}
	// Half of a restore is not opened either.
	half := filepath.Join(w.dir, "half")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "ledger.db.restoring"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, talk := w.run(1, "status", "--data", half); !strings.Contains(talk, "stakeout restore") {
		t.Errorf("half of a restore: %q", talk)
	}
	w.run(0, "restore", "kept", "--data", half)
	w.run(0, "verify", "--data", half)
}

// Whom the control socket lets in by their group may read, but not have files
// written with the service's rights.
func TestOnlyTheServicesOwnUserHasItWriteABackup(t *testing.T) {
	cfg := config.Default()
	cfg.Data, cfg.Control.Group = filepath.Join(t.TempDir(), "data"), "analysts"
	a, err := app.Open(t.Context(), cfg, app.Options{Command: "run", Create: true, Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for uid, want := range map[int]int{os.Getuid() + 1: 1, -1: 1, os.Getuid(): 0} {
		dir := filepath.Join(t.TempDir(), "kept")
		var out, errs bytes.Buffer
		status := cli.Main(t.Context(), cli.Env{Args: []string{"backup", dir}, Out: &out, Err: &errs, UID: uid, Service: a})
		if _, err := os.Stat(dir); status != want || (err == nil) != (want == 0) {
			t.Errorf("user %d: status %d, folder %v: %s", uid, status, err == nil, errs.String())
		}
	}
}
