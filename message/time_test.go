package message

import (
	"encoding/json"
	"testing"
	"time"
)

func TestParseTimeKeepsPrecisionAndZonelessWriting(t *testing.T) {
	tehran := time.FixedZone("+0330", 3*3600+1800)
	for _, c := range []struct {
		in   string
		zone *time.Location
		want string
		kept string
	}{
		{"2019-01-04T17:52:39.762+00:00", nil, "2019-01-04T17:52:39.762Z", ""},
		{"2019-01-04T17:52:39.700+02:00", nil, "2019-01-04T15:52:39.700Z", ""},
		{"2026-05-03T18:10:00Z", nil, "2026-05-03T18:10:00Z", ""},
		{"2019-07-05T16:55:32", nil, "2019-07-05T16:55:32Z", "2019-07-05T16:55:32"},
		{"2019-07-05T16:55:32", tehran, "2019-07-05T13:25:32Z", "2019-07-05T16:55:32"},
		{"2019-07-05 16:55:32", nil, "2019-07-05T16:55:32Z", "2019-07-05 16:55:32"},
	} {
		got, err := ParseTime(c.in, c.zone)
		if err != nil || got.String() != c.want || got.Written != c.kept {
			t.Errorf("ParseTime(%q) = %v %q, %v; want %s %q", c.in, got, got.Written, err, c.want, c.kept)
		}
		b, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var back Time
		if err := json.Unmarshal(b, &back); err != nil || back != got {
			t.Errorf("%s came back from %s as %+v, %v", c.in, b, back, err)
		}
	}
	for _, bad := range []string{"", "yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00Z"} {
		if got, err := ParseTime(bad, nil); err == nil {
			t.Errorf("ParseTime(%q) = %v, want an error", bad, got)
		}
	}
}

func TestObservationRoundTripsThroughJSON(t *testing.T) {
	sent, _ := ParseTime("2026-05-03T18:10:00.25Z", nil)
	o := Observation{
		Kind: Edited, Via: Import, ID: "42", Sent: sent, Observed: time.Date(2026, 5, 4, 0, 0, 0, 1000, time.UTC),
		Channel: Channel{Platform: Telegram, ID: "-1001111111111", Parent: &ChannelRef{ID: "7", Name: "news"}},
		Author:  Author{ID: "user1", Name: "Ada"}, ReplyTo: &Ref{ID: "41"}, Text: "hello",
		Reactions: []Reaction{{"🔥", 2}},
	}
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var back Observation
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	again, _ := json.Marshal(back)
	if string(again) != string(b) {
		t.Errorf("round trip changed\n%s\nto\n%s", b, again)
	}
}
