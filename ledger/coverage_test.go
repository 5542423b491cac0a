package ledger_test

import (
	"testing"
	"time"

	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

func TestCoverageIsFoldedFromItsChanges(t *testing.T) {
	l, _ := open(t, t.TempDir())
	a := acquire(t, l)
	ch := message.Channel{Platform: message.Discord, ID: "77", Name: "general"}
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	cover := func(c ledger.Coverage) (seq int64) {
		t.Helper()
		c.Channel, c.Source = ch, "discord"
		err := l.Write(t.Context(), store.Urgent, func(tx *store.Tx) (err error) {
			seq, err = l.Cover(tx, a, c)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return seq
	}
	through := func(minutes int) {
		t.Helper()
		if err := l.Write(t.Context(), store.Urgent, func(tx *store.Tx) error { return l.SetThrough(tx, "discord", at(minutes)) }); err != nil {
			t.Fatal(err)
		}
	}
	cover(ledger.Coverage{Change: ledger.Fetched, To: at(0), ToID: "9"})
	first := cover(ledger.Coverage{Change: ledger.Watching, From: at(0)})
	cover(ledger.Coverage{Change: ledger.Stopped, Of: first, To: at(10), Reason: "cut"})
	second := cover(ledger.Coverage{Change: ledger.Watching, From: at(15)})
	cover(ledger.Coverage{Change: ledger.Fetched, From: at(10), To: at(16)})
	cover(ledger.Coverage{Change: ledger.Stopped, Of: second, To: at(20), Reason: "expired"})
	third := cover(ledger.Coverage{Change: ledger.Watching, From: at(60)})
	cover(ledger.Coverage{Change: ledger.Missing, From: at(20), To: at(50), Count: 4, Reason: "kept for a day only"})
	cover(ledger.Coverage{Change: ledger.Fetched, From: at(50), To: at(61)})
	through(90)

	covers, err := l.Coverage(t.Context())
	if err != nil || len(covers) != 1 {
		t.Fatal(covers, err)
	}
	c := covers[0]
	if n := len(c.Intervals); n != 7 {
		t.Fatalf("%d intervals: %+v", n, c.Intervals)
	}
	last := c.Intervals[n(c.Intervals, third)]
	if !last.Open || !last.To.Equal(at(90)) {
		t.Errorf("the open watch ends at %v, not at the checkpoint: %+v", last.To, last)
	}
	want := []ledger.Outage{
		{Source: "discord", From: at(10), To: at(15), Reason: "cut", Filled: true},
		{Source: "discord", From: at(20), To: at(60), Reason: "expired", Missing: true, Count: 4},
	}
	if len(c.Outages) != 2 || c.Outages[0] != want[0] || c.Outages[1] != want[1] {
		t.Errorf("outages %+v, want %+v", c.Outages, want)
	}
	open, err := l.OpenWatches(t.Context(), "discord")
	if err != nil || len(open) != 1 || open[0].Seq != third {
		t.Errorf("open watches %+v, %v", open, err)
	}
	cover(ledger.Coverage{Change: ledger.Stopped, Of: third, To: at(95), Reason: "thrown out"})
	covers, _ = l.Coverage(t.Context())
	if o := covers[0].Outages; len(o) != 3 || !o[2].To.IsZero() || o[2].Filled || o[2].Reason != "thrown out" {
		t.Errorf("an outage that lasts: %+v", o)
	}
	// The changes are leaves of the tree like all others.
	r, err := l.Verify(t.Context(), nil)
	if err != nil || len(r.Problems) != 0 {
		t.Error(r.Problems, err)
	}
}

// n is where the interval that an entry began stands.
func n(is []ledger.Interval, seq int64) int {
	for i := range is {
		if is[i].Seq == seq {
			return i
		}
	}
	return 0
}

func TestIDsThatRunOnTellWhatIsMissingBeforeTheFirst(t *testing.T) {
	l, _ := open(t, t.TempDir())
	a := acquire(t, l)
	for _, id := range []string{"5", "6", "9"} {
		o := obs(a, message.Posted, id, "x"+id)
		o.Channel = message.Channel{Platform: message.Telegram, ID: "-1001000000001"}
		add(t, l, o)
	}
	small := obs(a, message.Posted, "40", "y")
	small.Channel = message.Channel{Platform: message.Telegram, ID: "-4", Account: "1"} // a small group shares its numbers with others
	add(t, l, small)
	covers, err := l.Coverage(t.Context())
	if err != nil || len(covers) != 2 {
		t.Fatal(covers, err)
	}
	m := covers[0].Messages
	if m == nil || *m != (ledger.Numbers{First: 5, Last: 9, Held: 3}) || m.Missing() != 6 {
		t.Errorf("%+v", m)
	}
	if covers[1].Messages != nil {
		t.Errorf("numbers of a small group tell nothing: %+v", covers[1].Messages)
	}
}

func TestLiveCountsSinceATime(t *testing.T) {
	l, _ := open(t, t.TempDir())
	a := acquire(t, l)
	for i, id := range []string{"1", "2", "3", "4"} {
		o := obs(a, message.Posted, id, id)
		o.Via, o.Observed = message.Live, start.Add(time.Duration(4*i-16)*time.Minute)
		add(t, l, o)
	}
	got, err := l.LiveCounts(t.Context(), message.Discord, start.Add(-12*time.Minute), 10*time.Minute)
	if err != nil || len(got) != 2 || got[0].Messages != 1 || got[1].Messages != 2 || !got[1].From.Equal(start.Add(-10*time.Minute)) {
		t.Errorf("%+v %v", got, err)
	}
	if got, _ := l.LiveCounts(t.Context(), message.Telegram, start, time.Minute); len(got) != 0 {
		t.Errorf("of another platform: %+v", got)
	}
}

func TestADeletionToldAfterAnAbsenceIsOnRecordToo(t *testing.T) {
	l, _ := open(t, t.TempDir())
	a := acquire(t, l)
	deleted := func(g message.Grade) *message.Observation {
		o := obs(a, message.Deleted, "9", "")
		o.Grade = g
		return o
	}
	outs := add(t, l, obs(a, message.Posted, "9", "x"), deleted(message.Absent), deleted(message.Absent), deleted(message.Told), deleted(message.Told), deleted(message.Absent))
	for i, sighting := range []bool{false, false, true, false, true, true} {
		if outs[i].Sighting != sighting || outs[i].Differs {
			t.Errorf("%d: %+v", i, outs[i])
		}
	}
}
