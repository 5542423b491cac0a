package cli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// maildir writes a Maildir with a folder of its own, n mails in each.
func (w world) maildir(n int) string {
	w.t.Helper()
	dir := filepath.Join(w.dir, "Maildir")
	for _, sub := range []string{"cur", "new", "tmp", ".Threats/cur", ".Threats/new", ".Threats/tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			w.t.Fatal(err)
		}
	}
	for i := range n {
		for _, f := range []string{"cur/%d.host:2,S", ".Threats/new/%d.host"} {
			name := filepath.Join(dir, fmt.Sprintf(f, 1700000000+i))
			mail := fmt.Sprintf("From: m%d@postbin.example\nDate: Tue, 3 Mar 2026 09:14:58 +0000\nMessage-ID: <%d.%d@postbin.example>\nSubject: x\n\nnothing much\n", i, i, len(f))
			if err := os.WriteFile(name, []byte(mail), 0o600); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	for _, name := range []string{"tmp/1.host", "cur/0.host:2,"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("not a mail"), 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	return dir
}

func TestMaildirIsImportedHereAndThroughTheService(t *testing.T) {
	w, _ := newWorld(t, watched())
	dir := w.maildir(150)
	_, talk := w.run(4, "import", dir)
	if !strings.Contains(talk, "300 new") || !strings.Contains(talk, "1 records could not be read") || !strings.Contains(talk, "zip archive of its mails") {
		t.Errorf("import said %q", talk)
	}
	// A mail that was read meanwhile has other flags, and is the same mail.
	if err := os.Rename(filepath.Join(dir, ".Threats/new/1700000003.host"), filepath.Join(dir, ".Threats/cur/1700000003.host:2,S")); err != nil {
		t.Fatal(err)
	}
	run := w.service()
	if _, talk = w.run(4, "import", dir); !strings.Contains(talk, "imported before") {
		t.Errorf("import through the service said %q", talk)
	}
	if err := os.WriteFile(filepath.Join(dir, "new/1800000000.host"), []byte("From: late@postbin.example\nDate: Tue, 3 Mar 2026 09:14:58 +0000\nMessage-ID: <late@postbin.example>\n\nlate\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, talk = w.run(4, "import", dir); !strings.Contains(talk, "1 new, 300 seen before") {
		t.Errorf("import through the service said %q", talk)
	}
	if _, talk = w.run(1, "import", t.TempDir()); !strings.Contains(talk, "no Maildir") {
		t.Errorf("import of an empty folder said %q", talk)
	}
	w.stop(run)
}
