package bot

import (
	"strings"
	"testing"
	"time"
)

func TestSilenceIsMeasuredAgainstTheSameHourOfOtherDays(t *testing.T) {
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	// Seven days with a message every five minutes from 8 to 20 o'clock.
	var busy rhythm
	for d := -7; d < 0; d++ {
		for m := 8 * 60; m < 20*60; m += 5 {
			busy.add(monday.AddDate(0, 0, d).Add(time.Duration(m)*time.Minute), 1)
		}
	}
	young := rhythm{}
	for d := -2; d < 0; d++ {
		for m := 8 * 60; m < 20*60; m += 5 {
			young.add(monday.AddDate(0, 0, d).Add(time.Duration(m)*time.Minute), 1)
		}
	}
	quietSunday := busy
	for m := 8 * 60; m < 20*60; m += 5 { // as if nothing had come that day
		quietSunday.count[int(monday.AddDate(0, 0, -1).Add(time.Duration(m)*time.Minute).Unix()/300%int64(buckets))] = 0
	}
	at := func(h, m int) time.Time { return monday.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute) }
	for _, c := range []struct {
		name       string
		r          *rhythm
		since, now time.Time
		silent     bool
	}{
		{"ten minutes at noon", &busy, at(12, 0), at(12, 10), false},
		{"an hour at noon", &busy, at(12, 0), at(13, 0), true},
		{"the whole night", &busy, monday.Add(-4 * time.Hour), at(8, 5), false},
		{"the night and half the morning", &busy, monday.Add(-4 * time.Hour), at(9, 0), true},
		{"two days are no rhythm", &young, at(12, 0), at(15, 0), false},
		{"one other day was as quiet", &quietSunday, at(12, 0), at(15, 0), false},
		{"never heard", &rhythm{}, at(0, 0), at(23, 0), false},
	} {
		if got := c.r.silent(c.since, c.now); got != c.silent {
			t.Errorf("%s: silent %v", c.name, got)
		}
	}
}

func TestTermsNameWhatIsMissing(t *testing.T) {
	good := Terms{Authority: "R. Okafor", Basis: "order", Matter: "26-cv-0107", Until: "2027-06-30", Retention: "730d"}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	zone := time.FixedZone("", 2*3600)
	if end := good.End(zone); !end.Equal(time.Date(2027, 7, 1, 0, 0, 0, 0, zone)) {
		t.Error(end)
	}
	for _, c := range []struct {
		change func(*Terms)
		want   string
	}{
		{func(t *Terms) { t.Authority = " " }, "authority: "},
		{func(t *Terms) { t.Basis = "" }, "basis: "},
		{func(t *Terms) { t.Matter = "" }, "matter: "},
		{func(t *Terms) { t.Until = "30.6.2027" }, "until: "},
		{func(t *Terms) { t.Until = "" }, "until: "},
		{func(t *Terms) { t.Retention = "2 years" }, "retention: "},
		{func(t *Terms) { t.Retention = "0d" }, "retention: "},
	} {
		bad := good
		c.change(&bad)
		if err := bad.Validate(); err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want one line about %s got %v", c.want, err)
		}
	}
}
