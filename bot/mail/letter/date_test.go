package letter_test

import (
	"strings"
	"testing"
	"time"

	"stakeout/bot/mail/letter"
)

// Times stand above a forwarded mail as the client writes them for people.
func TestTimesAboveForwards(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for written, want := range map[string]string{
		"Fri, 13 Mar 2026 09:14:58 +0100":      "2026-03-13T08:14:58Z",
		"Friday, March 13, 2026 9:14 AM":       "2026-03-13T08:14:00Z zoneless",
		"Fri, Mar 13, 2026 at 12:05 AM":        "2026-03-12T23:05:00Z zoneless",
		"13 March 2026 at 21:14:58 GMT":        "2026-03-13T21:14:58Z",
		"13. März 2026 um 09:14:58 GMT+1":      "2026-03-13T08:14:58Z",
		"Fr., 13. März 2026 um 09:14 Uhr":      "2026-03-13T08:14:00Z zoneless",
		"13.03.2026 09:14":                     "2026-03-13T08:14:00Z zoneless",
		"2026-03-13 09:14:58 +0000":            "2026-03-13T09:14:58Z",
		"mar. 13 janv. 2026 à 09h14":           "2026-01-13T08:14:00Z zoneless",
		"mardi 3 mars 2026 09:14":              "2026-03-03T08:14:00Z zoneless",
		"martes, 3 de febrero de 2026 9:14":    "2026-02-03T08:14:00Z zoneless",
		"пятница, 13 марта 2026 г. 9:14":       "2026-03-13T08:14:00Z zoneless",
		"Пятница, 13 марта 2026, 12:14 +03:00": "2026-03-13T09:14:00Z",
		"13/3/2026 09:14":                      "2026-03-13T08:14:00Z zoneless",
		"3/13/2026 9:14 PM":                    "2026-03-13T20:14:00Z zoneless",
		"3/4/2026 9:14":                        "", // the third of April, or the fourth of March
		"13 March 2026":                        "", // would look like midnight
		"yesterday at 9:14":                    "",
		"99 March 2026 25:61":                  "",
	} {
		raw := "From: Hannah <hannah@firm.example>\nSubject: Fwd: x\nMessage-ID: <1@firm.example>\nContent-Type: text/plain; charset=utf-8\n\n" +
			"---------- Forwarded message ---------\nFrom: Marlow <marlow@postbin.example>\nDate: " + written + "\nSubject: x\nTo: hannah@firm.example\n\ntext\n"
		obs, err := letter.Read([]byte(raw), letter.Options{Counsel: firm.Counsel, Zone: berlin})
		if err != nil || obs[0].Text != "text" {
			t.Fatalf("%s: %+v, %v", written, obs, err)
		}
		want, zoneless := strings.CutSuffix(want, " zoneless")
		if got := obs[0].Sent; got.String() != want || (got.Written == written) != zoneless {
			t.Errorf("%s: %v, written %q; want %v", written, got, got.Written, want)
		}
	}
}
