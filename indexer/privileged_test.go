package indexer_test

import (
	"strings"
	"testing"

	"stakeout/indexer"
	"stakeout/message"
)

const counsel = "quaggamire" // a word of counsel's own, in no public part

// forwarded is a mail of which counsel's own words are privileged.
func forwarded(o *message.Observation) {
	o.Channel = message.Channel{Platform: message.Mail, ID: "thread@mail.example"}
	o.Privileged = "our view: " + counsel
	o.Native = []byte("Subject: x\r\n\r\nour view: " + counsel + "\r\n" + o.Text)
	o.Format = "mail"
}

func TestPrivilegedIsNeitherSearchedNorGiven(t *testing.T) {
	w := newWorld(t)
	seqs := w.add(posted(1, "wren sings"), posted(2, "wren writes", forwarded), posted(3, "", forwarded), posted(4, "wren lies", forwarded))
	x := w.open(findings{masked: map[int64]string{seqs[3]: "doxxing"}})
	wantFound(t, x, counsel, "")
	wantFound(t, x, "is:privileged", "04 03 02")
	for _, reveal := range []bool{false, true} {
		res, err := x.Search(t.Context(), indexer.Request{Oldest: true, Reveal: reveal})
		if err != nil || len(res.Hits) != 4 {
			t.Fatal(res, err)
		}
		for i, h := range res.Hits {
			if s := told(t, h); strings.Contains(s, counsel) {
				t.Errorf("reveal %v: entry %d gives %s", reveal, h.Seq, s)
			}
			if h.Privileged != (i > 0) {
				t.Errorf("entry %d: a part is privileged: %v", h.Seq, h.Privileged)
			}
		}
		if res.Hits[0].Entry.Obs.Native == nil {
			t.Error("something was taken out of a message without privileged parts")
		}
	}
	// Who may read it gets it, but not of what nobody revealed: it was never judged.
	for _, reveal := range []bool{false, true} {
		res, err := x.Search(t.Context(), indexer.Request{Oldest: true, Reveal: reveal, Privileged: true})
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range res.Hits {
			want := i == 1 || i == 2 || i == 3 && reveal
			if got := strings.Contains(told(t, h), counsel); got != want {
				t.Errorf("reveal %v: entry %d gives what is privileged: %v", reveal, h.Seq, got)
			}
		}
	}
	es, err := w.ledger.Entries(t.Context(), seqs)
	if err != nil || es[1].Obs.Privileged == "" || es[1].Obs.Native == nil {
		t.Errorf("a search changed what the ledger shares: %+v, %v", es[1].Obs, err)
	}
}

func TestWithholdTakesWhatIsPrivileged(t *testing.T) {
	o := posted(1, "wren", forwarded)
	for _, masked := range []bool{false, true} {
		got := indexer.Withhold(o, masked, func(s string) string { return s })
		if got.Privileged != "" || got.Native != nil || (got.Text == "") != masked {
			t.Errorf("masked %v: %+v", masked, got)
		}
	}
}

func absent(o *message.Observation) { deleted(o); o.Grade = message.Absent }
func gone(o *message.Observation)   { deleted(o); o.Grade = message.Told }

func TestHitsSayHowADeletionIsKnown(t *testing.T) {
	w := newWorld(t)
	x := w.open(nil)
	w.add(posted(1, "wren"), posted(2, "wren"), posted(3, "wren"), posted(4, "wren"), posted(5, "wren", deleted))
	w.add(posted(1, "", absent), posted(2, "", gone), posted(3, "", absent))
	if err := x.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	check := func(want string) {
		t.Helper()
		res, err := x.Search(t.Context(), indexer.Request{Oldest: true})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, h := range res.Hits {
			s := "there"
			switch {
			case h.Absent && h.Deleted:
				s = "absent"
			case h.Absent:
				s = "absent without being deleted"
			case h.Deleted:
				s = "deleted"
			}
			if was, ok := got[h.Entry.Obs.ID]; ok && was != s {
				t.Errorf("the versions of %s are %s and %s", h.Entry.Obs.ID, was, s)
			}
			got[h.Entry.Obs.ID] = s
		}
		all := ""
		for _, id := range []string{"1001", "1002", "1003", "1004", "1005"} {
			all += got[id] + " "
		}
		if all != want {
			t.Errorf("got %q, want %q", all, want)
		}
	}
	check("absent deleted absent there deleted ")
	wantFound(t, x, "is:absent wren", "03:deleted 01:deleted")
	// The platform tells of one of them after all.
	w.add(posted(3, "", gone, func(o *message.Observation) { o.Edited = message.Time{UTC: start}; o.Native = []byte("told") }))
	if err := x.CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("absent deleted deleted there deleted ")
}
