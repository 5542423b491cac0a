package letter

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
	"time"

	"stakeout/message"
)

// months are the names of months that mail clients write above a forwarded
// mail, by their first letters, in English, German, French, Spanish, Italian,
// Dutch, Portuguese and Russian.
var months = []struct {
	month time.Month
	stems []string
}{
	{time.January, []string{"jan", "jän", "ene", "gen", "янв"}},
	{time.February, []string{"feb", "fév", "fev", "фев"}},
	{time.March, []string{"mar", "mär", "mrz", "maa", "мар"}},
	{time.April, []string{"apr", "avr", "abr", "апр"}},
	{time.May, []string{"may", "mai", "mei", "mag", "мая", "май"}},
	{time.June, []string{"jun", "juin", "giu", "июн"}},
	{time.July, []string{"jul", "juil", "lug", "июл"}},
	{time.August, []string{"aug", "aoû", "aou", "ago", "авг"}},
	{time.September, []string{"sep", "set", "сен"}},
	{time.October, []string{"oct", "okt", "out", "ott", "окт"}},
	{time.November, []string{"nov", "ноя"}},
	{time.December, []string{"dec", "dez", "déc", "dic", "дек"}},
}

var (
	clock    = regexp.MustCompile(`(?i)\b(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?(?:\s*([ap])\.?\s?m\b\.?)?`)
	isoDay   = regexp.MustCompile(`\b(\d{4})-(\d{1,2})-(\d{1,2})\b`)
	dotDay   = regexp.MustCompile(`\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b`)
	slashDay = regexp.MustCompile(`\b(\d{1,2})/(\d{1,2})/(\d{4})\b`)
	year     = regexp.MustCompile(`\b(?:19|20)\d\d\b`)
	day      = regexp.MustCompile(`\b(\d{1,2})(?:st|nd|rd|th|er|\.)?(?:\s|,|$)`)
	offset   = regexp.MustCompile(`(?i)(?:\b(?:gmt|utc)\s?)?([+-])(\d{1,2}):?(\d{2})?\b`)
	universe = regexp.MustCompile(`\b(?:GMT|UTC|Z)\b`)
	letters  = regexp.MustCompile(`\p{L}+`)
)

// looseTime reads a time as mail clients write it for people. One without a
// zone is read in zone and keeps its writing. What can be read in two ways
// (03/04/2026) or not at all gives no time.
func looseTime(s string, zone *time.Location) message.Time {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 200 {
		return message.Time{}
	}
	rest := s
	y, m, d := dayOf(&rest)
	if y == 0 {
		return message.Time{}
	}
	hour, minute, second := 0, 0, 0
	c := clock.FindStringSubmatchIndex(rest)
	if c == nil {
		return message.Time{} // a day alone would look like midnight
	}
	g := func(i int) string {
		if c[2*i] < 0 {
			return ""
		}
		return rest[c[2*i]:c[2*i+1]]
	}
	hour, minute = atoi(g(1)), atoi(g(2))
	if g(3) != "" {
		second = atoi(g(3))
	}
	switch half := strings.ToLower(g(4)); {
	case half == "p" && hour < 12:
		hour += 12
	case half == "a" && hour == 12:
		hour = 0
	}
	if hour > 23 || minute > 59 || second > 60 {
		return message.Time{}
	}
	after := rest[c[1]:]
	if o := offset.FindStringSubmatch(after); o != nil {
		seconds := atoi(o[2])*3600 + atoi(o[3])*60
		if o[1] == "-" {
			seconds = -seconds
		}
		return stamp(time.Date(y, m, d, hour, minute, second, 0, time.FixedZone("", seconds)), "")
	}
	if universe.MatchString(after) {
		return stamp(time.Date(y, m, d, hour, minute, second, 0, time.UTC), "")
	}
	if zone == nil {
		zone = time.UTC
	}
	return stamp(time.Date(y, m, d, hour, minute, second, 0, zone), s)
}

// dayOf finds the day and takes it out of s; the year is 0 where there is none.
func dayOf(s *string) (y int, m time.Month, d int) {
	cut := func(at []int) { *s = (*s)[:at[0]] + " " + (*s)[at[1]:] }
	number := func(at []int, i int) int { return atoi((*s)[at[2*i]:at[2*i+1]]) }
	switch {
	case isoDay.MatchString(*s):
		at := isoDay.FindStringSubmatchIndex(*s)
		y, m, d = number(at, 1), time.Month(number(at, 2)), number(at, 3)
		cut(at)
	case dotDay.MatchString(*s):
		at := dotDay.FindStringSubmatchIndex(*s)
		y, m, d = number(at, 3), time.Month(number(at, 2)), number(at, 1)
		cut(at)
	case slashDay.MatchString(*s):
		at := slashDay.FindStringSubmatchIndex(*s)
		a, b := number(at, 1), number(at, 2)
		y = number(at, 3)
		switch {
		case a > 12 || a == b:
			m, d = time.Month(b), a
		case b > 12:
			m, d = time.Month(a), b
		default:
			return 0, 0, 0
		}
		cut(at)
	default:
		at := year.FindStringIndex(*s)
		if m = monthOf(*s); at == nil || m == 0 {
			return 0, 0, 0
		}
		y = atoi((*s)[at[0]:at[1]])
		cut(at)
		c := clock.FindStringIndex(*s)
		days := *s
		if c != nil {
			days = days[:c[0]] + " ; " + days[c[1]:]
		}
		g := day.FindStringSubmatch(days)
		if g == nil {
			return 0, 0, 0
		}
		d = atoi(g[1])
	}
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, 0, 0
	}
	return y, m, d
}

// monthOf finds the month that s names, 0 for none or for two.
func monthOf(s string) time.Month {
	var found, short time.Month
	for _, w := range letters.FindAllString(strings.ToLower(s), -1) {
		m := named(w)
		switch {
		case m == 0 || m == found:
		case w == "mar": // March, or a Tuesday in Spanish, French or Italian
			short = m
		case found != 0:
			return 0
		default:
			found = m
		}
	}
	return cmp.Or(found, short)
}

func named(w string) time.Month {
	for _, day := range []string{"mart", "mard", "maan"} { // Tuesdays and a Monday
		if strings.HasPrefix(w, day) {
			return 0
		}
	}
	for _, m := range months {
		for _, stem := range m.stems {
			if strings.HasPrefix(w, stem) {
				return m.month
			}
		}
	}
	return 0
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}
