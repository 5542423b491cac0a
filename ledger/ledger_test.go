package ledger_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

var start = time.Date(2026, 5, 3, 18, 10, 0, 0, time.UTC)

// open gives a ledger in dir whose clock moves a second an entry.
func open(t testing.TB, dir string) (*ledger.Ledger, *store.DB) {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(dir, "ledger.db"), ledger.Migrations...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	tick := start
	l, err := ledger.Open(t.Context(), db, dir, func() time.Time { tick = tick.Add(time.Second); return tick })
	if err != nil {
		t.Fatal(err)
	}
	return l, db
}

func acquire(t testing.TB, l *ledger.Ledger) (seq int64) {
	t.Helper()
	err := l.Write(t.Context(), store.Bulk, func(tx *store.Tx) (err error) {
		seq, err = l.OpenAcquisition(tx, ledger.Acquisition{Kind: "import", Source: "a.json", Version: "test", Started: start})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func add(t testing.TB, l *ledger.Ledger, os ...*message.Observation) (outs []ledger.Outcome) {
	t.Helper()
	err := l.Write(t.Context(), store.Bulk, func(tx *store.Tx) error {
		for _, o := range os {
			out, err := l.Append(tx, o)
			if err != nil {
				return err
			}
			outs = append(outs, out)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return outs
}

func obs(acquisition int64, kind message.Kind, id, text string, edited ...time.Time) *message.Observation {
	o := &message.Observation{
		Kind: kind, Via: message.Import, ID: id, Text: text, Acquisition: acquisition, Format: "test",
		Channel: message.Channel{Platform: message.Discord, ID: "77", Name: "general"},
		Author:  message.Author{ID: "5", Handle: "ada"}, Sent: message.Time{UTC: start}, Observed: start,
		Native: []byte(`{"content":"` + text + `"}`),
	}
	if len(edited) > 0 {
		o.Edited = message.Time{UTC: edited[0]}
	}
	return o
}

func TestIdentity(t *testing.T) {
	at := func(m int) time.Time { return start.Add(time.Duration(m) * time.Minute) }
	type step struct {
		o    func(a int64) *message.Observation
		want string
	}
	posted := func(text string) func(int64) *message.Observation {
		return func(a int64) *message.Observation { return obs(a, message.Posted, "1", text) }
	}
	edited := func(text string, e ...time.Time) func(int64) *message.Observation {
		return func(a int64) *message.Observation { return obs(a, message.Edited, "1", text, e...) }
	}
	deleted := func(a int64) *message.Observation { return obs(a, message.Deleted, "1", "") }
	file := func(f func(int64) *message.Observation, name string) func(int64) *message.Observation {
		return func(a int64) *message.Observation {
			o := f(a)
			o.Attachments = []message.Attachment{{Name: name, Size: 3}}
			return o
		}
	}
	for name, steps := range map[string][]step{
		"again":                       {{posted("hi"), "new"}, {posted("hi"), "sighting"}},
		"mentions rendered":           {{posted("hey <@!12> **now**"), "new"}, {posted("hey @ada now"), "sighting"}},
		"custom emoji":                {{posted("nice <:ok:99>"), "new"}, {posted("nice :ok:"), "sighting"}},
		"other text":                  {{posted("hi"), "new"}, {posted("ho"), "differs"}, {posted("ho"), "sighting"}, {posted("hi"), "sighting"}},
		"edit":                        {{posted("hi"), "new"}, {edited("ho", at(1)), "new"}, {edited("ho", at(1)), "sighting"}, {edited("hum", at(1)), "differs"}},
		"edit back":                   {{posted("hi"), "new"}, {edited("ho", at(1)), "new"}, {edited("hi", at(2)), "new"}},
		"edit back, no times":         {{posted("hi"), "new"}, {edited("ho"), "new"}, {edited("ho"), "sighting"}, {edited("hi"), "new"}},
		"mark-up, not names":          {{posted("john_doe_1 and *that*"), "new"}, {posted("john_doe_1 and that"), "sighting"}, {posted("johndoe1 and that"), "differs"}},
		"a number after a #":          {{posted("flat #12 Elm Street"), "new"}, {posted("flat #99 Elm Street"), "differs"}},
		"an address":                  {{posted("jane@lawfirm.example"), "new"}, {posted("jane@home.example"), "differs"}},
		"two names":                   {{posted("@anna lives in Cork"), "new"}, {posted("@bella lives in Cork"), "differs"}},
		"another file":                {{posted("look"), "new"}, {file(posted("look"), "a.png"), "differs"}, {file(posted("look"), "b.png"), "differs"}},
		"a file without a name":       {{file(posted("look"), "a.png"), "new"}, {file(posted("look"), ""), "sighting"}},
		"update that changes nothing": {{posted("hi"), "new"}, {edited("hi"), "sighting"}},
		"update of a file":            {{posted("hi"), "new"}, {file(edited("hi"), "a.png"), "new"}},
		"edited without posted":       {{edited("ho", at(1)), "new"}, {posted("hi"), "new"}, {edited("ho"), "sighting"}},
		"deleted":                     {{posted("hi"), "new"}, {deleted, "new"}, {deleted, "sighting"}, {posted("hi"), "sighting"}},
	} {
		t.Run(name, func(t *testing.T) {
			l, _ := open(t, t.TempDir())
			a := acquire(t, l)
			for i, s := range steps {
				out := add(t, l, s.o(a))[0]
				got := "new"
				if out.Sighting {
					got = "sighting"
				} else if out.Differs {
					got = "differs"
				}
				if got != s.want {
					t.Errorf("step %d: %s, want %s", i+1, got, s.want)
				}
			}
		})
	}
}

func TestAccountIsPartOfIdentityWhereIDsArePerAccount(t *testing.T) {
	l, _ := open(t, t.TempDir())
	a := acquire(t, l)
	one, two := obs(a, message.Posted, "1", "hi"), obs(a, message.Posted, "1", "ho")
	one.Channel.Account, two.Channel.Account = "100", "200"
	for _, out := range add(t, l, one, two) {
		if out.Sighting || out.Differs {
			t.Errorf("%+v", out)
		}
	}
}

func TestTreeIsRFC6962AndSurvivesReopening(t *testing.T) {
	dir := t.TempDir()
	l, db := open(t, dir)
	a := acquire(t, l)
	for i := range 700 { // crosses two tiles, in groups of odd sizes
		add(t, l, obs(a, message.Posted, fmt.Sprint(i), "text"))
		if i%233 == 0 {
			db.Close()
			l, db = open(t, dir)
		}
	}
	rep, err := l.Verify(t.Context(), nil)
	if err != nil || len(rep.Problems) > 0 || rep.Size != 701 {
		t.Fatalf("%v %+v", err, rep)
	}
	public, err := os.ReadFile(filepath.Join(dir, "ledger.pub"))
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(public)))
	if err != nil {
		t.Fatal(err)
	}
	early := rep.Signed
	if n, err := note.Open([]byte(early), note.VerifierList(verifier)); err != nil || !strings.HasPrefix(n.Text, l.Origin()+"\n701\n") {
		t.Fatalf("%v %+v", err, n)
	}
	add(t, l, obs(a, message.Posted, "more", "text"))
	inADigest := "Ledger\n  " + strings.ReplaceAll(early, "\n", "\n  ") + "\nmore"
	for _, text := range []string{early, inADigest} {
		if err := l.VerifyCheckpoint(t.Context(), []byte(text)); err != nil {
			t.Error(err)
		}
		if err := l.VerifyCheckpoint(t.Context(), []byte(strings.Replace(text, "701", "700", 1))); err == nil {
			t.Error("a checkpoint that was tampered with holds")
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "ledger.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(err, info.Mode())
	}
	db.Close()
	if err := os.Remove(filepath.Join(dir, "ledger.key")); err != nil {
		t.Fatal(err)
	}
	db, err = store.Open(t.Context(), filepath.Join(dir, "ledger.db"), ledger.Migrations...)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := ledger.Open(t.Context(), db, dir, time.Now); err == nil {
		t.Error("a ledger with entries opened under a new key")
	}
}

func TestEmptyTreeHasTheHashOfNothing(t *testing.T) {
	l, _ := open(t, t.TempDir())
	head, err := l.Head(t.Context())
	want, _ := tlog.TreeHash(0, nil)
	if err != nil || head.Root != want || head.Signed != "" {
		t.Errorf("%v %+v", err, head)
	}
}

func TestAFailedWriteLeavesNoTrace(t *testing.T) {
	l, _ := open(t, t.TempDir())
	a := acquire(t, l)
	boom := fmt.Errorf("boom")
	err := l.Write(t.Context(), store.Bulk, func(tx *store.Tx) error {
		o := obs(a, message.Posted, "1", "lost")
		o.Channel.ID = "new channel"
		if _, err := l.Append(tx, o); err != nil {
			return err
		}
		return boom
	})
	if err != boom {
		t.Fatal(err)
	}
	if err := l.Write(t.Context(), store.Bulk, func(*store.Tx) error { panic("secret text") }); err == nil || strings.Contains(err.Error(), "secret text") {
		t.Fatalf("a panic in a write: %v", err)
	}
	o := obs(a, message.Posted, "1", "kept")
	o.Channel.ID = "new channel"
	if out := add(t, l, o)[0]; out.Seq != 2 || out.Differs {
		t.Errorf("%+v", out)
	}
	if rep, err := l.Verify(t.Context(), nil); err != nil || len(rep.Problems) > 0 {
		t.Errorf("%v %+v", err, rep)
	}
}

func TestHeadersRefuseUpdateAndDelete(t *testing.T) {
	l, db := open(t, t.TempDir())
	add(t, l, obs(acquire(t, l), message.Posted, "1", "hi"))
	for _, q := range []string{`UPDATE ledger_entry SET sent = 0`, `DELETE FROM ledger_entry`, `UPDATE ledger_channel SET channel = 'x'`, `DELETE FROM ledger_channel`} {
		if err := db.Write(t.Context(), store.Bulk, func(tx *store.Tx) error { _, err := tx.Exec(q); return err }); err == nil {
			t.Errorf("%s went through", q)
		}
	}
}

func TestReadingBack(t *testing.T) {
	dir := t.TempDir()
	l, db := open(t, dir)
	a := acquire(t, l)
	late, early := obs(a, message.Posted, "2", "late"), obs(a, message.Posted, "1", "early")
	late.Sent.UTC = start.Add(time.Hour)
	add(t, l, late, early, obs(a, message.Edited, "1", "early!", start.Add(time.Minute)), obs(a, message.Posted, "1", "early"))
	for range 2 { // once from memory, once from the file
		es, err := l.Page(t.Context(), 0, 10)
		if err != nil || len(es) != 5 || es[0].Acq == nil || es[1].Obs.Text != "late" || string(es[2].Obs.Native) != `{"content":"early"}` || es[4].Type != ledger.Sighting || es[4].Of != 3 {
			t.Fatalf("%v %+v", err, es)
		}
		if !es[1].First || es[3].First || es[2].Obs.Acquisition != a {
			t.Errorf("%+v", es)
		}
		vs, err := l.Versions(t.Context(), late.Channel, "1")
		if err != nil || len(vs) != 2 || vs[1].Obs.Text != "early!" {
			t.Fatalf("%v %+v", err, vs)
		}
		st, err := l.Stretch(t.Context(), late.Channel, start, start.Add(2*time.Hour), 0)
		if err != nil || len(st) != 3 || st[0].Obs.Text != "early" || st[2].Obs.Text != "late" {
			t.Fatalf("%v %+v", err, st)
		}
		c, err := l.Counts(t.Context(), 0, l.Size())
		if err != nil || c.Sightings != 1 || len(c.Channels) != 1 || c.Channels[0].Posted != 2 || c.Channels[0].Edited != 1 || c.Channels[0].Channel.Name != "general" {
			t.Fatalf("%v %+v", err, c)
		}
		db.Close()
		l, db = open(t, dir)
	}
}

func TestFollowWaitsForNewEntriesAndEndsWithItsContext(t *testing.T) {
	l, _ := open(t, t.TempDir())
	a := acquire(t, l)
	ctx, cancel := context.WithCancel(t.Context())
	got := make(chan string)
	done := make(chan error)
	go func() {
		var last error
		for es, err := range l.Follow(ctx, 0, ledger.Observation) {
			last = err
			for _, e := range es {
				got <- e.Obs.Text
			}
		}
		done <- last
	}()
	for i := range 3 {
		text := fmt.Sprint("t", i)
		add(t, l, obs(a, message.Posted, text, text))
		if g := <-got; g != text {
			t.Errorf("%s, want %s", g, text)
		}
	}
	cancel()
	if err := <-done; err != context.Canceled {
		t.Error(err)
	}
}

func TestOpenImportFindsWhatToResume(t *testing.T) {
	l, _ := open(t, t.TempDir())
	var seq int64
	acq := ledger.Acquisition{Kind: "import", Source: "a.json", SHA256: "abc", Started: start}
	if err := l.Write(t.Context(), store.Bulk, func(tx *store.Tx) (err error) { seq, err = l.OpenAcquisition(tx, acq); return err }); err != nil {
		t.Fatal(err)
	}
	if got, found, closed, err := l.OpenImport(t.Context(), "abc"); got != seq || !found || closed || err != nil {
		t.Error(got, found, closed, err)
	}
	if err := l.Write(t.Context(), store.Bulk, func(tx *store.Tx) error { return l.CloseAcquisition(tx, seq, acq) }); err != nil {
		t.Fatal(err)
	}
	if got, found, closed, err := l.OpenImport(t.Context(), "abc"); got != seq || !found || !closed || err != nil {
		t.Error(got, found, closed, err)
	}
	if _, found, _, _ := l.OpenImport(t.Context(), "other"); found {
		t.Error("found an import that never was")
	}
}

// Every bit of every column of an entry's rows is turned; each turn must be
// found and put down to its entry.
func TestVerifyNamesTheEntryOfAnyFlippedBit(t *testing.T) {
	dir := t.TempDir()
	l, db := open(t, dir)
	a := acquire(t, l)
	add(t, l, obs(a, message.Posted, "1", "one"), obs(a, message.Edited, "1", "two", start.Add(time.Minute)), obs(a, message.Posted, "1", "one"), obs(a, message.Posted, "x", "three"))
	raw, err := sql.Open("sqlite", filepath.Join(dir, "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	exec := func(q string, args ...any) {
		t.Helper()
		if _, err := raw.Exec(q, args...); err != nil {
			t.Fatal(q, err)
		}
	}
	exec(`DROP TRIGGER ledger_entry_no_update`)
	turns := 0
	turn := func(table, column string, seq int64, old, now any) {
		t.Helper()
		exec(`UPDATE `+table+` SET `+column+` = ? WHERE seq = ?`, now, seq)
		turns++
		rep, err := l.Verify(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		named := false
		for _, p := range rep.Problems {
			named = named || p.Seq == seq
		}
		if !named {
			t.Errorf("%s.%s of entry %d: %v", table, column, seq, rep.Problems)
		}
		exec(`UPDATE `+table+` SET `+column+` = ? WHERE seq = ?`, old, seq)
	}
	for _, table := range []string{"ledger_entry", "ledger_payload"} {
		rows, err := raw.Query(`SELECT * FROM ` + table)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		var all [][]any
		for rows.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			all = append(all, values)
		}
		rows.Close()
		for _, values := range all {
			for i, column := range columns {
				switch v := values[i].(type) {
				case int64:
					if column != "seq" && column != "channel" {
						turn(table, column, values[0].(int64), v, v^1)
						turn(table, column, values[0].(int64), v, v^(1<<40))
					}
				case string:
					turn(table, column, values[0].(int64), v, "y")
				case []byte:
					step := max(1, len(v)/6)
					for at := 0; at < len(v); at += step {
						now := append([]byte(nil), v...)
						now[at] ^= 1 << (at % 8)
						turn(table, column, values[0].(int64), v, now)
					}
				}
			}
		}
	}
	if turns < 100 {
		t.Errorf("only %d turns tried", turns)
	}
	if rep, err := l.Verify(t.Context(), nil); err != nil || len(rep.Problems) > 0 {
		t.Errorf("put back, yet %v %+v", err, rep.Problems)
	}
	_ = db
}

func exec(t *testing.T, db *store.DB, query string, args ...any) {
	t.Helper()
	if err := db.Write(t.Context(), store.Bulk, func(tx *store.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
		t.Fatal(err)
	}
}

// problems are what Verify says, as "seq what".
func problems(t *testing.T, l *ledger.Ledger) (all []string) {
	t.Helper()
	rep, err := l.Verify(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range rep.Problems {
		all = append(all, fmt.Sprint(p.Seq, " ", p.What))
	}
	return all
}

func TestARemovedPayloadIsNamedAndLeavesTheTreeWhole(t *testing.T) {
	l, db := open(t, t.TempDir())
	a := acquire(t, l)
	add(t, l, obs(a, message.Posted, "1", "one"), obs(a, message.Posted, "2", "two"))
	exec(t, db, `DELETE FROM ledger_payload WHERE seq = 2`)
	if got := problems(t, l); len(got) != 1 || !strings.HasPrefix(got[0], "2 the payload is missing") {
		t.Error(got)
	}
	if out := add(t, l, obs(a, message.Posted, "1", "one"))[0]; !out.Sighting {
		t.Error("a removed message came back")
	}
	exec(t, db, `UPDATE ledger_payload SET seq = 99 WHERE seq = 3`)
	if got := strings.Join(problems(t, l), "\n"); !strings.Contains(got, "3 the payload is missing") || !strings.Contains(got, "99 a payload stands under this number") {
		t.Error(got)
	}
}

func TestVerifySeesWhatWasTakenAway(t *testing.T) {
	for what, c := range map[string]struct{ query, want string }{
		"the head":        {`DELETE FROM ledger_head`, "stands outside the signed head"},
		"a tile":          {`DELETE FROM ledger_tile`, "tile 0/0"},
		"the last entry":  {`DROP TRIGGER ledger_entry_no_delete; DELETE FROM ledger_entry WHERE seq = 4`, "4 is missing"},
		"an early entry":  {`DROP TRIGGER ledger_entry_no_delete; DELETE FROM ledger_entry WHERE seq = 2`, "2 is missing"},
		"a channel":       {`DROP TRIGGER ledger_channel_no_delete; PRAGMA foreign_keys = 0; DELETE FROM ledger_channel`, "2 "},
		"the signature":   {`UPDATE ledger_head SET signed = replace(signed, '4', '5')`, "signed checkpoint"},
		"an added entry":  {`INSERT INTO ledger_entry(seq, type, stored, acquisition, flags) VALUES(5, 2, 0, 1, 0)`, "5 stands outside"},
		"a foreign entry": {`DROP TRIGGER ledger_entry_no_replace; DROP TRIGGER ledger_entry_no_update; UPDATE ledger_entry SET sent = 7 WHERE seq = 3`, "3 the header does not match"},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			l, db := open(t, dir)
			a := acquire(t, l)
			add(t, l, obs(a, message.Posted, "1", "one"), obs(a, message.Posted, "2", "two"), obs(a, message.Posted, "3", "three"))
			db.Close()
			raw, err := sql.Open("sqlite", filepath.Join(dir, "ledger.db"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := raw.Exec(c.query); err != nil {
				t.Fatal(err)
			}
			raw.Close()
			// Such a file may be too damaged to open for work.
			read, err := store.OpenReadOnly(filepath.Join(dir, "ledger.db"))
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close()
			if l, err = ledger.Inspect(read, dir); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(problems(t, l), "\n"); !strings.Contains(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestHeadersRefuseReplacement(t *testing.T) {
	l, db := open(t, t.TempDir())
	add(t, l, obs(acquire(t, l), message.Posted, "1", "hi"))
	for _, q := range []string{
		`INSERT OR REPLACE INTO ledger_entry(seq, type, stored, acquisition, flags) VALUES(2, 2, 0, 1, 0)`,
		`INSERT OR REPLACE INTO ledger_channel VALUES(1, 'x', 'y', '')`,
	} {
		if err := db.Write(t.Context(), store.Bulk, func(tx *store.Tx) error { _, err := tx.Exec(q); return err }); err == nil {
			t.Errorf("%s went through", q)
		}
	}
}

func TestAnEditWithoutAZoneIsOneEditInAnyZone(t *testing.T) {
	l, _ := open(t, t.TempDir())
	a := acquire(t, l)
	for i, zone := range []*time.Location{time.UTC, time.FixedZone("", 3*3600)} {
		o := obs(a, message.Edited, "1", "ho")
		var err error
		if o.Edited, err = message.ParseTime("2019-07-05T16:55:32", zone); err != nil {
			t.Fatal(err)
		}
		if out := add(t, l, o)[0]; out.Sighting != (i == 1) {
			t.Errorf("reading %d: %+v", i, out)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	l, _ := open(b, b.TempDir())
	a := acquire(b, l)
	i := 0
	for b.Loop() {
		batch := make([]*message.Observation, 500)
		for j := range batch {
			batch[j] = obs(a, message.Posted, fmt.Sprint(1200000000000000000+i), "the court said that the seat price of the lawyer is down again")
			i++
		}
		add(b, l, batch...)
	}
	b.ReportMetric(float64(i)/b.Elapsed().Seconds(), "messages/s")
}

func TestADamagedEntryKeepsReadersFromNoOther(t *testing.T) {
	dir := t.TempDir()
	l, db := open(t, dir)
	a := acquire(t, l)
	add(t, l, obs(a, message.Posted, "1", "one"), obs(a, message.Posted, "2", "two"), obs(a, message.Posted, "3", "three"))
	exec(t, db, `UPDATE ledger_payload SET body = x'00' WHERE seq = 3`)
	db.Close()
	l, _ = open(t, dir)
	es, err := l.Page(t.Context(), 0, 10)
	if err != nil || len(es) != 4 || !es[2].Damaged || es[2].Obs != nil || es[3].Obs == nil || es[3].Obs.Text != "three" {
		t.Errorf("%v %+v", err, es)
	}
}

func TestATextWithoutACheckpointIsNoTampering(t *testing.T) {
	l, _ := open(t, t.TempDir())
	acquire(t, l)
	if err := l.VerifyCheckpoint(t.Context(), []byte("hello")); !errors.Is(err, ledger.ErrNoCheckpoint) {
		t.Error(err)
	}
}
