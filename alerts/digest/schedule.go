package digest

import (
	"errors"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule names the moments at which a digest is due, at most one for each
// local date. The cron line is read on the clock on the wall, apart from any
// zone (cron's own reckoning leaves out a day whose moment the clock skips and
// doubles one that comes twice); a moment on the wall then becomes an instant
// in the zone.
type Schedule struct {
	wall cron.Schedule
	zone *time.Location
}

// Date is a local calendar date, "2026-05-03".
type Date string

const dateForm = "2006-01-02"

// reach is how far a schedule is searched for its neighbouring moments: a
// little over a year, so that a yearly digest is found.
const reach = 400

// NewSchedule reads a time of day ("08:00") or, when that is empty or "off", a
// cron line with five fields.
func NewSchedule(at, line, zone string) (*Schedule, error) {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		return nil, fmt.Errorf("zone: %q is no IANA time zone such as Europe/London", zone)
	}
	if line == "" {
		t, err := time.Parse("15:04", at)
		if err != nil {
			return nil, fmt.Errorf("at: wants a time such as 08:00, not %q", at)
		}
		line = fmt.Sprintf("%d %d * * *", t.Minute(), t.Hour())
	}
	// UTC has neither gaps nor repetitions: cron's arithmetic is plain there.
	wall, err := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse("CRON_TZ=UTC " + line)
	if err != nil {
		return nil, fmt.Errorf("cron: %w", err)
	}
	s := &Schedule{wall: wall, zone: loc}
	if s.wall.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return nil, errors.New("cron: never comes")
	}
	return s, nil
}

// Zone is the zone of the dates.
func (s *Schedule) Zone() *time.Location { return s.zone }

// Date is the local date of an instant.
func (s *Schedule) Date(t time.Time) Date { return Date(t.In(s.zone).Format(dateForm)) }

// Due is the latest date whose moment has come; ok is false when there is none
// within reach.
func (s *Schedule) Due(now time.Time) (d Date, at time.Time, ok bool) {
	// One day ahead: where a zone skips a whole date, its moment falls on the
	// next one.
	for i := 1; i > -reach; i-- {
		day := s.day(now, i)
		if at, ok := s.moment(day); ok && !at.After(now) {
			return Date(day.Format(dateForm)), at, true
		}
	}
	return "", time.Time{}, false
}

// Next is the first moment after now; zero when there is none within reach.
func (s *Schedule) Next(now time.Time) time.Time {
	for i := -1; i < reach; i++ {
		if at, ok := s.moment(s.day(now, i)); ok && at.After(now) {
			return at
		}
	}
	return time.Time{}
}

// Between lists the dates with a moment that lie after one date and before
// another: what a digest after a downtime covers besides its own.
func (s *Schedule) Between(after, before Date) []Date {
	from, err := time.Parse(dateForm, string(after))
	if err != nil {
		return nil
	}
	var ds []Date
	for i := 1; i < reach; i++ {
		day := from.AddDate(0, 0, i)
		d := Date(day.Format(dateForm))
		if d >= before {
			break
		}
		if _, ok := s.moment(day); ok {
			ds = append(ds, d)
		}
	}
	return ds
}

// day is the local date of now, moved by some days, as midnight UTC.
func (s *Schedule) day(now time.Time, move int) time.Time {
	y, m, d := now.In(s.zone).Date()
	return time.Date(y, m, d+move, 0, 0, 0, 0, time.UTC)
}

// moment is the instant of a date's first match; ok is false on a date
// without one.
func (s *Schedule) moment(day time.Time) (at time.Time, ok bool) {
	wall := s.wall.Next(day.Add(-time.Second))
	if wall.IsZero() || !wall.Before(day.AddDate(0, 0, 1)) {
		return time.Time{}, false
	}
	return instant(wall, s.zone), true
}

// instant is when the clocks of a zone show a wall time (given in UTC): the
// first time where they show it twice; and where they never do, because they
// are put forward over it, the instant as reckoned with the offset from before,
// which is that much later than the gap began as the wall time lies in it.
func instant(wall time.Time, zone *time.Location) time.Time {
	offset := func(t time.Time) time.Duration {
		_, s := t.In(zone).Zone()
		return time.Duration(s) * time.Second
	}
	// No zone changes its offset twice within two days.
	before, after := wall.Add(-offset(wall.Add(-24*time.Hour))), wall.Add(-offset(wall.Add(24*time.Hour)))
	shows := func(t time.Time) bool { return t.Add(offset(t)).Equal(wall) }
	if before.After(after) {
		before, after = after, before
		// The offset grew: the earlier candidate reckons with the later offset.
		if shows(before) {
			return before
		}
		return after
	}
	if shows(before) {
		return before
	}
	return after
}
