package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stakeout/app"
	"stakeout/bot"
	"stakeout/ledger"
	"stakeout/message"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares what a person reads with the file of that name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
	if strings.ContainsAny(got, "\x1b\x07\u202e") {
		t.Errorf("%s lets control characters through", name)
	}
}

var (
	zone   = time.FixedZone("", 2*3600)
	day    = time.Date(2026, 5, 3, 10, 0, 0, 0, time.UTC)
	at     = func(minutes int) time.Time { return day.Add(time.Duration(minutes) * time.Minute) }
	odd    = "lights\x1b[31m\u202eout"
	crash  = "the process ended before it could say why: a crash, a kill, a power cut or a full disk"
	cannot = "deletions; messages from before the bot joined; posts of other bots"
)

// covers are channels of every kind of coverage.
func covers() []ledger.Cover {
	watch := func(from, to int, open bool, why string) ledger.Interval {
		return ledger.Interval{Change: ledger.Watching, Source: "discord", From: at(from), To: at(to), Open: open, Reason: why}
	}
	fetched := func(from, to time.Time, ids ...string) ledger.Interval {
		n := ledger.Interval{Change: ledger.Fetched, Source: "discord", From: from, To: to}
		if len(ids) == 2 {
			n.FromID, n.ToID = ids[0], ids[1]
		}
		return n
	}
	return []ledger.Cover{{
		Channel: message.Channel{Platform: message.Discord, ID: "1178300000000000001", Name: "pier-" + odd, Server: message.Server{Name: "Harbour"}},
		Intervals: []ledger.Interval{
			fetched(time.Time{}, at(0), "1178300000000000100", "1178300000000000999"),
			watch(0, 60, false, crash), fetched(at(60), at(75)),
			{Change: ledger.Scanned, Source: "discord", From: at(-10080), To: at(75)},
			watch(75, 200, false, "the bot may not read the channel any more"), watch(300, 420, true, ""),
		},
		Outages: []ledger.Outage{
			{Source: "discord", From: at(60), To: at(75), Reason: crash, Filled: true},
			{Source: "discord", From: at(200), To: at(300), Reason: "the bot may not read the channel any more"},
		},
	}, {
		Channel: message.Channel{Platform: message.Telegram, ID: "-1001000000001", Name: "Quay News"},
		Intervals: []ledger.Interval{
			{Change: ledger.Fetched, Source: ledger.Imported, From: at(-50000), To: at(-3), FromID: "4", ToID: "88", Limits: "what the exporter left out; deletions, and edits before the last"},
			{Change: ledger.Watching, Source: "telegram", From: at(0), To: at(10), Limits: cannot, Reason: "the service was stopped"},
			{Change: ledger.Missing, Source: "telegram", From: at(10), To: at(1000), FromID: "121", ToID: "157", Count: 37, Reason: "Telegram keeps updates for 24 hours only"},
			{Change: ledger.Watching, Source: "telegram", From: at(2440), To: at(2500), Limits: cannot, Reason: "the bot was thrown out"},
		},
		Outages: []ledger.Outage{
			{Source: "telegram", From: at(10), To: at(2440), Reason: "the service was stopped", Missing: true, Count: 37},
			{Source: "telegram", From: at(2500), Reason: "the bot was thrown out"},
		},
		Messages: &ledger.Numbers{First: 4, Last: 180, Held: 130},
	}, {
		Channel:  message.Channel{Platform: message.Telegram, ID: "-1001000000002", Name: "Slip"},
		Messages: &ledger.Numbers{First: 1, Last: 9, Held: 9},
		Intervals: []ledger.Interval{
			{Change: ledger.Watching, Source: "telegram", From: at(0), To: at(20), Open: true},
			{Change: ledger.Fetched, Source: ledger.Imported},
			{Change: ledger.Missing, Source: "telegram", To: at(-5), Reason: "older than the export"},
		},
	}, {
		Channel: message.Channel{Platform: "irc", ID: "#" + odd, Name: odd},
	}, {
		Channel: message.Channel{Platform: message.Mail, ID: "a@mail.example", Type: "thread"},
	}}
}

func shown(sel coverSelection) (rows []coverRow) {
	for _, c := range covers() {
		r := newCoverRow(c, sel, zone)
		if sel.gaps && !r.gaps() {
			continue
		}
		r.Server, r.Channel, r.ID = c.Channel.Server.Name, c.Channel.Name, c.Channel.ID
		rows = append(rows, r)
	}
	return rows
}

func TestCoverageIsReadable(t *testing.T) {
	for name, c := range map[string]struct {
		sel     coverSelection
		running bool
	}{
		"coverage":         {running: true},
		"coverage-stopped": {},
		"coverage-gaps":    {sel: coverSelection{gaps: true}, running: true},
		"coverage-since":   {sel: coverSelection{since: at(250)}, running: true},
	} {
		golden(t, name, coverText(shown(c.sel), c.sel, c.running))
	}
	golden(t, "coverage-nothing", coverText(nil, coverSelection{}, true)+coverText(nil, coverSelection{gaps: true}, true))
	var out bytes.Buffer
	p := newPrinter(&out, "csv", "platform", "channel", "id", "what", "source", "from", "to", "from_id", "to_id", "open", "filled", "count", "reason", "limits")
	for _, r := range shown(coverSelection{}) {
		for _, cells := range r.cells() {
			if err := p.row(nil, cells...); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	golden(t, "coverage-csv", out.String())
}

func TestChannelsAreMeantByIDOrName(t *testing.T) {
	c := covers()[1].Channel
	c.Server.Name = "Port"
	for name, want := range map[string]bool{"-1001000000001": true, "quay news": true, "#Quay News": true, "port #quay news": true, "Port/Quay News": true, "quay": false, "": false} {
		if named(c, name) != want {
			t.Errorf("%q: %t, want %t", name, !want, want)
		}
	}
}

func TestDatesOfSince(t *testing.T) {
	for in, want := range map[string]string{
		"2026-05-03": "2026-05-03T00:00:00+02:00", "2026-05-03T18:00": "2026-05-03T18:00:00+02:00",
		"2026-05-03T18:00:00Z": "2026-05-03T18:00:00Z", "yesterday": "",
	} {
		got, err := dateOrTime(in, zone)
		if want == "" && err == nil || want != "" && got.Format(time.RFC3339) != want {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
}

func TestFindingsAreGroupedAndAFaultFails(t *testing.T) {
	fs := []bot.Finding{
		{Source: "host", Subject: "disk", State: bot.OK, What: "812.0 GiB are free"},
		{Source: "discord", Subject: "token", State: bot.OK, What: "the bot is Harbour Watch"},
		{Source: "telegram", Subject: "privacy mode", State: bot.Warn, What: "is on", Mend: "switch it off"},
		{Source: "discord", Subject: "#" + odd, State: bot.Faulted, What: "cannot be read", Mend: "give the bot's role Read Message History"},
	}
	golden(t, "doctor", findingsText(fs))
	for _, c := range []struct {
		fs     []bot.Finding
		status int
		said   string
	}{{fs, exitError, "1 fault, 1 warning"}, {fs[:3], exitOK, "0 faults, 1 warning"}} {
		for _, f := range formats {
			var out, errs bytes.Buffer
			s := &session{Env: Env{Out: &out, Err: &errs}}
			err := s.printFindings(c.fs, format(f))
			var st *statusError
			status := exitOK
			if errors.As(err, &st) {
				status = st.status
				errs.WriteString(st.message)
			}
			if status != c.status || !strings.Contains(errs.String(), c.said) {
				t.Errorf("-o %s: status %d, %q", f, status, errs.String())
			}
			if strings.ContainsAny(out.String(), "\x1b\u202e") {
				t.Errorf("-o %s lets control characters through: %q", f, out.String())
			}
		}
	}
}

func TestTermsThatEnd(t *testing.T) {
	ends := time.Date(2026, 7, 1, 0, 0, 0, 0, zone)
	for now, want := range map[time.Time]string{
		ends.AddDate(0, -1, 0): bot.OK, ends.AddDate(0, 0, -3): bot.Warn, ends: bot.Faulted,
	} {
		f := termsFinding("mail", ends, now)[0]
		if f.State != want || !strings.Contains(f.What, "2026-06-30") || (f.Mend == "") != (want == bot.OK) {
			t.Errorf("at %v: %+v", now, f)
		}
	}
	if termsFinding("mail", time.Time{}, day) != nil {
		t.Error("terms without an end were told of")
	}
}

func TestVisibleChannelsArePrintedAsTheyCome(t *testing.T) {
	list := []bot.Visible{
		{Source: "discord", Server: "Harbour", ServerID: "1178300000000000000", ID: "1178300000000000001", Name: "pier", Type: "text", Listed: true},
		{Source: "discord", Server: "Harbour", ID: "1178300000000000002", Name: odd, Type: "forum", Missing: []string{"Read Message History"}},
		{Source: "telegram", ID: "-1001000000001", Name: "Quay News", Type: "public_channel"},
	}
	for _, f := range formats {
		var out, errs bytes.Buffer
		s := &session{Env: Env{Out: &out, Err: &errs}}
		l := newLister(s, format(f), func(n string) string { return strings.ReplaceAll(n, "Quay", "[masked]") })
		for _, v := range append(list, list...) { // told twice, printed once
			before := out.Len()
			if err := l.emit(v); err != nil {
				t.Fatal(err)
			}
			if told := l.told[v.Source+"\x00"+v.ID]; told == "" || len(l.told) > len(list) {
				t.Errorf("told %v", l.told)
			}
			if len(l.told) < len(list) && out.Len() == before {
				t.Errorf("-o %s: somebody waits for %s", f, v.ID)
			}
		}
		if err := l.close(); err != nil {
			t.Fatal(err)
		}
		if f == "json" && !json.Valid(out.Bytes()) {
			t.Errorf("no JSON: %s", out.String())
		}
		golden(t, "channels-"+f, out.String())
	}
}

func TestWhatEachSideLackedIsSaidInWords(t *testing.T) {
	var b bytes.Buffer
	for _, c := range []ledger.Comparison{
		{Both: 120, OnlyImport: 53, Earlier: 40, Later: 3, OnlyOthers: 7, Deleted: 5, From: at(-900), To: at(90)},
		{Both: 1, From: at(0), To: at(0)},
		{OnlyImport: 2, Earlier: 2, OnlyOthers: 1, From: at(0), To: at(1)},
	} {
		c.Channel = message.Channel{Platform: message.Telegram, ID: "-1001000000001"}
		writeCompared(&b, "result.json", odd, c, zone)
	}
	golden(t, "compared", b.String())

	mail := func(from, to int, both, only int64) ledger.Comparison {
		return ledger.Comparison{Channel: message.Channel{Platform: message.Mail}, From: at(from), To: at(to), Both: both, OnlyImport: only, Later: only}
	}
	chats, mails := partMails([]ledger.Comparison{mail(5, 6, 1, 0), {Channel: message.Channel{Platform: message.Discord}}, mail(1, 2, 2, 3), mail(3, 9, 0, 1)})
	if len(chats) != 1 || mails == nil || !mails.From.Equal(at(1)) || !mails.To.Equal(at(9)) || mails.Both != 3 || mails.OnlyImport != 4 || mails.Later != 4 {
		t.Errorf("%+v, %+v", chats, mails)
	}
}

func TestSourcesAreToldWithReasonAndMend(t *testing.T) {
	ends := time.Date(2027, 1, 1, 0, 0, 0, 0, zone)
	health := bot.Health{Source: "discord", Account: "117", State: bot.Live, Since: at(0), LastEvent: at(5), Through: at(6), Lag: 340 * time.Millisecond, Events: 1201, Reconnects: 1, Ends: ends}
	wait := bot.Health{Source: "telegram", State: bot.Waiting, Reason: "Telegram asks to wait", Until: at(9), Since: at(1), Through: at(2), Rejected: 3, Waits: 2, Silent: true, Ends: at(3000)}
	broken := bot.Health{Source: "mail", State: bot.Broken, Reason: "the password is refused", Mend: "set a new one" + odd, Since: at(1), Until: at(11)}
	stopped := bot.Health{Source: "mail", State: "not running", Through: at(1)}
	var b strings.Builder
	for i, h := range []bot.Health{health, wait, broken, stopped} {
		st := newSourceState(h, zone, at(10))
		if i == 1 {
			for range 7 {
				st.Channels = append(st.Channels, channelFault{odd, "privacy mode makes the bot deaf", "make it an administrator", moment(at(2), zone)})
				st.Gaps = append(st.Gaps, newGap(odd, ledger.Outage{From: at(0), To: at(2), Reason: crash, Count: 4}, zone))
			}
			st.Gaps = append(st.Gaps, newGap("Slip", ledger.Outage{From: at(3), Reason: "thrown out"}, zone))
		}
		writeSource(&b, st)
	}
	golden(t, "sources", b.String())
}

func TestDeletionsCarryTheirGrade(t *testing.T) {
	for _, c := range []struct {
		o    message.Observation
		want string
	}{
		{message.Observation{Grade: message.Told, Via: message.Live}, "deleted (told by the platform)"},
		{message.Observation{Grade: message.Absent, Via: message.Backfill}, "deleted (absent from a complete scan)"},
		{message.Observation{Via: message.Live}, "deleted (told by the platform)"},
		{message.Observation{Via: message.Import}, "deleted (told by an import)"},
		{message.Observation{Via: message.Backfill}, "deleted"},
	} {
		if got := deletedMark(deletedHow(&c.o)); got != c.want {
			t.Errorf("%+v: %s, want %s", c.o, got, c.want)
		}
	}
}

// quiet is a source that does nothing but be there.
type quiet string

func (q quiet) Name() string                           { return string(q) }
func (q quiet) Run(context.Context, *bot.Intake) error { return nil }

func TestPickedSources(t *testing.T) {
	all := []app.Configured{{Connector: quiet("telegram")}, {Connector: quiet("discord")}, {Connector: quiet("mail")}}
	for _, c := range []struct {
		sources []app.Configured
		names   []string
		want    string // or what the error says
	}{
		{all, nil, "discord mail telegram"}, // those that go on for ever come last
		{all, []string{"mail"}, "mail"},
		{all, []string{"irc"}, "only telegram, discord, mail"},
		{nil, nil, "docs/discord.md"},
	} {
		got, err := pick(c.sources, c.names)
		var names []string
		for _, g := range got {
			names = append(names, g.Connector.Name())
		}
		if said := strings.Join(names, " "); err == nil && said != c.want || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %q, %v; want %s", c.names, said, err, c.want)
		}
	}
}
