package detect

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEveryPieceIsEvidence puts addresses together in the channel of somebody
// who asks for one; every message that holds a piece must be found and named.
func TestEveryPieceIsEvidence(t *testing.T) {
	for _, c := range []struct {
		name   string
		lines  []string
		pieces []int64
	}{
		{"street in two orders, long messages", []string{
			"ann> does anyone know where fernquist lives these days, i want her street",
			"ben> you are wrong about this and about everything else",
			"cal> 77 beechcombe row, the corner with the shop that mends old bicycles and radios",
			"dee> somebody in the other group had it too. larkhollow terrace, 1418, on the far side of town",
			"eve> unit 12, grey door, top of the stairs",
		}, []int64{1, 3, 4, 5}},
		{"storey and buzzer", []string{
			"ann> who has fernquist home address, where does she sleep",
			"ben> second buzzer, it does not work so just lean on it",
			"cal> 4th floor",
		}, []int64{1, 2, 3}},
		{"postcode, telephone, e-mail", []string{
			"ann> who has fernquist home address, where does she sleep",
			"ben> sw1a 1aa as far as the voters' list goes, and nobody has ever said otherwise",
			"cal> rings through at +1 202 555 0143 at almost any hour of the day or night",
			"dee> odalys.private@mail.example is not read by an assistant",
		}, []int64{1, 2, 3, 4}},
		{"pieces before the name", []string{
			"ann> 1418 larkhollow terrace, the one with a green gate",
			"ben> hm",
			"cal> that is where odalys fernquist lives, apt 4b",
		}, []int64{1, 3}},
	} {
		var evidence []int64
		for i, fs := range talk(shipped(t), c.lines...) {
			found := false
			for _, f := range fs {
				if f.Label == "doxxing" {
					found = true
					evidence = append(evidence, f.Evidence...)
				}
			}
			if seq := int64(i + 1); seq > 1 && slices.Contains(c.pieces, seq) && !found {
				t.Errorf("%s: message %d not found", c.name, seq)
			}
		}
		slices.Sort(evidence)
		if got := slices.Compact(evidence); !slices.Equal(got, c.pieces) {
			t.Errorf("%s: evidence %v, want %v", c.name, got, c.pieces)
		}
	}
}

// TestOwnAddressInAHunt leaves alone what people say of themselves while
// somebody else is sought.
func TestOwnAddressInAHunt(t *testing.T) {
	for _, s := range []string{
		"pick me up at 14 Alder Street, the bell is broken",
		"wrong chat, the pizza goes to 9 Moss Lane, side door",
		"my new number is +1 202 555 0143",
		"selling the bike, 30 and it is yours, flat 3",
	} {
		fs := talk(shipped(t), "ann> does anyone know where fernquist lives these days", "ben> "+s)[1]
		for _, f := range fs {
			if f.Label == "doxxing" {
				t.Errorf("%q: %s (%s)", s, f.Rule, f.Reason)
			}
		}
	}
}

func TestGluedKeys(t *testing.T) {
	for _, c := range []struct{ yes, no string }{
		{yes: "A K I A 7 M X Q 2 R V B T 5 L W 9 Z K D, take out the spaces"},
		{yes: "s\u200bk-h\u200bfQ7rT2mZc9\u200bLxV4bN8p\u200bW1sKd6YgE3\u200baJu5"},
		{yes: "one bone: qbk🥕_live_🥕7Zw2🥕KpR9xTd4🥕Mb0sLv8Y🥕nQhE3cJ6yU5a"},
		{yes: "5d0e83b1 c96f4f27 a8413be9 7c2d60af, write it without spaces, key of the pool"},
		{no: "1. e4 e5 2. Nf3 Nc6 3. Bb5 a6 4. Ba4 Nf6 5. O-O Be7"},
		{no: "5d0e83b1 c96f4f27 a8413be9 7c2d60af is what the dump says"},
		{no: "file:///run/u64a/b32c/C64d/Zx9Q2w/kL0p3T/mN7b8V"},
		{no: "buy 3 get 1, 12:30 to 14:45, row 4 seat 12, 2nd floor, 4x4 or 6x6"},
	} {
		e := probe(t, "key")
		if got := len(talk(e, "a> "+c.yes+c.no)[0]) > 0; got != (c.yes != "") {
			t.Errorf("%q: %v", c.yes+c.no, got)
		}
	}
}

// TestRulePanics breaks one rule: the others go on, and Failed names it until
// the next message.
func TestRulePanics(t *testing.T) {
	e := shipped(t)
	broken := *e.set
	broken.Rules = slices.Clone(e.set.Rules)
	for i, r := range broken.Rules {
		if r.Label == "doxxing" && r.ID != "doxxing-split" {
			c := *r
			c.Condition = nil
			broken.Rules[i] = &c
		}
	}
	whole := e.set
	e.set = &broken
	fs := e.Observe(Message{Seq: 1, ID: "1", Channel: "c", Author: "a", Sent: noon, Text: "who has fernquist home address, key sk-live-9fQ2mZx71LpRt0aVbC4"})
	if len(fs) != 1 || fs[0].Label != "credential_exposure" {
		t.Errorf("findings %+v", fs)
	}
	if got := strings.Join(e.Failed(), " "); got != "doxxing-context doxxing-published doxxing-sought" {
		t.Errorf("failed: %s", got)
	}
	e.set = whole
	e.Observe(Message{Seq: 2, ID: "2", Channel: "d", Author: "a", Sent: noon.Add(time.Minute), Text: "hm"})
	if len(e.Failed()) > 0 {
		t.Errorf("still failed: %v", e.Failed())
	}
}
