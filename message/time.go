package message

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Time is a point in time as a source gave it. The zero value means that the
// source gave none.
type Time struct {
	// UTC is the instant, in UTC.
	UTC time.Time
	// Digits is how many digits of a second the source wrote (0 to 9), so that
	// a time is never shown more precise than it is.
	Digits uint8
	// Written is the source's own writing, kept only when it named no zone;
	// UTC is then a reading of it under an assumed zone.
	Written string
}

// IsZero reports that the source gave no time.
func (t Time) IsZero() bool { return t.UTC.IsZero() }

// Seconds is the time of a Unix stamp in whole seconds.
func Seconds(unix int64) Time { return Time{UTC: time.Unix(unix, 0).UTC()} }

// ParseTime reads an RFC 3339 time ("2019-01-04T17:52:39.762+00:00"; a space
// may stand for the T). One without a zone ("2019-07-05T16:55:32", as older
// Telegram exports write) is read in zone, UTC when zone is nil, and keeps its
// writing in Written.
func ParseTime(s string, zone *time.Location) (Time, error) {
	norm := s
	if len(s) > 10 && s[10] == ' ' {
		norm = s[:10] + "T" + s[11:]
	}
	if t, err := time.Parse(time.RFC3339Nano, norm); err == nil {
		return known(t, norm, "")
	}
	if zone == nil {
		zone = time.UTC
	}
	t, err := time.ParseInLocation("2006-01-02T15:04:05.999999999", norm, zone)
	if err != nil {
		return Time{}, fmt.Errorf("time %q is not RFC 3339", s)
	}
	return known(t, norm, s)
}

func known(t time.Time, norm, written string) (Time, error) {
	t = t.UTC()
	// Years beyond four digits cannot be written back in RFC 3339.
	if t.Year() < 1 || t.Year() > 9999 || t.IsZero() {
		return Time{}, fmt.Errorf("time %q is out of range", norm)
	}
	return Time{UTC: t, Digits: fraction(norm), Written: written}, nil
}

// fraction counts the digits after the decimal point of a time of day.
func fraction(s string) uint8 {
	i := strings.IndexByte(s, '.')
	if i < 0 {
		return 0
	}
	n := uint8(0)
	for _, c := range s[i+1:] {
		if c < '0' || c > '9' || n == 9 {
			break
		}
		n++
	}
	return n
}

// String is RFC 3339 in UTC with the source's own precision, "" for none.
func (t Time) String() string { return t.In(time.UTC) }

// In is RFC 3339 in a zone with the source's own precision, "" for none.
func (t Time) In(zone *time.Location) string {
	if t.IsZero() {
		return ""
	}
	layout := "2006-01-02T15:04:05"
	if t.Digits > 0 {
		layout += "." + strings.Repeat("0", int(t.Digits))
	}
	return t.UTC.In(zone).Format(layout + "Z07:00")
}

type zoneless struct {
	UTC     string `json:"utc"`
	Written string `json:"written"`
}

// MarshalJSON writes a string, or {"utc", "written"} for a time without zone.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.Written == "" {
		return []byte(`"` + t.String() + `"`), nil
	}
	return json.Marshal(zoneless{t.String(), t.Written})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Time) UnmarshalJSON(b []byte) error {
	var z zoneless
	if len(b) > 0 && b[0] == '{' {
		if err := json.Unmarshal(b, &z); err != nil {
			return err
		}
	} else if err := json.Unmarshal(b, &z.UTC); err != nil {
		return err
	}
	if z.UTC == "" {
		*t = Time{}
		return nil
	}
	p, err := ParseTime(z.UTC, nil)
	p.Written = z.Written
	*t = p
	return err
}
