package indexer

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"

	"stakeout/ledger"
	"stakeout/message"
	"stakeout/text"
)

func termsOf(s string) []string {
	set := map[string]bool{}
	f := text.Fold(s)
	terms(f, words(f, nil), func(t string) { set[t] = true })
	return slices.Sorted(maps.Keys(set))
}

func TestTerms(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"Don't stop, Ada-Lou!":     "ada don lou stop t",
		"sk_live_4eC39":            "4ec39 live sk",
		"法院大":                      "大 法 法院 院 院大",
		"法院 大":                     "大 法 法院 院",
		"ok法院ok":                   "ok 法 法院 院",
		"ที่นี่":                   "ที่ ที่นี่ นี่",
		"می\u200cدانم":             "میدانم",
		"🔥🔥x":                      "x 🔥",
		strings.Repeat("x", 1000):  strings.Repeat("x", 128),
		strings.Repeat("дж", 1000): strings.Repeat("дж", 32),
	} {
		if got := strings.Join(termsOf(in), " "); got != want {
			t.Errorf("terms of %q: %q, want %q", in, got, want)
		}
	}
}

func TestTimeKeysSortAsTimesDo(t *testing.T) {
	var last string
	for _, s := range []string{"0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z", "2026-05-03T18:10:00Z", "2026-05-03T18:10:00.000001Z", "9999-12-31T23:59:59Z"} {
		at, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		key := dayKey(at) + timeKey(at)
		if key <= last || strings.Contains(key, "\xff") || len(key) != 15 {
			t.Errorf("key %q of %s after %q", key, s, last)
		}
		last = key
	}
}

// What goes round Bleve's mapping is what the mapping says.
func TestDocumentsAreAsMapped(t *testing.T) {
	o := &message.Observation{
		Kind: message.Edited, ID: "1", Text: "法院 Café https://a.example", Embeds: []string{"one two", "two three"},
		Links: []string{"https://b.example"}, Attachments: []message.Attachment{{Name: "c.png"}},
		Channel: message.Channel{Platform: "discord", ID: "7", Name: "The  Nest"}, Author: message.Author{ID: "5", Handle: "Ada"},
		Sent: message.Time{UTC: time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)},
	}
	e := ledger.Entry{Seq: 7, Type: ledger.Observation, Obs: o}
	var dicts [2]map[string][]string
	for i := range dicts {
		x, err := bleve.NewUsing(t.TempDir()+"/x", NewMapping(), scorch.Name, scorch.Name, Settings())
		if err != nil {
			t.Fatal(err)
		}
		defer x.Close()
		b := x.NewBatch()
		if i == 0 {
			err = b.Index(Document(e))
		} else {
			d, _ := newDocument(e, state{})
			err = b.IndexAdvanced(d)
		}
		if err == nil {
			err = x.Batch(b)
		}
		if err != nil {
			t.Fatal(err)
		}
		fields, err := x.Fields()
		if err != nil {
			t.Fatal(err)
		}
		dicts[i] = map[string][]string{}
		for _, f := range fields {
			d, err := x.FieldDict(f)
			if err != nil {
				t.Fatal(err)
			}
			for term, err := d.Next(); term != nil && err == nil; term, err = d.Next() {
				dicts[i][f] = append(dicts[i][f], term.Term)
			}
			d.Close()
		}
	}
	if len(dicts[0]) < 8 || !maps.EqualFunc(dicts[0], dicts[1], slices.Equal) {
		t.Errorf("mapped\n%v\nmade\n%v", dicts[0], dicts[1])
	}
}

// Any row of words of a text is found in it, by its terms and by looking.
func FuzzNeedle(f *testing.F) {
	for _, s := range []string{"one two", "法院 大x院", "ที่นี่", "می\u200cدانم a\u0301\u0301", "сheck pаypal", "\xff\xfe a", "🔥 l'été", "ⅨⅨ ﷺ x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := text.Fold(s)
		ws := words(folded, nil)
		for i, w := range ws {
			if w.term == "" || w.start >= w.end || w.end > len(folded.Text) || i > 0 && w.start < ws[i-1].end {
				t.Fatalf("word %d of %q is %+v", i, s, w)
			}
			if a, b := folded.Span(w.start, w.end); a < 0 || a >= b || b > len(s) {
				t.Fatalf("word %d of %q spans %d to %d", i, s, a, b)
			}
		}
		if len(ws) == 0 {
			return
		}
		highlight(s, []needle{{words: ws}})
		needle, ok := newNeedle(s)
		if !ok {
			t.Fatalf("%q has words, but none to search for", s)
		}
		have := termsOf(s)
		for _, term := range needle.terms {
			if !slices.Contains(have, term) {
				t.Fatalf("%q is searched by %q, but has only %q", s, term, have)
			}
		}
		var room []word
		if !needle.inAny([]string{"before " + s}, &room) && !needle.inAny([]string{s}, &room) {
			t.Fatalf("%q is not found in itself", s)
		}
	})
}
