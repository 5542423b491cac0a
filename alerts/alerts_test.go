package alerts

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"stakeout/message"
	"stakeout/store"
)

func TestOneFingerprintIsOnePostAndOneRepeat(t *testing.T) {
	w := newWorld(t)
	w.live("hello")
	for range 5 {
		w.live("a dox")
		w.clock.move(time.Minute)
	}
	other := w.observation(message.Live, "a dox")
	other.Channel.ID = "78"
	w.append(other)
	w.live("the law")
	w.judge()
	w.drain()
	w.expect("A-000001", "A-000002", "A-000003")
	w.clock.move(30 * time.Minute)
	w.drain()
	w.drain()
	w.expect("A-000001", "A-000002", "A-000003", "A-000001.5")
	w.live("a dox again, later")
	w.judge()
	w.clock.move(time.Hour)
	w.drain()
	w.expect("A-000001", "A-000002", "A-000003", "A-000001.5", "A-000004")
	if n := w.box.got[3].Found; n.Count != 5 || n.Alert != "A-000001" {
		t.Errorf("the repeat says %+v", n)
	}
	if as := w.list(Filter{Label: "doxxing"}); len(as) != 3 || as[2].Count != 5 || as[0].Count != 1 {
		t.Errorf("listed %+v", as)
	}
}

func TestJudgedTwiceAddsNothing(t *testing.T) {
	w := newWorld(t)
	w.live("a dox")
	w.live("more dox with a key")
	w.judge()
	w.drain()
	w.write(func(tx *store.Tx) error { // as if the cursor had been lost
		_, err := tx.Exec(`UPDATE alerts_cursor SET seq = 0`)
		return err
	})
	w.alerts.cursor.Store(0)
	w.judge()
	w.drain()
	w.expect("A-000001", "A-000002")
	if as := w.list(Filter{}); len(as) != 2 || as[1].Count != 2 {
		t.Errorf("listed %+v", as)
	}
}

func TestPanicIsContainedAndTold(t *testing.T) {
	w := newWorld(t)
	w.live("boom secret words")
	w.live("boom other words")
	w.live("a dox")
	w.judge()
	w.drain()
	w.expect("E-detection-2026-05-03", "A-000001")
	ts, err := w.alerts.Troubles(t.Context(), time.Time{})
	if err != nil || len(ts) != 1 || ts[0].Count != 2 || strings.Contains(fmt.Sprint(ts, w.box.got[0].Told), "secret") {
		t.Errorf("troubles %+v, %v", ts, err)
	}
}

func TestDeletionIsNotedAndRaisesNothing(t *testing.T) {
	w := newWorld(t)
	first := w.observation(message.Live, "part one")
	w.append(first)
	second := w.observation(message.Live, "a split dox")
	w.append(second)
	plain := w.observation(message.Live, "hello")
	w.append(plain)
	for _, o := range []*message.Observation{first, plain} {
		gone := *o
		gone.Kind, gone.Text, gone.Native = message.Deleted, "", []byte(`{}`)
		w.append(&gone)
	}
	w.judge()
	w.drain()
	w.expect("A-000001")
	d, err := w.alerts.Show(t.Context(), "1", false)
	if err != nil || len(d.Acts) != 1 || d.Acts[0].Kind != Gone {
		t.Errorf("acts %+v, %v", d.Acts, err)
	}
}

func TestMaskedAndLabelledAreAllPartsUntilJudgedWrong(t *testing.T) {
	w := newWorld(t)
	one := w.observation(message.Live, "part one")
	a := w.append(one)
	two := w.observation(message.Live, "a split dox")
	b := w.append(two)
	edit := *two
	edit.Kind, edit.Text, edit.Edited, edit.Native = message.Edited, "never mind", message.Time{UTC: w.clock.now().Add(time.Second)}, []byte(`{"e":1}`)
	c := w.append(&edit)
	k := w.live("a key")
	w.live("the law")
	w.judge()
	late := w.live("not yet")
	masked, err := w.alerts.Masked(t.Context(), []int64{a, b, c, k, k + 1, late})
	if err != nil {
		t.Fatal(err)
	}
	want := map[int64]string{a: "doxxing", b: "doxxing", k: "credential_exposure", late: NotJudged}
	if fmt.Sprint(masked) != fmt.Sprint(want) {
		t.Errorf("masked %v, want %v", masked, want)
	}
	seqs := func(field, value string, want ...int64) {
		t.Helper()
		got, err := w.alerts.Seqs(t.Context(), field, value)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s:%s = %v, %v; want %v", field, value, got, err, want)
		}
	}
	seqs("label", "doxxing", a, b)
	seqs("level", "low", k+1)
	seqs("rule", "rule-key", k)
	seqs("has", "alert", a, b, k, k+1)
	seqs("label", "threat")
	if _, err := w.alerts.Seqs(t.Context(), "has", "wings"); err == nil {
		t.Error("an unknown set was given")
	}
	d, err := w.alerts.Show(t.Context(), "A-000001", false)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Messages) != 3 || d.Messages[0].Obs.Text != "" || d.Messages[1].Masked != "doxxing" || d.Messages[2].Obs.Text != "never mind" || d.Messages[2].Evidence {
		t.Errorf("messages %+v", d.Messages)
	}
	if d, err = w.alerts.Show(t.Context(), "a-000001", true); err != nil || d.Messages[1].Obs.Text != "a split dox" {
		t.Errorf("revealed %+v, %v", d.Messages, err)
	}
	if err := w.alerts.Verdict(t.Context(), "A-000001", false, "a game", "ann"); err != nil {
		t.Fatal(err)
	}
	seqs("label", "doxxing")
	seqs("has", "alert", k, k+1)
	// A verdict takes the label off, not the mask.
	if masked, err := w.alerts.Masked(t.Context(), []int64{a, b, k}); err != nil || len(masked) != 3 {
		t.Errorf("masked %v, %v", masked, err)
	}
}

func TestAcksVerdictsAndStats(t *testing.T) {
	w := newWorld(t)
	w.live("a dox")
	w.live("a key")
	other := w.observation(message.Live, "a key")
	other.Channel.ID = "78"
	w.append(other)
	w.judge()
	ctx := t.Context()
	for _, err := range []error{
		w.alerts.Ack(ctx, "1", "ann", "seen"), w.alerts.Verdict(ctx, "A-000002", true, "", "bob"),
		w.alerts.Verdict(ctx, "3", true, "", "bob"), w.alerts.Verdict(ctx, "3", false, "an example key", "cyd"),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	for _, id := range []string{"A-000099", "x", "", "-1"} {
		if err := w.alerts.Ack(ctx, id, "ann", ""); !errors.Is(err, ErrUnknown) {
			t.Errorf("Ack(%q) = %v", id, err)
		}
		if _, err := w.alerts.Show(ctx, id, false); !errors.Is(err, ErrUnknown) {
			t.Errorf("Show(%q) = %v", id, err)
		}
	}
	for status, want := range map[string]string{Open: "[]", Acknowledged: "[A-000001]", Right: "[A-000002]", Wrong: "[A-000003]"} {
		var ids []string
		for _, a := range w.list(Filter{Status: status}) {
			ids = append(ids, a.Finding.Alert)
		}
		if fmt.Sprint(ids) != want {
			t.Errorf("%s: %v, want %s", status, ids, want)
		}
	}
	stats, err := w.alerts.Stats(ctx)
	if err != nil || len(stats) != 2 || stats[0].Precision != nil || stats[1].Precision == nil || *stats[1].Precision != 0.5 {
		t.Errorf("stats %+v, %v", stats, err)
	}
	for _, c := range []struct {
		reveal bool
		want   string
	}{
		{false, `{"id":"m3","conversation":"discord/77","platform":"discord","channel":"main","author":"wee_malky","time":"2026-05-03T12:00:00Z","reply_to":null,"text":"","labels":["credential_exposure"],"incident":"A-000002","hard_negative":null}
{"id":"m4","conversation":"discord/78","platform":"discord","channel":"main","author":"wee_malky","time":"2026-05-03T12:00:00Z","reply_to":null,"text":"","labels":[],"incident":null,"hard_negative":"not credential_exposure"}
`},
		{true, `{"id":"m3","conversation":"discord/77","platform":"discord","channel":"main","author":"wee_malky","time":"2026-05-03T12:00:00Z","reply_to":null,"text":"a key","labels":["credential_exposure"],"incident":"A-000002","hard_negative":null}
{"id":"m4","conversation":"discord/78","platform":"discord","channel":"main","author":"wee_malky","time":"2026-05-03T12:00:00Z","reply_to":null,"text":"a key","labels":[],"incident":null,"hard_negative":"not credential_exposure: an example key"}
`},
	} {
		var b strings.Builder
		if err := w.alerts.ExportVerdicts(ctx, &b, c.reveal); err != nil || b.String() != c.want {
			t.Errorf("exported\n%s(%v) want\n%s", b.String(), err, c.want)
		}
	}
}

func TestLevelBelowTheConfiguredOneIsListedNotPosted(t *testing.T) {
	w := newWorld(t)
	w.alerts.post = levelRank("high")
	w.alerts.opt.PublicURL = "https://stakeout.example/"
	for _, text := range []string{"the law", "the law", "a key", "a dox"} {
		w.live(text)
	}
	w.judge()
	w.clock.move(time.Hour)
	w.drain()
	w.expect("A-000002", "A-000003")
	if as := w.list(Filter{}); len(as) != 3 || as[2].Count != 2 {
		t.Errorf("listed %+v", as)
	}
	if as := w.list(Filter{Level: "high", Limit: 1}); len(as) != 1 || as[0].Label != "doxxing" {
		t.Errorf("listed %+v", as)
	}
	if f := w.box.got[0].Found; f.Link != "https://stakeout.example/alerts/A-000002" || f.Command != "" {
		t.Errorf("told %+v", f)
	}
	for _, bad := range []Filter{{Level: "urgent"}, {Status: "lost"}} {
		if _, err := w.alerts.List(t.Context(), bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestHostileNamesAreMaskedOrWithheld(t *testing.T) {
	w := newWorld(t)
	o := w.observation(message.Live, "a dox")
	o.Channel.Name, o.Channel.Server.Name, o.Author.Handle = "ask Placeh\u200bolder\u202e", "boom", "a\x1b[2J\nb"
	w.append(o)
	w.judge()
	f := w.list(Filter{})[0]
	if f.Channel != "ask [masked]" || f.Server != "(name withheld)" || f.Author != "a[2J b" {
		t.Errorf("told %q %q %q", f.Channel, f.Server, f.Author)
	}
}

func TestConfigNamesTheField(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   string
	}{
		{DefaultConfig(), ""}, {Config{PostFrom: "urgent"}, "post_from:"}, {Config{PostFrom: "low", GroupInterval: -1}, "group_interval:"},
		{Config{PostFrom: "low", Context: -1}, "context:"},
	} {
		err := c.config.Validate()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.config, err, c.want)
		}
	}
}
