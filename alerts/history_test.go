package alerts

import (
	"strings"
	"testing"
	"time"

	"stakeout/ledger"
	"stakeout/message"
)

// imported appends findings over some days, as an import or a backfill does.
func (w *world) imported(via message.Via, days int) {
	w.t.Helper()
	start := w.clock.now().AddDate(0, 0, -days)
	for day := range days {
		for i, text := range []string{"a dox", "a dox", "the law", "hello"} {
			o := w.observation(via, text)
			o.Sent = message.Time{UTC: start.AddDate(0, 0, day).Add(time.Duration(i) * time.Minute)}
			w.append(o)
		}
	}
}

func TestHistoryIsToldByItsMode(t *testing.T) {
	for _, c := range []struct {
		name       string
		open       ledger.Acquisition
		via        message.Via
		historical bool
		told       string
	}{
		{"import", ledger.Acquisition{Kind: "import", Source: "chat.json"}, message.Import, true, "H-000001"},
		{"import each", ledger.Acquisition{Kind: "import", Source: "chat.json", Alert: Each}, message.Import, false,
			"A-000001 A-000002 A-000003 A-000004 A-000005 A-000006"},
		{"import none", ledger.Acquisition{Kind: "import", Source: "chat.json", Alert: None}, message.Import, true, ""},
		{"first backfill", ledger.Acquisition{Kind: "connector", Source: "discord", Method: "first backfill", Alert: Summary}, message.Backfill, true, "H-000001"},
		{"backfill after an outage", ledger.Acquisition{Kind: "connector", Source: "discord", Method: "gateway"}, message.Backfill, false,
			"A-000001 A-000002"},
		{"live", ledger.Acquisition{Kind: "connector", Source: "discord", Method: "first backfill", Alert: Summary}, message.Live, false, "A-000001 A-000002"},
		{"nothing found", ledger.Acquisition{Kind: "import", Source: "empty.json"}, 0, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			opening := w.acquire(c.open)
			if c.via != 0 {
				w.imported(c.via, 3)
			}
			w.close(opening)
			w.judge()
			w.drain()
			if got := strings.Join(w.box.ids(), " "); got != c.told {
				t.Errorf("told %q, want %q", got, c.told)
			}
			if c.via == 0 {
				return
			}
			as := w.list(Filter{Acquisition: opening})
			if len(as) == 0 || as[0].Historical != c.historical {
				t.Errorf("listed %+v", as)
			}
			if plain := w.list(Filter{}); (len(plain) == 0) != c.historical {
				t.Errorf("without history: %+v", plain)
			}
			sums, err := w.alerts.Summaries(t.Context())
			if err != nil || (len(sums) == 1) != c.historical {
				t.Fatalf("summaries %+v, %v", sums, err)
			}
			if c.historical {
				s := sums[0]
				if s.Findings != 9 || s.Alerts != 6 || !s.Closed || s.Newest.Sub(*s.Oldest) != 48*time.Hour+2*time.Minute || len(s.Counts) != 2 || s.Counts[0] != (LabelCount{"doxxing", "critical", 6}) {
					t.Errorf("summary %+v", s)
				}
			}
			if c.told == "H-000001" {
				n := w.box.got[0].Told
				if n.Command != "stakeout alerts list --acquisition 1" || !strings.Contains(strings.Join(n.Sections[1].Lines, "|"), "doxxing, critical: 6|legal_mention, low: 3") {
					t.Errorf("told %+v", n)
				}
			}
		})
	}
}

func TestSummaryWaitsForTheEndAndComesOnce(t *testing.T) {
	w := newWorld(t)
	opening := w.acquire(ledger.Acquisition{Kind: "import", Source: "Placeholder.json"})
	w.imported(message.Import, 1)
	w.judge()
	w.drain()
	w.expect()
	if sums, err := w.alerts.Summaries(t.Context()); err != nil || len(sums) != 1 || sums[0].Closed || sums[0].Source != "[masked].json" {
		t.Errorf("summaries %+v, %v", sums, err)
	}
	w.reopen()
	w.imported(message.Import, 1)
	w.close(opening)
	w.judge()
	w.drain()
	w.expect("H-000001")
}

func TestNames(t *testing.T) {
	const text = "everybody meet me at the usual place on friday"
	for _, c := range []struct {
		name string
		want bool
	}{
		{"general", false}, {"meet me", false}, {"the-usual-place-on-friday", true}, {"Everybody meet me at the us…", true},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaa", false}, {"", false},
	} {
		if got := quotes(c.name, text); got != c.want {
			t.Errorf("quotes(%q) = %v", c.name, got)
		}
	}
}

func TestPlacesThatAreWrittenAreNotTold(t *testing.T) {
	w := newWorld(t)
	parent := &message.ChannelRef{ID: "1", Name: "main Placeholder"}
	for _, c := range []struct {
		in   message.Channel
		want string
	}{
		{message.Channel{Platform: "discord", ID: "7", Name: "main"}, "main"},
		{message.Channel{Platform: "discord", ID: "7"}, "7"},
		{message.Channel{Platform: "discord", ID: "7", Name: "he lives at …", Parent: parent}, "main [masked] (thread 7)"},
		{message.Channel{Platform: "discord", ID: "7", Name: "he lives at …", Parent: &message.ChannelRef{ID: "1"}}, "(thread 7)"},
		{message.Channel{Platform: "telegram", ID: "7", Name: "offers", Parent: parent}, "offers"},
		{message.Channel{Platform: "mail", ID: "7", Name: "where he lives"}, "(subject not shown) 790269"},
	} {
		if got := w.alerts.Place(c.in); string(got) != c.want {
			t.Errorf("Place(%+v) = %q, want %q", c.in, got, c.want)
		}
	}
}
