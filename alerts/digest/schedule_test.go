package digest

import (
	"slices"
	"testing"
	"time"
)

func schedule(t *testing.T, at, line, zone string) *Schedule {
	t.Helper()
	s, err := NewSchedule(at, line, zone)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEachLocalDateHasOneMoment(t *testing.T) {
	for _, zone := range []string{
		"UTC", "Europe/London", "America/New_York", "America/Santiago", "Asia/Beirut", "Africa/Cairo",
		"Australia/Lord_Howe", "Asia/Tehran", "Pacific/Apia", "America/Sao_Paulo", "Asia/Kathmandu",
	} {
		for _, at := range []string{"00:00", "00:30", "01:30", "02:15", "08:00", "23:59"} {
			s := schedule(t, at, "", zone)
			for _, year := range []int{2011, 2018, 2026} {
				now := time.Date(year, 1, 1, 0, 0, -1, 0, s.Zone())
				end := time.Date(year+1, 1, 1, 0, 0, -1, 0, s.Zone())
				var dates []Date
				for {
					next := s.Next(now)
					if !next.After(now) {
						t.Fatalf("%s %s: after %s comes %s", zone, at, now, next)
					}
					if gap := next.Sub(now); gap > 50*time.Hour {
						t.Errorf("%s %s: %s between moments at %s", zone, at, gap, next)
					}
					d, when, ok := s.Due(next)
					if !ok || !when.Equal(next) {
						t.Fatalf("%s %s: due at %s is %s of %s", zone, at, next, d, when)
					}
					if before, _, _ := s.Due(next.Add(-time.Nanosecond)); before >= d {
						t.Errorf("%s %s: %s was due before its moment", zone, at, d)
					}
					if now = next; !now.Before(end) {
						break
					}
					dates = append(dates, d)
				}
				// A date that the zone skipped shares its moment with the next.
				want := 365
				if year == 2011 && zone == "Pacific/Apia" {
					want = 364
				}
				if len(dates) != want || !slices.IsSorted(dates) || len(slices.Compact(dates)) != want {
					t.Errorf("%s %s %d: %d dates", zone, at, year, len(dates))
				}
			}
		}
	}
}

func TestMomentsAtClockChanges(t *testing.T) {
	for _, c := range []struct{ zone, at, date, want string }{
		{"Europe/London", "01:30", "2026-03-29", "2026-03-29T01:30:00Z"},       // skipped: 02:30 on the wall
		{"Europe/London", "01:30", "2026-10-25", "2026-10-25T00:30:00Z"},       // twice: the first
		{"America/New_York", "02:30", "2026-03-08", "2026-03-08T07:30:00Z"},    // skipped
		{"America/New_York", "01:30", "2026-11-01", "2026-11-01T05:30:00Z"},    // twice
		{"America/Santiago", "00:00", "2026-09-06", "2026-09-06T04:00:00Z"},    // midnight skipped
		{"America/Santiago", "23:30", "2026-04-04", "2026-04-05T02:30:00Z"},    // 23:30 twice: the first
		{"Asia/Beirut", "00:15", "2026-03-29", "2026-03-28T22:15:00Z"},         // midnight skipped
		{"Australia/Lord_Howe", "02:10", "2026-10-04", "2026-10-03T15:40:00Z"}, // half an hour skipped
		{"Pacific/Apia", "08:00", "2011-12-31", "2011-12-30T18:00:00Z"},        // the 30th never was
	} {
		s := schedule(t, c.at, "", c.zone)
		want, err := time.Parse(time.RFC3339, c.want)
		if err != nil {
			t.Fatal(err)
		}
		if d, at, ok := s.Due(want); !ok || string(d) != c.date || !at.Equal(want) {
			t.Errorf("%s %s: due at %s is %s of %s, want %s", c.zone, c.at, c.want, d, at.UTC(), c.date)
		}
	}
}

func TestCronLinesAndDatesBetween(t *testing.T) {
	weekdays := schedule(t, "", "30 7,19 * * 1-5", "Europe/London")
	// Friday evening's second match adds nothing; Saturday and Sunday have none.
	friday := time.Date(2026, 5, 1, 6, 30, 0, 0, time.UTC)
	if next := weekdays.Next(friday); !next.Equal(time.Date(2026, 5, 4, 6, 30, 0, 0, time.UTC)) {
		t.Errorf("after Friday comes %s", next)
	}
	if got := weekdays.Between("2026-04-30", "2026-05-06"); !slices.Equal(got, []Date{"2026-05-01", "2026-05-04", "2026-05-05"}) {
		t.Errorf("Between = %v", got)
	}
	for _, bad := range [][3]string{
		{"8 o'clock", "", "UTC"}, {"25:00", "", "UTC"}, {"08:00", "", "Middle/Earth"}, {"08:00", "", ""}, {"08:00", "", "Local"},
		{"", "@daily", "UTC"}, {"", "0 8 30 2 *", "UTC"}, {"", "0 8 * *", "UTC"}, {"", "TZ=UTC 0 8 * * *", "UTC"},
	} {
		if _, err := NewSchedule(bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("NewSchedule(%q) was taken", bad)
		}
	}
}
