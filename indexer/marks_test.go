package indexer_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"stakeout/indexer"
	"stakeout/message"
)

func TestEditsAndDeletionsStayFindableAndAreMarked(t *testing.T) {
	w := newWorld(t)
	x := w.open(nil)
	step := func(o *message.Observation, q, want string) {
		t.Helper()
		w.add(o)
		if err := x.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantFound(t, x, q, want)
	}
	step(posted(1, "gull one"), "gull", "01")
	step(posted(1, "gull two", edited(5)), "gull", "01 01:superseded")
	wantFound(t, x, "one is:superseded", "01:superseded")
	wantFound(t, x, "gull is:edited", "01")
	wantFound(t, x, "gull has:edit", "01 01:superseded")
	// An older edit that arrives late hides nothing.
	step(posted(1, "gull older", edited(2)), "gull -is:superseded", "01")
	wantFound(t, x, "older", "01:superseded")
	wantFound(t, x, "two", "01")
	// Other content under a known identity supersedes nothing.
	step(posted(1, "gull forged", edited(5)), "gull -is:superseded", "01 01")
	step(posted(1, "gull forged first"), "gull forged first", "01:superseded")
	step(posted(1, "", deleted), "gull is:deleted", "01:superseded:deleted 01:deleted 01:superseded:deleted 01:deleted 01:superseded:deleted")
	wantFound(t, x, "two", "01:deleted")
	wantFound(t, x, "gull -is:deleted", "")
	step(posted(2, "", deleted), "is:deleted -gull", "02:deleted 01:deleted")

	// Put in at once and in one batch, the states are the same.
	before := find(t, x, "")
	if err := x.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if after := find(t, x, ""); !reflect.DeepEqual(before, after) {
		t.Errorf("after a rebuild %v, before %v", after, before)
	}
}

func TestFindingsAndMasks(t *testing.T) {
	w := newWorld(t)
	seqs := w.add(posted(1, "wren lives at 5 Fictional Row", func(o *message.Observation) {
		o.Embeds, o.Links = []string{"5 Fictional Row"}, []string{"https://maps.example/5-fictional-row"}
		o.Attachments = []message.Attachment{{Name: "5-fictional-row.png", URL: "https://cdn.example/5-fictional-row.png", Type: "image/png"}}
	}), posted(2, "wren sings"))
	x := w.open(findings{
		seqs:   map[string][]int64{"label:doxxing": {seqs[0]}, "level:high": {seqs[1], seqs[0], seqs[0]}, "has:alert": {seqs[0], 999}},
		masked: map[int64]string{seqs[0]: "doxxing"},
	})
	for q, want := range map[string]string{
		"label:doxxing": "01", "label:threat": "", "wren -label:doxxing": "02", "level:high wren": "02 01",
		"has:alert": "01", "rule:none": "", "label:doxxing OR sings": "02 01",
	} {
		wantFound(t, x, q, want)
	}
	res, err := x.Search(t.Context(), indexer.Request{Query: "fictional"})
	if err != nil || len(res.Hits) != 1 {
		t.Fatal(res, err)
	}
	h := res.Hits[0]
	o := h.Entry.Obs
	if h.Masked != "doxxing" || h.Highlights != nil || o.Text != "" || o.Embeds != nil || o.Links != nil || o.Native != nil ||
		o.Attachments[0] != (message.Attachment{Type: "image/png"}) || o.ID != "1001" {
		t.Errorf("masked hit: %+v %+v", h, o)
	}
	res, err = x.Search(t.Context(), indexer.Request{Query: "fictional", Reveal: true})
	if err != nil {
		t.Fatal(err)
	}
	h = res.Hits[0]
	if h.Masked != "doxxing" || len(h.Highlights) != 1 || !strings.Contains(h.Entry.Obs.Text, "Fictional") || h.Entry.Obs.Attachments[0].Name == "" {
		t.Errorf("revealed hit: %+v %+v", h, h.Entry.Obs)
	}
}

// mute is a Findings that cannot answer.
type mute struct{ findings }

var errMute = errors.New("cannot say")

func (mute) Masked(context.Context, []int64) (map[int64]string, error) { return nil, errMute }

func TestNothingIsShownWhenMasksAreUnknown(t *testing.T) {
	w := newWorld(t)
	w.add(posted(1, "wren"))
	x := w.open(mute{})
	for _, reveal := range []bool{false, true} {
		res, err := x.Search(t.Context(), indexer.Request{Query: "wren", Reveal: reveal})
		if !errors.Is(err, errMute) || len(res.Hits) != 0 {
			t.Errorf("%d hits, %v", len(res.Hits), err)
		}
	}
}

func TestClosedIndex(t *testing.T) {
	w := newWorld(t)
	x := w.open(nil)
	if err := errors.Join(x.Close(), x.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := x.Search(t.Context(), indexer.Request{}); err == nil {
		t.Error("a closed index can be searched")
	}
	if x.Rebuild(t.Context(), nil) == nil || x.CatchUp(t.Context()) == nil || x.Run(t.Context()) == nil || x.Cursor() != 0 {
		t.Error("a closed index works on")
	}
}
