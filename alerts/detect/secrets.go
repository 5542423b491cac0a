package detect

import (
	"regexp"
	"strings"

	"stakeout/alerts/rules"
)

// keys looks at every long run of key characters, in the original's case.
func keys(f *facts, l *lexicon) {
	s := f.original
	word := l.keyWord >= 0 && f.bits.has(l.keyWord) || l.glueWord >= 0 && f.bits.has(l.glueWord) || f.bits.has(rules.URL)
	for i := 0; i < len(s); {
		if !keyByte(s[i]) {
			i++
			continue
		}
		j := i
		for j < len(s) && keyByte(s[j]) {
			j++
		}
		if inPath(s, i, j) {
			i = j
			continue
		}
		run := strings.Trim(s[i:j], "-_=/.+~")
		if dot := strings.LastIndexByte(run, '.'); dot > 0 && len(run)-dot <= 5 && !strings.HasPrefix(run, "eyJ") {
			run = run[:dot] // a file's ending
		}
		if len(run) >= 8 {
			switch class := classify(run, word); class {
			case rules.Key, rules.HalfKey:
				f.addOriginal(class, i, j)
			}
		}
		i = j
	}
}

// inPath tells that a run stands in a web address, a file's path, a program's
// option or a symbol, where long strings guard nothing.
func inPath(s string, i, j int) bool {
	if s[i] == '-' && (i == 0 || s[i-1] <= ' ' || s[i-1] == '\'' || s[i-1] == '`') || strings.HasPrefix(s[i:j], "_Z") {
		return true
	}
	a := strings.LastIndexAny(s[:i], " \t\n") + 1
	b := strings.IndexAny(s[j:], " \t\n")
	if b < 0 {
		b = len(s) - j
	}
	word := s[a : j+b]
	return strings.ContainsAny(word, "\\&#(") || strings.Contains(word, "://") || strings.Contains(word, "::") || strings.Count(word, "/") > 2
}

// addOriginal adds a signal for a byte range of the original.
func (f *facts) addOriginal(sig rules.Signal, start, end int) {
	from, to := len(f.words), 0
	for i, w := range f.words {
		if a, b := f.folded.Span(w.Start, w.End); b > start && a < end {
			from, to = min(from, i), i+1
		}
	}
	f.add(sig, from, max(to, from), -1)
}

func keyByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_+/=.~", c) >= 0
}

// rePrefixed are the forms that issuers give their keys, so that they can be
// found; the shapes are those that gitleaks and the issuers publish.
var rePrefixed = regexp.MustCompile(`^(sk-[A-Za-z0-9_-]{10,}|AKIA[0-9A-Z]{12,}|ASIA[0-9A-Z]{12,}|gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,}|xox[abeprs]-[A-Za-z0-9-]{10,}|AIza[0-9A-Za-z_-]{20,}|hf_[A-Za-z0-9]{16,}|glpat-[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{20,}|SG\.[A-Za-z0-9_.-]{20,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}.*|[a-z]{2,8}[-_]([a-z0-9]{1,8}[-_]){0,3}[A-Za-z0-9]{16,})$`)

// known are beginnings that are never anything but a key's.
var known = regexp.MustCompile(`^(sk-|gh[pousr]_|github_pat_|xox|hf_|glpat-|npm_|[a-z]{2,8}[-_](live|test|prod|secret|key)[-_])`)

// classify tells what a run of key characters is: Key, HalfKey or -1. word
// says that the message speaks of keys or names a host.
func classify(run string, word bool) rules.Signal {
	var upper, lower, digits, other, changes, distinct int
	var seen [256]bool
	kind := byte(0)
	for i := range len(run) {
		c := run[i]
		k := byte('o')
		switch {
		case 'A' <= c && c <= 'Z':
			upper++
			k = 'u'
		case 'a' <= c && c <= 'z':
			lower++
			k = 'l'
		case '0' <= c && c <= '9':
			digits++
			k = 'd'
		default:
			other++
		}
		if i > 0 && k != kind {
			changes++
		}
		kind = k
		if !seen[c] {
			seen[c] = true
			distinct++
		}
	}
	n := len(run)
	low := strings.ToLower(run)
	if distinct < 6 && n > 8 || strings.Contains(low, "xxxx") || strings.Contains(low, "your") || strings.Contains(low, "example") ||
		strings.Contains(run, "...") || strings.Contains(run, "//") || strings.Count(run, "/") > 2 || gameKey(run) {
		return -1
	}
	if uuid(run) {
		if word {
			return rules.HalfKey
		}
		return -1
	}
	if rePrefixed.MatchString(run) && digits >= 2 && variety(run[max(n-16, 0):]) >= 6 && changes >= 5 && (upper > 1 || known.MatchString(run)) {
		return rules.Key
	}
	if known.MatchString(run) && digits >= 2 && n >= 14 && n <= 200 && changes >= 4 && variety(run[max(n-8, 0):]) >= 5 {
		return rules.Key // or the first half of one
	}
	if _, tail, ok := strings.Cut(low, "-"); ok && len(tail) == 32 && strings.Trim(tail, "0123456789abcdef") == "" && variety(tail) >= 8 {
		return rules.Key
	}
	hex := strings.Trim(low, "0123456789abcdef") == "" && digits >= n/6 && lower+upper >= n/8
	switch {
	case hex && (n == 32 || n == 64 || n == 40 || n == 48):
		if word && n != 40 {
			return rules.Key
		}
		if word {
			return rules.HalfKey
		}
		return -1
	case hex && word && n >= 16:
		return rules.HalfKey
	case other > 2 && other*5 > n:
		return -1 // a path, a slug, a date
	case strings.Contains(run, ".") && !word:
		return -1
	case n >= 24 && n <= 200 && digits >= 3 && upper >= 3 && lower >= 3 && other <= 2 && changes >= n/3:
		return rules.Key
	case word && n >= 16 && digits >= 2 && lower+upper >= 4 && changes >= 5:
		return rules.Key
	case n >= 10 && digits >= 2 && upper >= 2 && lower >= 2 && changes >= n/3:
		return rules.HalfKey
	case word && n >= 8 && digits >= 2 && lower+upper >= 2 && changes >= 3 && other == 0:
		return rules.HalfKey
	}
	return -1
}

// uuid tells the form of a universally unique identifier, which numbers jobs
// and orders more often than it guards anything.
func uuid(run string) bool {
	return len(run) == 36 && run[8] == '-' && run[13] == '-' && run[18] == '-' && run[23] == '-'
}

// variety counts the different characters of a string.
func variety(s string) int {
	var seen [256]bool
	n := 0
	for i := range len(s) {
		if !seen[s[i]] {
			seen[s[i]] = true
			n++
		}
	}
	return n
}

// gameKey tells the form in which games are activated: groups of four to six
// capitals and figures with dashes.
func gameKey(run string) bool {
	groups := strings.Split(run, "-")
	if len(groups) < 3 || run != strings.ToUpper(run) {
		return false
	}
	for _, g := range groups {
		if len(g) < 3 || len(g) > 7 {
			return false
		}
	}
	return true
}

var reConnection = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+]{1,12}://[^\s:@/]{1,64}:[^\s@/]{3,}@[^\s]+|(AccountKey|SharedAccessKey|Password|Pwd)=[^;\s]{6,}|endpoint=[^;\s]+;\s*key=[^;\s]{16,}`)

func connections(f *facts) {
	if m := reConnection.FindStringIndex(f.original); m != nil {
		f.addOriginal(rules.Connection, m[0], m[1])
	}
}

// reAccount is an account with its password behind a colon, slash or bar.
var reAccount = regexp.MustCompile(`(?i)[a-z0-9._%+-]{2,}@[a-z0-9.-]+\.[a-z0-9]{2,}(\s?[:|]\s?|\s+/\s+)([^\s:|/]{5,})`)

// logins finds an account with its password, and passwords after a word for
// one, when what follows looks like a secret rather than a word.
func logins(f *facts, l *lexicon) {
	for _, m := range reAccount.FindAllStringSubmatchIndex(f.original, maxPairs) {
		if secretish(strings.Trim(f.original[m[4]:m[5]], ",;")) > 0 {
			f.addOriginal(rules.Login, m[0], m[1])
			return
		}
	}
	if l.passWord < 0 || !f.bits.has(l.passWord) {
		return
	}
	for _, h := range f.hits {
		if h.sig != l.passWord {
			continue
		}
		_, end := f.folded.Span(f.words[h.from].Start, f.words[h.to-1].End)
		rest := f.original[end:]
		if len(rest) > 80 {
			rest = rest[:80]
		}
		for i, w := range strings.FieldsFunc(strings.ToValidUTF8(rest, ""), func(r rune) bool { return r <= ' ' || r == '：' || r == '=' }) {
			if i > 3 {
				break
			}
			if n := secretish(strings.Trim(w, ",;\"'()`")); n > 1 || n > 0 && (f.bits.has(rules.Email) || f.bits.has(rules.URL)) {
				f.addOriginal(rules.Login, end, end+len(rest))
				return
			}
		}
	}
}

// rePair is a word, a separator and a word on one line.
var rePair = regexp.MustCompile(`([A-Za-z0-9][A-Za-z0-9._@+-]{2,})(\s*[:|]\s*|\s+/\s+|\s{2,}|,\s*)(\S{7,})`)

// pairs finds, in a message that names a host or an address of the internet, a
// user's name and beside it what can only be a password: figures, letters of
// both cases and a sign.
func pairs(f *facts) {
	if f.bits.has(rules.Login) || !f.bits.has(rules.URL) && !f.bits.has(rules.Email) && !reIP.MatchString(f.original) {
		return
	}
	s := f.original
	for n := 0; n < maxPairs; n++ {
		m := rePair.FindStringSubmatchIndex(s)
		if m == nil {
			return
		}
		if w := strings.Trim(s[m[6]:m[7]], ",;\"'()`."); strong(w) {
			at := len(f.original) - len(s)
			f.addOriginal(rules.Login, at+m[2], at+m[7])
			return
		}
		s = s[m[3]:]
	}
}

// maxPairs bounds how many words of a message are tried.
const maxPairs = 64

var reIP = regexp.MustCompile(`\b[0-9]{1,3}(\.[0-9]{1,3}){3}\b`)

// strong tells a password as generators and careful people make them.
func strong(w string) bool {
	var lower, upper, digits, signs int
	for i := range len(w) {
		switch c := w[i]; {
		case 'a' <= c && c <= 'z':
			lower++
		case 'A' <= c && c <= 'Z':
			upper++
		case '0' <= c && c <= '9':
			digits++
		case strings.IndexByte("!#$%&*_+-@~^?", c) >= 0:
			signs++
		default:
			return false
		}
	}
	return len(w) >= 8 && len(w) <= 40 && lower > 1 && upper > 0 && digits > 1 && signs > 0 && signs <= 4
}

// secretish tells how much a word looks like a password: 0 not at all, 1 for
// letters with figures or signs, 2 when capitals are among them too.
func secretish(w string) int {
	var lower, upper, digits, signs int
	for i := range len(w) {
		switch c := w[i]; {
		case 'a' <= c && c <= 'z':
			lower++
		case 'A' <= c && c <= 'Z':
			upper++
		case '0' <= c && c <= '9':
			digits++
		case strings.IndexByte("!#$%&*_+-@~^?.", c) >= 0:
			signs++
		default:
			return 0
		}
	}
	if len(w) < 6 || lower+upper < 3 || strings.ContainsAny(w, "@_") && strings.Contains(w, ".") {
		return 0
	}
	switch {
	case digits > 0 && upper > 0 && lower > 0, signs > 1 && upper > 0 && digits > 0:
		return 2
	case digits > 0 && lower+upper > 3 || signs > 0 && digits > 0:
		return 1
	}
	return 0
}
