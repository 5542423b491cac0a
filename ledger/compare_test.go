package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

// said is a message of channel 77, sent as many minutes after the start as its
// id says.
func said(acquisition int64, kind message.Kind, id int) *message.Observation {
	o := obs(acquisition, kind, strconv.Itoa(id), "text "+strconv.Itoa(id))
	o.Sent = message.Time{UTC: start.Add(time.Duration(id) * time.Minute)}
	if kind == message.Deleted {
		o.Text = ""
	}
	return o
}

// worded gives an observation an id that is no number.
func worded(o *message.Observation) *message.Observation {
	o.ID = "<m" + o.ID + "@mail.example>"
	return o
}

func several(acquisition int64, kind message.Kind, ids ...int) (os []*message.Observation) {
	for _, id := range ids {
		os = append(os, said(acquisition, kind, id))
	}
	return os
}

func TestCompareSaysWhatEachSideLacked(t *testing.T) {
	type ids = []int
	for name, c := range map[string]struct {
		before, deleted, brought, after ids
		want                            [6]int64 // both, only import, earlier, later, only others, deleted
		alone                           bool     // nobody else knows the channel
	}{
		"nobody else":              {brought: ids{1, 2, 3}, alone: true},
		"the same":                 {before: ids{1, 2, 3}, brought: ids{1, 2, 3}, want: [6]int64{3}},
		"the past and an outage":   {before: ids{5, 6, 9}, brought: ids{1, 2, 5, 6, 7, 9}, want: [6]int64{3, 3, 2, 0, 0, 0}},
		"after the last one":       {before: ids{5, 6}, brought: ids{5, 6, 7, 8}, want: [6]int64{2, 2, 0, 2, 0, 0}},
		"missing from the export":  {before: ids{1, 2, 3, 4, 5}, deleted: ids{2}, brought: ids{1, 4, 5}, want: [6]int64{3, 0, 0, 0, 2, 1}},
		"outside of the export":    {before: ids{1, 2, 3, 9}, brought: ids{2, 3}, want: [6]int64{2}},
		"no message in common":     {before: ids{1, 2}, brought: ids{5, 6}, want: [6]int64{0, 2, 0, 2, 0, 0}},
		"before all that is known": {before: ids{8, 9}, brought: ids{5, 6}, want: [6]int64{0, 2, 2, 0, 0, 0}},
		"into a hole":              {before: ids{1, 9}, brought: ids{5, 6}, want: [6]int64{0, 2, 0, 0, 0, 0}},
		"seen live only later":     {brought: ids{1, 2, 3}, after: ids{2, 3, 4}, want: [6]int64{2, 1, 1, 0, 0, 0}},
		"a deletion is not having": {deleted: ids{2}, brought: ids{1, 2, 3}, want: [6]int64{0, 3, 0, 0, 0, 0}},
	} {
		for _, words := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, words %t", name, words), func(t *testing.T) {
				l, _ := open(t, t.TempDir())
				put := func(acquisition int64, kind message.Kind, ids ids) {
					os := several(acquisition, kind, ids...)
					for _, o := range os {
						if words {
							worded(o)
						}
					}
					add(t, l, os...)
				}
				live := acquire(t, l)
				put(live, message.Posted, c.before)
				put(live, message.Deleted, c.deleted)
				imported := acquire(t, l)
				put(imported, message.Posted, c.brought)
				put(live, message.Posted, c.after)
				got, err := l.Compare(t.Context(), imported)
				if err != nil {
					t.Fatal(err)
				}
				if c.alone {
					if len(got) != 0 {
						t.Errorf("compared with nobody: %+v", got)
					}
					return
				}
				if len(got) != 1 {
					t.Fatalf("%d channels, want 1", len(got))
				}
				g := got[0]
				if sum := [6]int64{g.Both, g.OnlyImport, g.Earlier, g.Later, g.OnlyOthers, g.Deleted}; sum != c.want {
					t.Errorf("got %v, want %v", sum, c.want)
				}
				if g.Channel.Name != "general" || g.ByTime != words || (g.FromID == "") != words {
					t.Errorf("the stretch is told as %+v", g)
				}
				if from := said(0, message.Posted, c.brought[0]).Sent.UTC; !g.From.Equal(from) {
					t.Errorf("from %v, want %v", g.From, from)
				}
			})
		}
	}
}

func TestCompareTellsChannelsApartAndTakesMixedIDs(t *testing.T) {
	l, _ := open(t, t.TempDir())
	in := func(channel string, os ...*message.Observation) []*message.Observation {
		for _, o := range os {
			o.Channel.ID = channel
		}
		return os
	}
	live := acquire(t, l)
	add(t, l, in("a", several(live, message.Posted, 1, 2)...)...)
	add(t, l, in("b", said(live, message.Posted, 1), worded(said(live, message.Posted, 2)))...)
	imported := acquire(t, l)
	add(t, l, in("a", several(imported, message.Posted, 2, 3)...)...)
	add(t, l, in("b", said(imported, message.Posted, 1), worded(said(imported, message.Posted, 2)), worded(said(imported, message.Posted, 3)))...)
	add(t, l, in("c", several(imported, message.Posted, 1)...)...)
	got, err := l.Compare(t.Context(), imported)
	if err != nil || len(got) != 2 {
		t.Fatalf("%v: %+v", err, got)
	}
	if a := got[0]; a.Channel.ID != "a" || a.Both != 1 || a.OnlyImport != 1 || a.ByTime {
		t.Errorf("channel a: %+v", a)
	}
	if b := got[1]; b.Channel.ID != "b" || b.Both != 2 || b.OnlyImport != 1 || b.Later != 1 || !b.ByTime {
		t.Errorf("channel b: %+v", b)
	}
}

func TestImportCoverageSpansWhatWasBrought(t *testing.T) {
	l, _ := open(t, t.TempDir())
	add(t, l, several(acquire(t, l), message.Posted, 1, 2, 99)...)
	imported := acquire(t, l)
	add(t, l, several(imported, message.Posted, 2, 5, 9)...) // 2 is a sighting
	words, bare, mail := worded(said(imported, message.Posted, 4)), said(imported, message.Posted, 4), worded(said(imported, message.Posted, 4))
	words.Channel.ID, bare.Channel.ID, bare.Sent = "words", "bare", message.Time{}
	mail.Channel = message.Channel{Platform: message.Mail, ID: "root@mail.example", Name: "a subject", Type: "thread"}
	gone := said(imported, message.Deleted, 50)
	add(t, l, words, bare, mail, gone)

	cs, err := l.ImportCoverage(t.Context(), imported)
	if err != nil || len(cs) != 3 {
		t.Fatalf("%v: %+v", err, cs)
	}
	err = l.Write(t.Context(), store.Bulk, func(tx *store.Tx) error {
		for _, c := range cs {
			if _, err := l.Cover(tx, imported, c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	covers, err := l.Coverage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := func(id int) time.Time { return start.Add(time.Duration(id) * time.Minute) }
	want := map[string]ledger.Interval{
		"77":    {From: at(2), To: at(9), FromID: "2", ToID: "9"},
		"words": {From: at(4), To: at(4)},
		"bare":  {FromID: "4", ToID: "4"},
	}
	for _, c := range covers {
		w, ok := want[c.Channel.ID]
		if !ok {
			if len(c.Intervals) > 0 {
				t.Errorf("channel %s has %+v", c.Channel.ID, c.Intervals)
			}
			continue
		}
		delete(want, c.Channel.ID)
		if len(c.Intervals) != 1 || len(c.Outages) != 0 || c.Channel.Name != "general" {
			t.Fatalf("channel %s: %+v", c.Channel.ID, c)
		}
		n := c.Intervals[0]
		if !n.From.Equal(w.From) || !n.To.Equal(w.To) || n.FromID != w.FromID || n.ToID != w.ToID || n.Change != ledger.Fetched || n.Source != ledger.Imported || n.Limits == "" {
			t.Errorf("channel %s: %+v, want %+v", c.Channel.ID, n, w)
		}
	}
	if len(want) > 0 {
		t.Errorf("no coverage of %v", want)
	}
}

// BenchmarkCompare compares an import with as many messages seen live, half of
// them the same. STAKEOUT_COMPARE sets how many.
func BenchmarkCompare(b *testing.B) {
	n := 20_000
	if s := os.Getenv("STAKEOUT_COMPARE"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			b.Fatal(err)
		}
	}
	l, _ := open(b, b.TempDir())
	fill := func(from int) int64 {
		a := acquire(b, l)
		for at := 0; at < n; at += 1000 {
			var os []*message.Observation
			for i := range min(1000, n-at) {
				o := said(a, message.Posted, from+at+i)
				o.Channel.ID = strconv.Itoa(rand.IntN(3) + 1)
				os = append(os, o)
			}
			add(b, l, os...)
		}
		return a
	}
	fill(0)
	imported := fill(n / 2)
	b.ResetTimer()
	for b.Loop() {
		if _, err := l.Compare(b.Context(), imported); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n), "messages")
}
