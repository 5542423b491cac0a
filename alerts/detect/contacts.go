package detect

import (
	"strings"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"stakeout/alerts/rules"
)

// emails finds addresses around each "@", and mentions of handles.
func emails(f *facts) {
	s := f.folded.Text
	for i := 0; i < len(s); i++ {
		if s[i] != '@' {
			continue
		}
		a, b := i, i+1
		for a > 0 && localByte(s[a-1]) {
			a--
		}
		for b < len(s) && (hostByte(s[b]) || s[b] == '.' || a == i && s[b] == '_') {
			b++
		}
		for b > i+1 && s[b-1] == '.' {
			b--
		}
		switch {
		case a == i && b > i+2:
			f.addBytes(rules.Mention, i, b)
		case a < i && strings.IndexByte(s[i+1:b], '.') > 0:
			f.addBytes(rules.Email, a, b)
			i = b
		}
	}
}

func hostByte(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c >= utf8.RuneSelf
}

func localByte(c byte) bool {
	return hostByte(c) && c < utf8.RuneSelf || strings.IndexByte("._%+'", c) >= 0
}

// urls finds web addresses: with a scheme, with www, or a host with a path or
// a well-known ending.
func urls(f *facts) {
	s := f.folded.Text
	for at := 0; at < len(s); {
		i := strings.IndexAny(s[at:], " \n\t")
		if i < 0 {
			i = len(s) - at
		}
		w := s[at : at+i]
		start := at
		at += i + 1
		if j := strings.Index(w, "://"); j > 0 || strings.HasPrefix(w, "www.") {
			f.addBytes(rules.URL, start, start+len(w))
			continue
		}
		host, _, path := strings.Cut(strings.Trim(w, "()<>[]\"',.!?:;"), "/")
		dot := strings.LastIndexByte(host, '.')
		if dot > 0 && dot < len(host)-1 && !strings.Contains(host, "@") && (endings[host[dot+1:]] || path && len(host)-dot == 4) {
			f.addBytes(rules.URL, start, start+len(w))
		}
	}
}

var endings = map[string]bool{
	"com": true, "net": true, "org": true, "io": true, "ru": true, "cn": true, "ir": true, "vn": true, "es": true,
	"me": true, "gg": true, "dev": true, "app": true, "xyz": true, "example": true, "test": true, "onion": true, "gov": true,
	"uk": true, "co": true, "info": true, "su": true, "hk": true, "tw": true,
}

// regions in which a number without country code is tried.
var regions = []string{"US", "GB"}

// phones finds runs of figures with a telephone number's separators and asks
// the phone number library whether such a number can be.
func phones(f *facts) {
	s := f.folded.Text
	for i := 0; i < len(s); {
		c := s[i]
		if c != '+' && c != '(' && !('0' <= c && c <= '9') || i > 0 && (hostByte(s[i-1]) || s[i-1] == '_' || s[i-1] == '.' || s[i-1] == '#') {
			i++
			continue
		}
		j, digits, groups, last := i, 0, 1, i
		for j < len(s) && digits <= 15 {
			c := s[j]
			if '0' <= c && c <= '9' {
				if digits > 0 && last < j {
					groups++
				}
				digits++
				last = j + 1
			} else if strings.IndexByte(" -.()/", c) < 0 && !(c == '+' && j == i) || j-last > 2 && digits > 0 {
				break
			}
			j++
		}
		if digits >= 7 && digits <= 15 && (last == len(s) || !hostByte(s[last]) && s[last] != '_' && s[last] != ':') {
			if isPhone(s[i:last], digits, groups) {
				f.addBytes(rules.Phone, i, last)
			}
		}
		i = max(last, i+1)
	}
}

func isPhone(s string, digits, groups int) bool {
	if s[0] == '+' {
		n, err := phonenumbers.Parse(s, "")
		return err == nil && phonenumbers.IsPossibleNumber(n)
	}
	if strings.Count(s, ".") == groups-1 && groups > 1 && (groups != 3 || digits != 10) || isDate(s) {
		return false // a version, an address of the internet, a sum
	}
	if groups == 1 && digits != 10 && digits != 11 || groups > 5 || digits < 9 && groups != 2 {
		return false
	}
	if groups == 1 && s[0] == '1' && digits == 10 {
		return false // seconds since 1970, far more common in such chats
	}
	for _, r := range regions {
		if n, err := phonenumbers.Parse(s, r); err == nil && phonenumbers.IsPossibleNumber(n) {
			return phonenumbers.IsPossibleNumberWithReason(n) == phonenumbers.IS_POSSIBLE
		}
	}
	return false
}

// isDate tells a date, or a date with a time, from a number.
func isDate(s string) bool {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if len(parts) < 3 {
		return len(parts) == 2 && len(parts[0]) == 4 && len(parts[1]) == 4 && (parts[0] < parts[1])
	}
	year := func(p string) bool { return len(p) == 4 && (p[:2] == "19" || p[:2] == "20") }
	return year(parts[0]) && len(parts[1]) <= 2 && len(parts[2]) <= 2 || year(parts[2]) && len(parts[0]) <= 2 && len(parts[1]) <= 2
}

// spelled finds numbers spelt figure by figure: seven or more in a row.
func spelled(f *facts, l *lexicon) {
	if l.digitWord < 0 || !f.bits.has(l.digitWord) {
		return
	}
	for i := 0; i < len(f.words); {
		j := i
		for j < len(f.words) && (f.infos[j].digit || l.isDigitWord(f, j)) {
			j++
		}
		if j-i >= 6 {
			f.add(rules.Digits, i, j, -1)
			if j-i >= 7 {
				f.add(rules.Phone, i, j, -1)
			}
		}
		i = max(j, i+1)
	}
}

func (l *lexicon) isDigitWord(f *facts, i int) bool {
	for _, h := range f.hits {
		if h.sig == l.digitWord && int(h.from) == i {
			return true
		}
	}
	return false
}
