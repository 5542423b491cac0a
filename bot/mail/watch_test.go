package mail

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"stakeout/bot/bottest"
	"stakeout/ledger"
	"stakeout/message"
)

// quiet asks seldom by itself. Not never: the server of these tests forgets to
// tell of what comes in between two commands just before an IDLE.
func quiet(c *Connector) *Connector {
	c.beat = 2 * time.Second
	return c
}

func TestServerTellsOfNews(t *testing.T) {
	p := serve(t, idling(), nil, false)
	l := bottest.Temp(t, "mail")
	c := New(p.settings(), nil)
	c.beat = time.Hour // only the server's notice can bring news
	watch(t, c, l)
	covered(t, l, is(ledger.Watching))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for n := 0; len(entries(t, l, ledger.Observation)) == 0; n++ {
		changed := l.Changed()
		p.put("INBOX", written(n))
		select {
		case <-changed:
		case <-time.After(100 * time.Millisecond): // it was not listening yet
		case <-ctx.Done():
			t.Fatal("no news came")
		}
	}
}

func TestMailsAreTakenAsTheyComeIn(t *testing.T) {
	p := serve(t, idling(), nil, false)
	p.put("INBOX", written(1))
	p.put("INBOX", written(2))
	l := bottest.Temp(t, "mail")
	watch(t, quiet(New(p.settings(), nil)), l)
	covered(t, l, is(ledger.Watching))
	p.put("INBOX", written(3))
	until(t, l, 3, ledger.Observation)
	p.put("INBOX", written(4))
	es := until(t, l, 4, ledger.Observation)
	want := map[string]message.Via{"1@postbin.example": message.Backfill, "2@postbin.example": message.Backfill, "3@postbin.example": message.Live, "4@postbin.example": message.Live}
	if got := ids(es); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	o := es[0].Obs
	if string(o.Native) != written(1) || o.Format != "mail" || o.Channel.Parent == nil || o.Channel.Parent.ID != user+"/INBOX" || o.Text != "mail number 1" {
		t.Errorf("%+v", o)
	}
	fetched := covered(t, l, is(ledger.Fetched))
	if !fetched.From.IsZero() || fetched.Channel.ID != user+"/INBOX" || fetched.ToID != "1/2" {
		t.Errorf("%+v", fetched)
	}
}

// What stands on the wire is the proof that nothing is marked, moved or
// deleted: these commands and no others, folders opened with EXAMINE and bytes
// asked for with PEEK.
func TestNothingIsChanged(t *testing.T) {
	p := serve(t, idling(), nil, false)
	for n := range 5 {
		p.put("INBOX", written(n))
	}
	l := bottest.Temp(t, "mail")
	c := quiet(New(p.settings(), nil))
	stop := watch(t, c, l)
	covered(t, l, is(ledger.Watching))
	p.put("INBOX", written(5))
	until(t, l, 6, ledger.Observation)
	stop()
	c.Doctor(t.Context())
	if err := c.Channels(t.Context(), discard); err != nil {
		t.Fatal(err)
	}
	allowed := []string{"CAPABILITY", "LOGIN", "AUTHENTICATE", "EXAMINE", "UID FETCH", "IDLE", "LIST"}
	for name, n := range p.commands() {
		if !slices.Contains(allowed, name) {
			t.Errorf("%s was sent %d times", name, n)
		}
	}
	sent := p.everything()
	if n := strings.Count(sent, "BODY[") + strings.Count(sent, "RFC822)"); n > 0 || !strings.Contains(sent, "BODY.PEEK[]") {
		t.Errorf("%d fetches without PEEK", n)
	}
	for line := range strings.SplitSeq(sent, "\r\n") {
		if !strings.HasPrefix(line, "T") && line != "DONE" && line != "" {
			t.Errorf("sent beside commands: %.20q", line)
		}
	}
	if flags := flagsOf(t, p, "INBOX"); len(flags) > 0 {
		t.Errorf("flags: %v", flags)
	}
	if n := *status(t, p, "INBOX").NumMessages; n != 6 {
		t.Errorf("%d mails are left", n)
	}
}

func TestWithoutIdleItAsks(t *testing.T) {
	p := serve(t, imap.CapSet{imap.CapIMAP4rev1: {}}, nil, false)
	l := bottest.Temp(t, "mail")
	c := New(p.settings(), nil)
	c.beat = 5 * time.Millisecond
	watch(t, c, l)
	covered(t, l, is(ledger.Watching))
	p.put("INBOX", written(1))
	until(t, l, 1, ledger.Observation)
	if p.commands()["IDLE"] > 0 {
		t.Error("IDLE was sent to a server that lacks it")
	}
}

func TestRestartGoesOnWhereItStopped(t *testing.T) {
	p := serve(t, idling(), nil, false)
	p.put("INBOX", written(1))
	l := bottest.Temp(t, "mail")
	stop := watch(t, quiet(New(p.settings(), nil)), l)
	covered(t, l, is(ledger.Watching))
	stop()
	for n := range 250 {
		p.put("INBOX", written(n+2))
	}
	watch(t, quiet(New(p.settings(), nil)), l)
	es := until(t, l, 251, ledger.Observation)
	if len(ids(es)) != 251 || len(es) != 251 || len(entries(t, l, ledger.Sighting)) > 0 {
		t.Errorf("%d observations of %d mails, %d sightings", len(es), len(ids(es)), len(entries(t, l, ledger.Sighting)))
	}
	covered(t, l, func(c ledger.Coverage) bool { return c.Change == ledger.Fetched && !c.From.IsZero() })
	covers, err := l.Coverage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range covers {
		for _, o := range c.Outages {
			if !o.Filled {
				t.Errorf("outage not filled: %+v", o)
			}
		}
	}
}

func TestNumbersGivenAnewAreReadAgain(t *testing.T) {
	p := serve(t, idling(), nil, false)
	p.put("INBOX", written(1))
	p.put("INBOX", written(2))
	l := bottest.Temp(t, "mail")
	stop := watch(t, quiet(New(p.settings(), nil)), l)
	covered(t, l, is(ledger.Watching))
	stop()
	if err := p.user.Delete("INBOX"); err != nil {
		t.Fatal(err)
	}
	if err := p.user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{3, 2, 1} {
		p.put("INBOX", written(n))
	}
	watch(t, quiet(New(p.settings(), nil)), l)
	es := until(t, l, 3, ledger.Observation)
	until(t, l, 2, ledger.Sighting)
	if len(ids(es)) != 3 {
		t.Errorf("%v", ids(es))
	}
}

func TestWhatWasTakenOutMeanwhileIsMissing(t *testing.T) {
	p := serve(t, idling(), nil, false)
	p.put("INBOX", written(1))
	l := bottest.Temp(t, "mail")
	stop := watch(t, quiet(New(p.settings(), nil)), l)
	covered(t, l, is(ledger.Watching))
	stop()
	for n := 2; n <= 6; n++ {
		p.put("INBOX", written(n))
	}
	expunge(t, p, imap.UIDSetNum(2, 3, 6))
	watch(t, quiet(New(p.settings(), nil)), l)
	until(t, l, 3, ledger.Observation)
	a := covered(t, l, func(c ledger.Coverage) bool { return c.Change == ledger.Missing && c.Count == 2 })
	b := covered(t, l, func(c ledger.Coverage) bool { return c.Change == ledger.Missing && c.Count == 1 })
	if a.FromID != "1/2" || a.ToID != "1/5" || b.FromID != "1/6" || a.From.IsZero() {
		t.Errorf("%+v\n%+v", a, b)
	}
}

func TestLargeAndUnreadableMailsAreKeptApart(t *testing.T) {
	p := serve(t, idling(), nil, false)
	p.put("INBOX", strings.Replace(written(1), "mail number", strings.Repeat("long ", 400), 1))
	p.put("INBOX", "X: y\r\n\r\nno mail at all\r\n")
	p.put("INBOX", written(2))
	l := bottest.Temp(t, "mail")
	c := quiet(New(p.settings(), nil))
	c.most = 1000
	watch(t, c, l)
	covered(t, l, is(ledger.Watching))
	qs, err := l.Quarantines(t.Context(), 0, 0)
	if err != nil || len(qs) != 2 {
		t.Fatal(qs, err)
	}
	if !strings.HasPrefix(string(qs[0].Bytes), "From: Marlow") || !strings.Contains(qs[0].Reason, "bytes") || string(qs[1].Bytes) != "X: y\r\n\r\nno mail at all\r\n" {
		t.Errorf("%+v", qs)
	}
	if len(l.Alarms()) != 1 || len(entries(t, l, ledger.Observation)) != 1 {
		t.Errorf("%v", l.Alarms())
	}
}

func TestSeveralFolders(t *testing.T) {
	p := serve(t, idling(), nil, false)
	if err := p.user.Create("Threats", nil); err != nil {
		t.Fatal(err)
	}
	cfg := p.settings()
	cfg.Folders = []string{"INBOX", "Threats", "Gone"}
	l := bottest.Temp(t, "mail")
	watch(t, quiet(New(cfg, nil)), l)
	for _, f := range []string{"INBOX", "Threats"} {
		covered(t, l, func(c ledger.Coverage) bool { return c.Change == ledger.Watching && c.Channel.Name == f })
	}
	p.put("INBOX", written(1))
	p.put("Threats", written(2))
	p.put("Threats", written(1)) // the same mail in two folders
	until(t, l, 2, ledger.Observation)
	until(t, l, 1, ledger.Sighting)
	if h := l.Intake.Health(); len(h.Channels) != 1 || h.Channels[0].Channel.Name != "Gone" {
		t.Errorf("%+v", h)
	}
}

// direct is a client of the test's own, which may change things.
func direct(t testing.TB, p *peer) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(p.addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Login(user, password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

func flagsOf(t testing.TB, p *peer, folder string) []imap.Flag {
	t.Helper()
	c := direct(t, p)
	if _, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		t.Fatal(err)
	}
	var all imap.UIDSet
	all.AddRange(1, 0)
	msgs, err := c.Fetch(all, &imap.FetchOptions{Flags: true}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	var out []imap.Flag
	for _, m := range msgs {
		out = append(out, m.Flags...)
	}
	return out
}

func status(t testing.TB, p *peer, folder string) *imap.StatusData {
	t.Helper()
	s, err := p.user.Status(folder, &imap.StatusOptions{NumMessages: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func expunge(t testing.TB, p *peer, uids imap.UIDSet) {
	t.Helper()
	c := direct(t, p)
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	if err := c.Store(uids, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Expunge().Close(); err != nil {
		t.Fatal(err)
	}
}
