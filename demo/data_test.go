package demo

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"stakeout/bot/export"
	"stakeout/message"
	"stakeout/watchlist"
)

type discordExport struct {
	Guild   struct{ ID string }
	Channel struct{ ID, Type string }
	Count   int `json:"messageCount"`

	Messages []struct {
		ID, Type, Content string
		Timestamp         time.Time
	}
}

type telegramExport struct {
	ID       int64
	Type     string
	Messages []struct {
		ID   int64
		Type string
		Date string
		Unix string `json:"date_unixtime"`
	}
}

func load(t *testing.T, name string, into any) {
	t.Helper()
	b, err := fs.ReadFile(Data(), name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// places is every message of the exports, with its type.
func places(t *testing.T) map[Place]string {
	t.Helper()
	all := map[Place]string{}
	put := func(p Place, typ string) {
		if _, twice := all[p]; twice {
			t.Errorf("message %v is in the exports twice", p)
		}
		all[p] = typ
	}
	for _, name := range Exports[:3] {
		var d discordExport
		load(t, name, &d)
		if d.Count != len(d.Messages) {
			t.Errorf("%s: messageCount %d, messages %d", name, d.Count, len(d.Messages))
		}
		last := time.Time{}
		for _, m := range d.Messages {
			put(Place{d.Channel.ID, m.ID}, m.Type)
			id, err := strconv.ParseInt(m.ID, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			// Snowflake epoch, Discord API reference, "Snowflakes".
			if at := time.UnixMilli(id>>22 + 1420070400000); !at.Equal(m.Timestamp) {
				t.Errorf("%s: message %s was made at %s by its id, at %s by its timestamp", name, m.ID, at.UTC(), m.Timestamp)
			}
			if m.Timestamp.Before(last) {
				t.Errorf("%s: message %s is out of order", name, m.ID)
			}
			last = m.Timestamp
		}
	}
	var tg telegramExport
	load(t, Exports[3], &tg)
	last := int64(0)
	for _, m := range tg.Messages {
		put(Place{"-100" + strconv.FormatInt(tg.ID, 10), strconv.FormatInt(m.ID, 10)}, m.Type)
		if m.ID <= last {
			t.Errorf("%s: message %d is out of order", Exports[3], m.ID)
		}
		last = m.ID
		if _, err := strconv.ParseInt(m.Unix, 10, 64); err != nil {
			t.Errorf("%s: message %d has no date_unixtime", Exports[3], m.ID)
		}
	}
	return all
}

func TestExportsHoldEnoughMessages(t *testing.T) {
	kinds := map[string]int{}
	for _, typ := range places(t) {
		kinds[typ]++
	}
	said := kinds["Default"] + kinds["Reply"] + kinds["message"]
	if said < 400 {
		t.Errorf("the exports hold %d messages of people, want 400 at least", said)
	}
	for _, k := range []string{"Reply", "service", "ChannelPinnedMessage", "GuildMemberJoin", "ThreadCreated"} {
		if kinds[k] == 0 {
			t.Errorf("the exports hold no %s", k)
		}
	}
}

// Every record of the bundled exports must be readable, and every message of
// them must come out under the channel that expected.json speaks of.
func TestImporterReadsTheExports(t *testing.T) {
	all := places(t)
	n := 0
	for _, name := range Exports {
		b, err := fs.ReadFile(Data(), name)
		if err != nil {
			t.Fatal(err)
		}
		for r, err := range export.Read(t.Context(), export.Input{Name: name, Reader: bytes.NewReader(b)}, export.Options{}) {
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if r.Err != nil {
				t.Errorf("%s: %v", r.Place, r.Err)
				continue
			}
			if _, ok := all[Place{r.Obs.Channel.ID, r.Obs.ID}]; !ok {
				t.Errorf("%s: read as message %s of channel %s", r.Place, r.Obs.ID, r.Obs.Channel.ID)
			}
			n++
		}
	}
	if n != len(all) {
		t.Errorf("read %d messages of %d", n, len(all))
	}
}

func TestLiveFollowsOnTheExports(t *testing.T) {
	known := places(t)
	live, err := Live()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[message.Kind]int{}
	var last time.Time
	for _, o := range live {
		kinds[o.Kind]++
		p := Place{o.Channel.ID, o.ID}
		if _, ok := known[p]; ok != (o.Kind != message.Posted) {
			t.Errorf("%s of %v: known before: %v", o.Kind, p, ok)
		}
		known[p] = "live"
		if o.Via != message.Live || o.Observed.Before(last) || o.Sent.IsZero() != (o.Kind == message.Deleted) {
			t.Errorf("%s of %v: via %s, observed %s, sent %s", o.Kind, p, o.Via, o.Observed, o.Sent)
		}
		last = o.Observed
	}
	if kinds[message.Posted] < 10 || kinds[message.Edited] == 0 || kinds[message.Deleted] == 0 {
		t.Errorf("live holds %v", kinds)
	}
}

func TestExpectationsNameMessagesThatExist(t *testing.T) {
	all := places(t)
	live, err := Live()
	if err != nil {
		t.Fatal(err)
	}
	replayed := map[Place]bool{}
	for _, o := range live {
		replayed[Place{o.Channel.ID, o.ID}] = true
	}
	e, err := Expectations()
	if err != nil {
		t.Fatal(err)
	}
	planted := map[Place]bool{}
	check := func(p Place, isLive bool, what string) {
		if _, ok := all[p]; ok == isLive || replayed[p] != isLive {
			t.Errorf("%s names %v, which is not where it says", what, p)
		}
	}
	labels := map[string]int{}
	for _, p := range e.Planted {
		labels[p.Label]++
		for _, m := range p.Messages {
			check(m, p.Live, p.Incident)
			planted[m] = true
		}
		if needs := p.Label == "doxxing" || p.Label == "credential_exposure"; needs != (len(p.Exposing) > 0) {
			t.Errorf("%s: %d exposing messages", p.Incident, len(p.Exposing))
		}
		for _, m := range p.Exposing {
			if !slices.Contains(p.Messages, m) {
				t.Errorf("%s: exposing message %v is none of its own", p.Incident, m)
			}
		}
	}
	for _, l := range e.Lookalikes {
		check(l.Place, l.Live, l.Why)
		if planted[l.Place] {
			t.Errorf("%v is both planted and a look-alike", l.Place)
		}
	}
	if labels["doxxing"] < 10 || labels["blame_shifting"] < 8 || labels["legal_mention"] < 10 || len(e.Lookalikes) < 25 {
		t.Errorf("planted %v, look-alikes %d", labels, len(e.Lookalikes))
	}
}

func TestWatchlistIsSound(t *testing.T) {
	b, err := fs.ReadFile(Data(), "watchlist.yaml")
	if err != nil {
		t.Fatal(err)
	}
	w, err := watchlist.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range w.Check() {
		t.Error(p)
	}
}

// Phone numbers and host names of the data must be ones that reach nobody.
func TestDataReachesNobody(t *testing.T) {
	phone := regexp.MustCompile(`\b\d{3}[- .]?\d{3}[- .]?\d{4}\b`)
	fictional := regexp.MustCompile(`555[- .]?01\d\d`)
	host := regexp.MustCompile(`https?://([^/"\s)]+)`)
	allowed := regexp.MustCompile(`(^|\.)(example|test)$|^cdn\.discordapp\.com$|^cdn\.jsdelivr\.net$`)
	var said []string
	for _, name := range Exports {
		b, err := fs.ReadFile(Data(), name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range host.FindAllStringSubmatch(string(b), -1) {
			if !allowed.MatchString(m[1]) {
				t.Errorf("%s: host %s", name, m[1])
			}
		}
	}
	for _, name := range Exports[:3] {
		var d discordExport
		load(t, name, &d)
		for _, m := range d.Messages {
			said = append(said, m.Content)
		}
	}
	for _, s := range said {
		for _, n := range phone.FindAllString(s, -1) {
			if !fictional.MatchString(n) {
				t.Errorf("number %s may be somebody's", n)
			}
		}
	}
}
