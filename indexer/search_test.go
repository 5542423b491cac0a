package indexer_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"stakeout/indexer"
	"stakeout/indexer/query"
	"stakeout/message"
)

// corpus holds the same few things said in several scripts.
func corpus() []*message.Observation {
	in := func(platform, id, name string) func(*message.Observation) {
		return func(o *message.Observation) {
			o.Channel = message.Channel{Platform: platform, ID: id, Name: name}
		}
	}
	by := func(id, handle, name string) func(*message.Observation) {
		return func(o *message.Observation) { o.Author = message.Author{ID: id, Handle: handle, Name: name} }
	}
	return []*message.Observation{
		posted(10, "The court has sealed the docket"),
		posted(11, "the docket the court sealed, see https://docket.example/7", by("6", "kestrel", "Bo Example")),
		posted(12, "Суд закрыл дело, Ёлкин знает", in(message.Telegram, "-100222", "Гнездо")),
		posted(13, "دادگاه پرونده را بست، می\u200cدانم", in(message.Telegram, "-100222", "Гнездо")),
		posted(14, "法院封存了案卷", in(message.Telegram, "-100222", "Гнездо")),
		posted(15, "法官和医院都知道"),
		posted(16, "ศาลปิดคดีแล้ว"),
		posted(17, "tòa án đã niêm phong hồ sơ"),
		posted(18, "", func(o *message.Observation) {
			o.Attachments = []message.Attachment{{Name: "sealed-order.pdf", URL: "https://cdn.example/1/sealed-order.pdf"}}
			o.Embeds = []string{"preview of a heron"}
			o.Links = []string{"https://hidden.example/path"}
		}),
		posted(19, "done 🔥🔥 café CAFÉ"),
		posted(20, "mail me at heron@post.example or t.me/heron_nest"),
		posted(21, strings.Repeat("long", 100)),
		posted(60*24, "next day", in(message.Discord, "88", "The Nest")),
		posted(60*48, "no time given", func(o *message.Observation) { o.Sent = message.Time{} }),
	}
}

func TestSearch(t *testing.T) {
	w := newWorld(t)
	w.add(corpus()...)
	x := w.open(nil)
	for q, want := range map[string]string{
		"":                                     "3880 2440 21 20 19 18 17 16 15 14 13 12 11 10",
		"docket":                               "11 10",
		"DOCKET sealed":                        "11 10",
		"docket -kestrel":                      "11 10",
		"docket -from:kestrel":                 "10",
		`"the court"`:                          "11 10",
		`"sealed the docket"`:                  "10",
		`"court sealed"`:                       "11",
		`docket -"court sealed"`:               "10",
		`"court sealed" OR "court has"`:        "11 10",
		`("court sealed" OR fire) -from:heron`: "11",
		`"see https docket"`:                   "11",
		"docket.example/7":                     "11",
		"court OR 法院":                          "14 11 10",
		"(court OR суд) -docket":               "12",
		"елкин":                                "12",
		"ДЕЛО":                                 "12",
		"می\u200cدانم":                         "13",
		"میدانم":                               "13",
		"پرونده":                               "13",
		"法院":                                   "14",
		"法":                                    "15 14",
		"封存了案卷":                                "14",
		"卷案":                                   "",
		`"医院都"`:                                "15",
		"คดี":                                  "16",
		"toa an":                               "17",
		"tòa":                                  "17",
		"sealed-order.pdf":                     "18",
		"hidden":                               "18",
		"preview":                              "18",
		"🔥":                                    "19",
		"cafe":                                 "19",
		"heron@post.example":                   "20",
		"heron_nest":                           "20",
		"post.heron":                           "",
		strings.Repeat("long", 100):            "21",
		"has:link":                             "20 18 11",
		"has:file":                             "18",
		"-has:link platform:telegram":          "14 13 12",
		"from:heron in:88":                     "2440",
		"from:@Heron has:file":                 "18",
		`from:"ada  EXAMPLE" has:file`:         "18",
		"from:5 has:file":                      "18",
		"from:nobody":                          "",
		"in:гнездо":                            "14 13 12",
		`in:"#the nest" next`:                  "2440",
		"in:-100222 суд":                       "12",
		"platform:DISCORD docket":              "11 10",
		"before:2026-05-04 docket":             "11 10",
		"after:2026-05-04":                     "3880 2440",
		"after:2026-05-04 before:2026-05-05":   "2440",
		"after:2026-05-03T18:19:00Z before:2026-05-03T18:21:00Z": "20 19",
		"after:2026-05-03T21:20:00.5+03:00 before:1d":            "",
		"after:40h before:2026-05-03T18:11:00Z":                  "10",
		"before:1999-01-01":                                      "",
		"after:9000-01-01":                                       "",
	} {
		wantFound(t, x, q, want)
	}
}

func TestSearchOrderLimitAndTotal(t *testing.T) {
	w := newWorld(t)
	w.add(posted(3, "tern"), posted(1, "tern"), posted(2, "tern"), posted(9, "owl"))
	x := w.open(nil)
	for _, c := range []struct {
		req  indexer.Request
		want string
	}{
		{indexer.Request{Query: "tern"}, "1003 1002 1001"},
		{indexer.Request{Query: "tern", Limit: 2}, "1003 1002"},
		{indexer.Request{Query: "tern", Oldest: true, Limit: 2}, "1001 1002"},
	} {
		res, err := x.Search(t.Context(), c.req)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, h := range res.Hits {
			got = append(got, h.Entry.Obs.ID)
		}
		if strings.Join(got, " ") != c.want || res.Total != 3 || res.Partial || res.Behind != 0 {
			t.Errorf("%+v: %v, total %d, partial %v, behind %d", c.req, got, res.Total, res.Partial, res.Behind)
		}
	}
}

func TestHighlights(t *testing.T) {
	w := newWorld(t)
	w.add(posted(1, "Él dijo: CAFÉ, café y «té verde» en 法院大楼"))
	x := w.open(nil)
	for q, want := range map[string][]string{
		"cafe":             {"CAFÉ", "café"},
		`"te verde" el`:    {"Él", "té verde"},
		"法院 cafe":          {"CAFÉ", "café", "法院"},
		"院大楼":              {"院大楼"},
		"dijo -paris":      {"dijo"},
		"-paris":           nil,
		"has:file OR dijo": {"dijo"},
	} {
		res, err := x.Search(t.Context(), indexer.Request{Query: q})
		if err != nil || len(res.Hits) != 1 {
			t.Fatalf("search %q: %d hits, %v", q, len(res.Hits), err)
		}
		var got []string
		for _, r := range res.Hits[0].Highlights {
			got = append(got, res.Hits[0].Entry.Obs.Text[r[0]:r[1]])
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("search %q highlights %q, want %q", q, got, want)
		}
	}
}

func TestQueryErrors(t *testing.T) {
	w := newWorld(t)
	x := w.open(nil)
	for q, part := range map[string]string{
		"label:doxxing":   "no rules are running",
		"a ...":           "column 3: there is no letter",
		`from:"  "`:       "column 6",
		"(a":              "never closed",
		"form:heron":      "did you mean from:",
		"in:\u200b\u200b": "no name",
	} {
		_, err := x.Search(t.Context(), indexer.Request{Query: q})
		var e *query.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), part) {
			t.Errorf("search %q: %v, want %q", q, err, part)
		}
	}
}

func TestEachStreamsAllAndStops(t *testing.T) {
	w := newWorld(t)
	var os []*message.Observation
	for i := range 2500 {
		os = append(os, posted(i%700, "tern flies", func(o *message.Observation) { o.ID = o.ID + "-" + time.Duration(i).String() }))
	}
	w.add(os...)
	x := w.open(nil)
	for _, q := range []string{"tern", `"tern flies"`} {
		seen := map[int64]bool{}
		last := time.Time{}
		total, err := x.Each(t.Context(), indexer.Request{Query: q, Oldest: true}, func(h indexer.Hit) error {
			if seen[h.Seq] || h.Entry.Obs.Sent.UTC.Before(last) {
				t.Fatalf("hit %d again or out of order", h.Seq)
			}
			seen[h.Seq], last = true, h.Entry.Obs.Sent.UTC
			return nil
		})
		if err != nil || total != 2500 || len(seen) != 2500 {
			t.Errorf("%s: total %d, %d hits, %v", q, total, len(seen), err)
		}
	}
	stop := errors.New("enough")
	if _, err := x.Each(t.Context(), indexer.Request{}, func(indexer.Hit) error { return stop }); err != stop {
		t.Errorf("Each ended with %v", err)
	}
}

func TestSearchStopsLookingForPhrases(t *testing.T) {
	w := newWorld(t)
	var os []*message.Observation
	for i := range 2300 {
		text := "tern flies"
		if i%2 == 1 {
			text = "flies, tern"
		}
		os = append(os, posted(i, text))
	}
	w.add(os...)
	x := w.open(nil)
	for _, c := range []struct {
		req     indexer.Request
		first   string
		hits    int
		total   int64
		partial bool
	}{
		{indexer.Request{Query: `"tern flies"`, Limit: 10}, "3298", 10, 500, true},
		{indexer.Request{Query: `"tern flies"`, Limit: 10, Oldest: true}, "1000", 10, 500, true},
		{indexer.Request{Query: `"tern flies"`, Limit: 600}, "3298", 600, 1000, true},
		{indexer.Request{Query: `"tern flies"`}, "3298", 1150, 1150, false},
		{indexer.Request{Query: `-"tern flies"`, Limit: 10}, "3299", 10, 1150, false},
		{indexer.Request{Query: `"tern flies" OR owl`, Limit: 10}, "3298", 10, 1150, false},
	} {
		res, err := x.Search(t.Context(), c.req)
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Hits) != c.hits || res.Total != c.total || res.Partial != c.partial || res.Hits[0].Entry.Obs.ID != c.first {
			t.Errorf("%+v: first %s, %d hits, total %d, partial %v", c.req, res.Hits[0].Entry.Obs.ID, len(res.Hits), res.Total, res.Partial)
		}
	}
}

// FuzzSearch: whatever is asked, the answer is hits or an error of the query,
// and what is hit is marked within its text.
func FuzzSearch(f *testing.F) {
	w := newWorld(f)
	w.add(corpus()...)
	w.add(posted(10, "the court has opened the docket", edited(3)), posted(11, "", deleted))
	x := w.open(findings{seqs: map[string][]int64{"label:doxxing": {2, 3}}})
	for _, q := range []string{"docket -court", `"the court" OR (法院 -from:heron)`, "before:2026-05-04 -label:doxxing", "-(-docket)", `-"the court" -"法院封" in:77`, "after:3d has:edit"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		res, err := x.Search(t.Context(), indexer.Request{Query: q, Now: start})
		var e *query.Error
		if err != nil {
			if !errors.As(err, &e) {
				t.Fatalf("search %q: %v", q, err)
			}
			return
		}
		if int(res.Total) != len(res.Hits) {
			t.Fatalf("search %q: total %d, %d hits", q, res.Total, len(res.Hits))
		}
		for _, h := range res.Hits {
			last := 0
			for _, r := range h.Highlights {
				if r[0] < last || r[1] <= r[0] || r[1] > len(h.Entry.Obs.Text) {
					t.Fatalf("search %q highlights %v", q, h.Highlights)
				}
				last = r[1]
			}
		}
	})
}
