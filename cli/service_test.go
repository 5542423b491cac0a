package cli_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// service starts `stakeout run` and waits until it says that it runs.
func (w world) service() *exec.Cmd {
	w.t.Helper()
	cmd := w.command("run")
	errs, err := cmd.StderrPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(errs)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "msg=running") {
			go func() { // the pipe must not fill up
				for lines.Scan() {
				}
			}()
			return cmd
		}
	}
	w.t.Fatalf("the service ended before it ran: %v", lines.Err())
	return nil
}

func (w world) stop(cmd *exec.Cmd) {
	w.t.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		w.t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		w.t.Errorf("the service ended with status %d", code)
	}
}

func TestCommandsSayTheSameThroughTheService(t *testing.T) {
	w, _ := newWorld(t, watched())
	// A directory too long for a socket's address.
	w.dir = filepath.Join(w.dir, strings.Repeat("long", 30))
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "watchlist.yaml"), []byte(watchlistYAML), 0o600); err != nil {
		t.Fatal(err)
	}
	file := w.export(0, 300)
	run := w.service()
	_, talk := w.run(0, "import", file)
	if !strings.Contains(talk, "300 new") {
		t.Errorf("import through the service said %q", talk)
	}
	b, err := os.ReadFile(w.export(1, 200))
	if err != nil {
		t.Fatal(err)
	}
	cmd := w.command("import", "-")
	cmd.Stdin = bytes.NewReader(b)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "200 new") {
		t.Fatalf("import of standard input through the service: %v\n%s", err, out)
	}
	w.run(2, "search")
	w.run(2, "search", "--reveal", "x")
	w.run(2, "search", `"unclosed`)
	w.run(1, "import", filepath.Join(w.dir, "missing.json"))
	w.run(1, "run") // somebody else has the directory

	commands := [][]string{
		{"search", "-o", "json", "nothing"}, {"search", "court"}, {"search", "-o", "csv", "--limit", "0", "quillfeather"},
		{"alerts", "list", "--history"}, {"alerts", "history"}, {"rules", "stats"}, {"verify"}, {"status", "quarantine"},
	}
	var through []string
	for _, args := range commands {
		out, _ := w.run(0, args...)
		through = append(through, out)
	}
	w.run(0, "status", "--running")
	w.stop(run)
	w.run(1, "status", "--running")
	for i, args := range commands {
		if out, _ := w.run(0, args...); out != through[i] {
			t.Errorf("stakeout %s says\n%s\nbut through the service\n%s", strings.Join(args, " "), out, through[i])
		}
	}
}

func TestTheLoserOfADirectoryHearsWhoHasIt(t *testing.T) {
	w, _ := newWorld(t, watched())
	// An import from a pipe that stays open holds the directory.
	cmd := w.command("import", "-")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lock := filepath.Join(w.dir, "data", "lock")
	for {
		if b, err := os.ReadFile(lock); err == nil && json.Valid(b) {
			break
		}
	}
	_, talk := w.run(1, "search", "x")
	if !strings.Contains(talk, "stakeout import") || !strings.Contains(talk, "process") {
		t.Errorf("the loser heard %q", talk)
	}
	_ = cmd.Process.Signal(os.Interrupt)
	_ = in.Close()
	_ = cmd.Wait()
	w.run(0, "search", "x")
}

func TestAClientThatGoesAwayCancelsItsImport(t *testing.T) {
	w, _ := newWorld(t, watched())
	run := w.service()
	cmd := w.command("import", "-")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(w.export(0, 2000))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write(b[:len(b)-100]); err != nil { // never whole
		t.Fatal(err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	// The service is free again: it stops cleanly and everything verifies.
	w.stop(run)
	w.run(0, "verify")
}

func TestTheDoxStaysIn(t *testing.T) {
	w, _ := newWorld(t, watched())
	w.run(0, "import", w.export(0, 200))
	for _, args := range [][]string{
		{"search", "--limit", "0", "alderbrook"}, {"search", "-o", "json", "--limit", "0", "alderbrook"}, {"search", "-o", "csv", "alderbrook"},
		{"search", "-o", "jsonl", "alderbrook"}, {"alerts", "list", "--history", "-o", "json"}, {"alerts", "show", "A-000001", "-o", "json"},
		{"alerts", "show", "A-000001"}, {"digest"}, {"digest", "-o", "json"}, {"status", "-o", "json"},
	} {
		out, talk := w.run(0, args...)
		for _, secret := range []string{"Alderbrook", "202-555-0143"} {
			if strings.Contains(out+talk, secret) {
				t.Errorf("stakeout %s gives %s away:\n%s", strings.Join(args, " "), secret, out)
			}
		}
	}
	out, _ := w.run(0, "search", "--reveal", "--reason", "affidavit", "alderbrook")
	if !strings.Contains(out, "Alderbrook") {
		t.Errorf("a reveal shows nothing:\n%s", out)
	}
	var record []struct {
		UID         int
		What, Query string
		Reason      string
	}
	w.json(&record, "status", "access", "-o", "json")
	if len(record) == 0 || record[len(record)-1].What != "reveal" || record[len(record)-1].Reason != "affidavit" || record[len(record)-1].Query != "alderbrook" || record[len(record)-1].UID != os.Getuid() {
		t.Errorf("the record says %+v", record)
	}
}
