package cli_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

type alertRow struct {
	Alert string `json:"alert"`
	Count int64  `json:"count"`
	Rule  string `json:"rule"`
}

// TestKillLoop kills the importing program at random moments. In the end every
// message must be in the ledger once and in the index, the tree must verify,
// and every alert must have reached the receiver at least once.
// STAKEOUT_KILLS sets how often.
func TestKillLoop(t *testing.T) {
	if testing.Short() {
		t.Skip("kills for half a minute")
	}
	kills := 100
	if s := os.Getenv("STAKEOUT_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	w, slack := newWorld(t, shipped())
	const perFile = 1500
	files, current := 0, ""
	for killed := 0; killed < kills; {
		if current == "" {
			current = w.export(files, perFile)
			files++
		}
		cmd := w.command("import", "--alert", "each", current)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(rand.IntN(400))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		switch {
		case err == nil:
			current = "" // it got through: go on with another file
		case cmd.ProcessState.ExitCode() == -1:
			killed++
		default:
			t.Fatalf("import ended by itself: %v", err)
		}
	}
	for i := range files {
		w.run(0, "import", "--alert", "each", filepath.Join(w.dir, fmt.Sprintf("export-%d.json", i)))
	}

	out, _ := w.run(0, "verify")
	t.Logf("after %d kills over %d files: %s", kills, files, strings.TrimSpace(out))
	var status []struct {
		Entries     int64 `json:"entries"`
		Indexed     int64 `json:"indexed"`
		Quarantined int64 `json:"quarantined"`
		Channels    []struct{ Posted, Edited, Deleted int64 }
		Undelivered []any
	}
	w.json(&status, "status", "-o", "json")
	var posted int64
	for _, c := range status[0].Channels {
		posted += c.Posted + c.Edited + c.Deleted
	}
	if want := int64(files * perFile); posted != want || status[0].Quarantined != 0 || len(status[0].Undelivered) != 0 {
		t.Errorf("the ledger has %d messages, want %d: %+v", posted, want, status)
	}
	found := map[string]int{}
	out, _ = w.run(0, "search", "-o", "jsonl", "--limit", "0", "")
	for line := range strings.Lines(out) {
		var hit struct {
			ID string `json:"message_id"`
		}
		if err := json.Unmarshal([]byte(line), &hit); err != nil {
			t.Fatal(err)
		}
		found[hit.ID]++
	}
	for id, n := range found {
		if n != 1 {
			t.Errorf("message %s is in the index %d times", id, n)
		}
	}
	if len(found) != files*perFile {
		t.Errorf("the index has %d messages, want %d", len(found), files*perFile)
	}

	var raised []alertRow
	w.json(&raised, "alerts", "list", "--limit", "0", "-o", "json")
	told := map[string]bool{}
	for _, p := range slack.Posts() {
		told[p.ID] = true
	}
	findings := int64(0)
	for _, a := range raised {
		findings += a.Count
		if !told[a.Alert] {
			t.Errorf("alert %s never reached the receiver", a.Alert)
		}
	}
	// The same files without a kill must give the same findings.
	calm, _ := newWorld(t, w.bin)
	calm.webhook = w.webhook
	for i := range files {
		calm.run(0, "import", "--alert", "each", filepath.Join(w.dir, fmt.Sprintf("export-%d.json", i)))
	}
	var undisturbed []alertRow
	calm.json(&undisturbed, "alerts", "list", "--limit", "0", "-o", "json")
	want := int64(0)
	for _, a := range undisturbed {
		want += a.Count
	}
	if findings != want || want == 0 {
		t.Errorf("%d findings after the kills, %d without", findings, want)
	}
}
