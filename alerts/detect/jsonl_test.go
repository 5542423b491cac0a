package detect

import (
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	in := `
{"id":"1","conversation":"c","author":"a","time":"2030-03-01T12:00:00Z","reply_to":null,"text":"fernquist again"}

{"id":"2","conversation":"c","author":"b","time":"2030-03-01T12:01:00Z","reply_to":"1","text":"who has her home address, where does fernquist live"}
{"id":"3","platform":"p","channel":"x","text":"two cinema seats"}
`
	var got []Line
	for l, err := range Lines(shipped(t), "m.jsonl", strings.NewReader(in)) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	if len(got) != 1 || got[0].MessageID != "2" || got[0].Label != "doxxing" || got[0].Rule == "" || got[0].Reason == "" {
		t.Errorf("%+v", got)
	}
}

func TestLinesErrors(t *testing.T) {
	ok := `{"id":"1","text":"x"}` + "\n"
	for _, c := range []struct{ name, in, want string }{
		{"broken", ok + "\n{\"id\":", "m.jsonl:3: not a JSON object: broken at byte"},
		{"type", ok + `{"id":7,"text":"secret words"}`, "m.jsonl:2: id: number where string should stand"},
		{"no id", `{"text":"secret words"}`, "m.jsonl:1: the message has no id"},
		{"time", `{"id":"1","time":"yesterday"}`, "m.jsonl:1: not a message"},
	} {
		var err error
		for _, e := range Lines(shipped(t), "m.jsonl", strings.NewReader(c.in)) {
			err = e
		}
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte(`{"id":"1","text":"x","time":"2030-03-01T12:00:00Z"}`))
	f.Add([]byte("\xef\xbb\xbf{}\n\n[1]"))
	e := shipped(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		for range Lines(e, "f", strings.NewReader(string(data))) {
		}
	})
}
