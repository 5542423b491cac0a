package indexer_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"stakeout/indexer"
	"stakeout/message"
)

// named puts a name everywhere that somebody in a channel can.
func named(name string) func(*message.Observation) {
	return func(o *message.Observation) {
		o.Channel = message.Channel{Platform: message.Discord, ID: "77", Name: name, Server: message.Server{ID: "7", Name: name}, Parent: &message.ChannelRef{ID: "76", Name: name}}
		o.Author = message.Author{ID: name, Handle: name, Name: name}
		o.Forward = &message.Forward{From: name, FromID: name, Channel: name}
		o.Event = name
		o.Reactions = []message.Reaction{{Emoji: name, Count: 2}, {Emoji: "🔥", Count: 1}}
	}
}

// told is everything of a hit's observation that can be read, in one string.
func told(t *testing.T, h indexer.Hit) string {
	t.Helper()
	b, err := json.Marshal(h.Entry.Obs)
	if err != nil {
		t.Fatal(err)
	}
	return string(b) + string(h.Entry.Obs.Native)
}

func TestNamesOfEveryHitAreMasked(t *testing.T) {
	w := newWorld(t)
	name := secret + " lives at 12 Elm Street"
	seqs := w.add(posted(1, "wren sings", named(name)), posted(2, "wren nests", named(name)), posted(3, "wren flies"))
	f := findings{masked: map[int64]string{seqs[1]: "doxxing"}, asked: map[string]int{}}
	x := w.open(f)
	before, err := w.ledger.Entries(t.Context(), seqs)
	if err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(before)
	if err != nil {
		t.Fatal(err)
	}

	res, err := x.Search(t.Context(), indexer.Request{Query: "wren", Oldest: true})
	if err != nil || len(res.Hits) != 3 {
		t.Fatal(res, err)
	}
	var each []indexer.Hit
	if _, err := x.Each(t.Context(), indexer.Request{Query: "wren", Oldest: true}, func(h indexer.Hit) error { each = append(each, h); return nil }); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(res.Hits, each) {
		t.Errorf("Each gives %+v, Search %+v", each, res.Hits)
	}
	for _, h := range res.Hits {
		if s := told(t, h); strings.Contains(s, secret) {
			t.Errorf("entry %d shows %s", h.Seq, s)
		}
	}
	o := res.Hits[0].Entry.Obs
	rest := "[masked] lives at 12 Elm Street"
	if o.Channel.Server.Name != rest || o.Channel.Name != rest || o.Channel.Parent.Name != rest || o.Author != (message.Author{ID: rest, Handle: rest, Name: rest}) ||
		o.Forward.From != rest || o.Event != rest || o.Reactions[0].Emoji != rest || o.Native != nil {
		t.Errorf("a hit's names: %+v", o)
	}
	if o.Text != "wren sings" || o.Channel.ID != "77" || o.Reactions[1].Emoji != "🔥" {
		t.Errorf("more than names was taken out: %+v", o)
	}
	if o := res.Hits[2].Entry.Obs; o.Channel.Name != "The Nest" || o.Author.Name != "Ada Example" || o.Native == nil {
		t.Errorf("something was taken out of %+v", o)
	}
	if f.asked[name] != 2 { // once for each of two searches
		t.Errorf("the name was asked for %d times", f.asked[name])
	}

	after, err := w.ledger.Entries(t.Context(), seqs)
	if err != nil {
		t.Fatal(err)
	}
	if now, err := json.Marshal(after); err != nil || string(now) != string(written) {
		t.Errorf("a search changed what the ledger shares: %s, %v", now, err)
	}
	res, err = x.Search(t.Context(), indexer.Request{Query: "wren", Oldest: true, Reveal: true})
	if err != nil || res.Hits[0].Entry.Obs.Author.Name != name || res.Hits[1].Entry.Obs.Event != name || res.Hits[1].Entry.Obs.Native == nil {
		t.Errorf("revealed: %+v, %v", res, err)
	}
}

func TestMaskedHitsKeepNoWording(t *testing.T) {
	w := newWorld(t)
	with := func(fns ...func(*message.Observation)) *message.Observation { return posted(1, "wren", fns...) }
	place := func(c message.Channel) func(*message.Observation) {
		return func(o *message.Observation) { o.Channel = c }
	}
	seqs := w.add(
		with(func(o *message.Observation) {
			o.Event = "hawthorn_house"
			o.Reactions = []message.Reaction{{Emoji: "hawthorn5", Count: 3}, {Emoji: "👍🏽", Count: 1}}
		}),
		with(place(message.Channel{Platform: message.Mail, ID: "1", Name: "hawthorn house"})),
		with(place(message.Channel{Platform: message.Discord, ID: "2", Name: "hawthorn house", Parent: &message.ChannelRef{ID: "3", Name: "The Nest"}})),
	)
	masked := map[int64]string{}
	for _, s := range seqs {
		masked[s] = "doxxing"
	}
	res, err := w.open(findings{masked: masked}).Search(t.Context(), indexer.Request{Query: "wren"})
	if err != nil || len(res.Hits) != 3 {
		t.Fatal(res, err)
	}
	for _, h := range res.Hits {
		if s := told(t, h); strings.Contains(s, "hawthorn") || strings.Contains(s, "wren") {
			t.Errorf("entry %d shows %s", h.Seq, s)
		}
		if h.Seq == seqs[0] && !reflect.DeepEqual(h.Entry.Obs.Reactions, []message.Reaction{{Count: 3}, {Emoji: "👍🏽", Count: 1}}) {
			t.Errorf("reactions: %+v", h.Entry.Obs.Reactions)
		}
	}
}

func TestRememberedAsksAgainOnlyForWhatItForgot(t *testing.T) {
	asked := 0
	mask := indexer.Remembered(func(s string) string { asked++; return "<" + s + ">" })
	long := strings.Repeat("x", 10_000)
	for range 3 {
		if mask("a") != "<a>" || mask("") != "" || mask(long) != "<"+long+">" {
			t.Error("wrong name")
		}
	}
	if asked != 4 { // "a" once, the long one each time
		t.Errorf("asked %d times", asked)
	}
	for i := range 20_000 {
		mask(strings.Repeat("y", i%200) + string(rune('a'+i/200%26)) + string(rune('a'+i/5200)))
	}
	if mask("a") != "<a>" {
		t.Error("wrong name after many")
	}
}

func TestUnknownValuesAreErrorsOfTheQuery(t *testing.T) {
	w := newWorld(t)
	w.add(posted(1, "wren"))
	x := w.open(findings{})
	for q, want := range map[string]string{"label:doxing": "label:doxxing", "wren level:hihg": "level:high"} {
		_, err := x.Search(t.Context(), indexer.Request{Query: q})
		if err == nil || !strings.Contains(err.Error(), "did you mean "+want) {
			t.Errorf("%s: %v", q, err)
		}
	}
	wantFound(t, x, "rule:of-nobody", "")
}
