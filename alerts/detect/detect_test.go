package detect

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"stakeout/alerts/rules"
	"stakeout/watchlist"
)

var noon = time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)

// probe makes an engine whose one rule holds when the condition does.
func probe(t *testing.T, condition string) *Engine {
	t.Helper()
	set, err := rules.Load(fstest.MapFS{"probe.yaml": {Data: []byte(`
id: probe
title: Probe
status: test
level: low
label: threat
description: Probe.
score: 1
condition: ` + condition + `
examples: {match: [x], no_match: [y]}
`)}})
	if err != nil {
		t.Fatal(err)
	}
	return New(set, rules.ExampleWatchlist())
}

func shipped(t testing.TB) *Engine {
	set, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	return New(set, rules.ExampleWatchlist())
}

// talk observes messages of one channel, "author> text" each, a minute apart.
func talk(e *Engine, lines ...string) [][]Finding {
	var out [][]Finding
	for i, l := range lines {
		author, text, _ := strings.Cut(l, "> ")
		out = append(out, e.Observe(Message{
			Seq: int64(i + 1), ID: fmt.Sprint(i + 1), Channel: "c", Author: author,
			Sent: noon.Add(time.Duration(i) * time.Minute), Text: text,
		}))
	}
	return out
}

func TestShippedExamples(t *testing.T) {
	set, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range TestRules(set) {
		t.Error(f)
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"odalys fernquist", true}, {"Fernquist, Odalys", true}, {"FERNQUIST's car", true}, {"o. fernquist", true},
		{"fernquest", true}, {"fernqvist", true}, {"fern quist", true}, {"fern-quist", true},
		{"f e r n q u i s t", true}, {"f3rnqu1st", true}, {"Fеrnquіst", true}, {"fern\u200bquist", true}, {"ｆｅｒｎｑｕｉｓｔ", true},
		{"у Фернквиста", true}, {"Одалис Фернквист", true}, {"奥达丽丝·费恩奎斯特 住哪", true}, {"费恩奎斯特", true}, {"费恩奎斯", false},
		{"اودالیس فرنکوئیست", true}, {"فرنکوئيست کجاست", true},
		{"fern", false}, {"finest", false}, {"quist", false}, {"request", false}, {"odalys", false},
	} {
		e := probe(t, "person")
		if got := len(talk(e, "a> "+c.text)[0]) > 0; got != c.want {
			t.Errorf("%q: %v", c.text, got)
		}
	}
}

func TestEntities(t *testing.T) {
	for _, c := range []struct{ signal, yes, no string }{
		{"phone", "+1 202 555 0143|call (202) 555-0143|07700 900123|+44 7700 900123|two oh two five five five oh one four three",
			"2030-03-01|2030/03/01 12:00:00|10.0.0.1|1700000000|version 1.2.3.4567|42"},
		{"email", "a.b@mail.example|write Ann@Sub.Mail.Example.", "@ann|a@b|ann at home"},
		{"mention", "@brackenfly hi|ask @t_x", "a.b@mail.example|@ noon"},
		{"url", "https://x.example/y|www.x.example|x.example/path|see relay.example", "e.g. this|3.14|end.Start"},
		{"address", "14 Alder Street|apt 4b|flat 3|calle Olmo 9|ул. Лесная 4|дом 5|长街 12 号|12 Moss Lane|اتاق کوچه نرگس پلاک ۷|hẻm 12", "street food|4 seats|route 66|no lane"},
		{"postcode", "sw1a 1aa|TX, 75001|ME 04101", "row 4b|75001 times"},
		{"coordinates", "51.5007, -0.1246|35.6892 51.3890", "1.5, 2.5|3.14159"},
		{"birthdate", "born 01.02.1980|dob: 1980-02-01", "due 01.02.1980|born yesterday"},
		{"key", "sk-live-9fQ2mZx71LpRt0aVbC4|AKIAQ7Z2M4N8P6R5T3VW|ghp_a8B2c9D4e7F1g3H5i6J0k2L4|key 9f3c1ab7e05d42886bc17fa93e2d50c4",
			"sk-xxxxxxxxxxxx|H7QKZ-2MVTW-9LPRD|4be91c07d2a6f3518c0e9b7a64d1f2e83c5507ab|https://x.example/?q=a8B2c9D4e7F1g3H5i6J0k2L4|-target=i386-linux-musl|job 7d0f2c9e-58b1-4e07-9a63-c2f1d8e0b4a5"},
		{"connection", "postgres://u:h4rdToGuess@db.example/x|Server=a;Password=Sne3g-48;", "https://x.example:443/|password: what"},
		{"login", "relay@mail.example:Turq-Lamp88|pass Vr8koZt2Lw|пароль Klyukva48", "my password is long|pass the salt"},
		{"doe", "doe 4|Does 1-6|john doe|Doe no. 3|доу два", "she does|does one know|doe eyed"},
		{"case", "4:30-cv-00071|9:29-cr-12 is new|larchmoor cloud, inc. v. does 1-6", "cv attached"},
		{"keyword", "teaselgate", "tea gate"},
		{"insider", "", "hello"},
		{"evasive", "l4wy3r|s u b p o e n a|lаwyer|law\u200byer|ｌａｗｙｅｒ", "lawyer|room 4b|nước đường người|адвокат|می\u200cخواهم"},
	} {
		e := probe(t, c.signal)
		for _, s := range strings.Split(c.yes, "|") {
			if s != "" && len(talk(e, "a> "+s)[0]) == 0 {
				t.Errorf("%s not found in %q", c.signal, s)
			}
		}
		for _, s := range strings.Split(c.no, "|") {
			if len(talk(e, "a> "+s)[0]) > 0 {
				t.Errorf("%s found in %q", c.signal, s)
			}
		}
	}
	// An address as a name tells nothing: on a chat anybody may choose it.
	for platform, want := range map[string]int{"mail": 1, "email": 1, "telegram": 0, "": 0} {
		m := Message{Seq: 1, ID: "1", Platform: platform, Channel: "c", Author: "odalys@thruppmarlow.example", Text: "hello"}
		if got := len(probe(t, "insider").Observe(m)); got != want {
			t.Errorf("insider on %q: %d findings, want %d", platform, got, want)
		}
	}
}

func TestProximity(t *testing.T) {
	e := probe(t, "near(lawyer, police, 2)")
	for text, want := range map[string]bool{
		"lawyer police": true, "police the lawyer": true, "lawyer and then the police": false,
	} {
		if got := len(talk(e, "a> "+text)[0]) > 0; got != want {
			t.Errorf("near: %q: %v", text, got)
		}
	}
	e = probe(t, "then(lawyer, police, 2)")
	if len(talk(e, "a> police lawyer")[0]) > 0 || len(talk(e, "a> lawyer police")[0]) == 0 {
		t.Error("then does not mind the order")
	}
}

func TestSplitAddress(t *testing.T) {
	e := shipped(t)
	found := talk(e,
		"ann> fernquist is the one who signed",
		"ben> lol",
		"ann> who has her home address",
		"cal> check dms",
		"dee> apt 4b",
	)
	last := found[4]
	i := slices.IndexFunc(last, func(f Finding) bool { return f.Label == "doxxing" })
	if i < 0 {
		t.Fatalf("not found: %+v", found)
	}
	f := last[i]
	if f.Person != "odalys" || f.Initials != "O.F." || f.Role != "counsel" {
		t.Errorf("person %q %q %q", f.Person, f.Initials, f.Role)
	}
	if !slices.Contains(f.Evidence, 3) || f.Evidence[len(f.Evidence)-1] != 5 || f.Seq != 5 || !slices.IsSorted(f.Evidence) {
		t.Errorf("evidence %v", f.Evidence)
	}
	if !slices.Contains(f.Exposed, "street address") || f.Level != "critical" {
		t.Errorf("exposed %v, level %s", f.Exposed, f.Level)
	}
}

func TestLookAlikesLeftAlone(t *testing.T) {
	for _, s := range []string{
		"reminder: no doxxing, no slurs, no politics in here",
		"steam key for the farm game, first come: H7QKZ-2MVTW-9LPRD",
		"two cinema seats for saturday, row 4, 12 each",
		"git blame says you wrote it, 3 march",
		"my landlord got served, hearing on thursday",
		"pick me up at 14 Alder Street, the bell is broken",
		"doxygen runs now, rerun dox.sh",
	} {
		if f := talk(shipped(t), "a> "+s)[0]; len(f) > 0 {
			t.Errorf("%q: %s (%s)", s, f[0].Rule, f[0].Reason)
		}
	}
}

func TestReasonHoldsNoText(t *testing.T) {
	e := shipped(t)
	for _, fs := range talk(e,
		"a> who has odalys fernquist home address, her phone number, zanzibar",
		"b> 14 Alder Street, her cell is +1 202 555 0143, zanzibar",
		"c> not me, teaselhead wrote the tool, ask him, zanzibar",
		"d> zanzibar key sk-live-9fQ2mZx71LpRt0aVbC4",
	) {
		if len(fs) == 0 {
			t.Error("nothing found")
		}
		for _, f := range fs {
			low := strings.ToLower(f.Reason + f.Title + strings.Join(f.Exposed, " "))
			for _, bad := range []string{"zanzibar", "fernquist", "odalys", "alder", "555", "teaselhead", "sk-"} {
				if strings.Contains(low, bad) {
					t.Errorf("%s: reason %q holds %q", f.Rule, f.Reason, bad)
				}
			}
			if f.Reason == "" || f.Score <= 0 {
				t.Errorf("%s: no reason or score", f.Rule)
			}
		}
	}
}

func TestTwoPeople(t *testing.T) {
	fs := talk(shipped(t), "a> who has the home address of odalys fernquist and basil tremolo, where do they live")[0]
	var people []string
	for _, f := range fs {
		if f.Label == "doxxing" {
			people = append(people, f.Person)
		}
	}
	if !slices.Equal(people, []string{"odalys", "basil"}) {
		t.Errorf("people %v", people)
	}
}

func TestEditReplacesItself(t *testing.T) {
	e := probe(t, "recent(lawyer, 12)")
	m := Message{Seq: 1, ID: "1", Channel: "c", Sent: noon, Text: "the lawyer"}
	e.Observe(m)
	m.Seq, m.Text = 2, "edited lawyer"
	if fs := e.Observe(m); len(fs) > 0 {
		t.Errorf("a message is its own context: %v", fs[0].Evidence)
	}
	fs := e.Observe(Message{Seq: 3, ID: "2", Channel: "c", Sent: noon, Text: "police"})
	if len(fs) != 1 || !slices.Equal(fs[0].Evidence, []int64{2, 3}) {
		t.Errorf("findings %+v", fs)
	}
}

func TestWindow(t *testing.T) {
	context := func(later time.Duration, between int, channel string) bool {
		e := probe(t, "police and recent(lawyer)")
		e.Observe(Message{Seq: 1, ID: "1", Channel: "c", Sent: noon, Text: "lawyer"})
		for i := range between {
			e.Observe(Message{Seq: int64(i + 2), ID: fmt.Sprint("b", i), Channel: "c", Sent: noon, Text: "hm"})
		}
		return len(e.Observe(Message{Seq: 99, ID: "99", Channel: channel, Sent: noon.Add(later), Text: "police"})) > 0
	}
	for _, c := range []struct {
		later   time.Duration
		between int
		channel string
		want    bool
	}{
		{time.Minute, 0, "c", true}, {time.Minute, windowSize - 1, "c", true}, {time.Minute, windowSize, "c", false},
		{windowTime + time.Second, 0, "c", false}, {-time.Minute, 0, "c", true}, {time.Minute, 0, "other", false},
	} {
		if got := context(c.later, c.between, c.channel); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestChannelsAreBounded(t *testing.T) {
	e := probe(t, "police")
	for i := range maxChannels + 100 {
		e.Observe(Message{Seq: int64(i), ID: "1", Channel: fmt.Sprint(i), Sent: noon, Text: "hm"})
	}
	if n := len(e.windows.byKey); n != maxChannels || e.windows.order.Len() != n {
		t.Errorf("%d channels kept", n)
	}
}

func TestMaskName(t *testing.T) {
	e := shipped(t)
	for _, c := range []struct{ in, want string }{
		{"general", "general"}, {"off-topic-2", "off-topic-2"}, {"#seats", "#seats"},
		{"odalys-fernquist-home", "[masked]-home"},
		{"fernquist_house.jpg", "[masked]_house.jpg"},
		{"fernquistdox.zip", "[masked]dox.zip"},
		{"F3rnqu1st pics", "[masked] pics"},
		{"f e r n q u i s t", "[masked]"},
		{"jorah fernquist", "[masked]"},
		{"call +1 202 555 0143 now", "call [masked] now"},
		{"14 Alder Street.png", "[masked].png"},
		{"ofernquist@thruppmarlow.example", "[masked]"},
		{"sk-live-9fQ2mZx71LpRt0aVbC4.txt", "[masked]"},
	} {
		if got := e.MaskName(c.in); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestLongText(t *testing.T) {
	filler := strings.Repeat("ночь прошла тихо, ", 8000)
	for _, cut := range []int{0, maxPiece - 8, maxPiece + 5, len(filler)} {
		cut = border(filler+" ", cut)
		text := filler[:cut] + " who has fernquist home address, where does she live " + filler[cut:]
		fs := talk(shipped(t), "a> "+text)[0]
		if len(fs) != 1 || fs[0].Label != "doxxing" || fs[0].Person != "odalys" {
			t.Errorf("at %d of %d: %+v", cut, len(text), fs)
		}
	}
}

func TestNoWatchlist(t *testing.T) {
	set, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	e := New(set, &watchlist.Watchlist{})
	if fs := talk(e, "a> the key is sk-live-9fQ2mZx71LpRt0aVbC4")[0]; len(fs) != 1 || fs[0].Person != "" {
		t.Errorf("%+v", fs)
	}
}

func FuzzObserve(f *testing.F) {
	for _, s := range []string{
		"who has fernquist's address", "+1 (202) 555-0143", "14 Alder Street apt 4b", "a@b.example:pass1X", "key \xff sk-a8B2c9D4e7F1g3H5",
		"f e r n q u i s t", "doe", "pass", "2030-cv-", "a-b-c-d-e-f", "费恩奎斯特住哪 12 号", "@", "://", "=;=",
	} {
		f.Add(s, s)
	}
	e := shipped(f)
	f.Fuzz(func(t *testing.T, a, b string) {
		e.Observe(Message{Seq: 1, ID: "1", Channel: a, Author: b, Text: a, Sent: noon})
		for _, x := range e.Observe(Message{Seq: 2, ID: "2", Channel: a, Author: a, ReplyTo: "1", Text: b, Sent: noon}) {
			if x.Evidence[len(x.Evidence)-1] != 2 {
				t.Fatalf("evidence %v", x.Evidence)
			}
		}
		e.MaskName(a)
	})
}
