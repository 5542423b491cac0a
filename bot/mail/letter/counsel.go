package letter

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// counsel are those whose own words are privileged.
type counsel struct {
	listed  bool
	addrs   map[string]bool
	domains map[string]bool
	names   []string // of a forwarder
	// lenient: whoever is not listed counts as an outsider, also without an
	// address.
	lenient bool
}

func newCounsel(list []string) counsel {
	c := counsel{addrs: map[string]bool{}, domains: map[string]bool{}}
	for _, s := range list {
		s = strings.ToLower(strings.TrimSpace(s))
		if domain, ok := strings.CutPrefix(s, "@"); ok {
			c.domains[domain] = true
		} else if s != "" {
			c.addrs[s] = true
		}
		c.listed = c.listed || s != ""
	}
	return c
}

// with is c and the forwarder of one mail.
func (c counsel) with(who []address) counsel {
	out := counsel{listed: c.listed, addrs: map[string]bool{}, domains: c.domains}
	for a := range c.addrs {
		out.addrs[a] = true
	}
	for _, a := range who {
		if a.addr != "" {
			out.addrs[a.addr] = true
		}
		name := a.name
		if name == "" {
			name, _, _ = strings.Cut(a.addr, "@")
		}
		out.names = append(out.names, name)
	}
	return out
}

func (c counsel) has(addr string) bool {
	addr = strings.ToLower(addr)
	at := strings.LastIndexByte(addr, '@') // a quoted name may hold another
	local, domain := addr[:max(at, 0)], addr[at+1:]
	name, _, _ := strings.Cut(local, "+") // "jo+cases@" is jo's too
	if c.addrs[addr] || c.addrs[name+"@"+domain] {
		return true
	}
	for domain != "" { // a listed domain holds its subdomains
		if c.domains[domain] {
			return true
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return false
}

// any reports whether one of them is counsel.
func (c counsel) any(who []address) bool {
	for _, a := range who {
		if c.has(a.addr) {
			return true
		}
	}
	return false
}

// outside reports that these are surely none of counsel: each has an address,
// and none is listed. Clients write colleagues by name alone.
func (c counsel) outside(who []address) bool {
	for _, a := range who {
		if !strings.Contains(a.addr, "@") || c.has(a.addr) {
			return false
		}
	}
	return len(who) > 0
}

// outsideText is outside for the addresses in a line.
func (c counsel) outsideText(s string) bool {
	var who []address
	for _, a := range bare.FindAllString(s, -1) {
		who = append(who, address{addr: a})
	}
	return c.outside(who)
}

// may reports that what these wrote may be shown.
func (c counsel) may(who []address) bool {
	if c.lenient {
		return !c.any(who)
	}
	return c.outside(who)
}

// mayText is may for the addresses in a line.
func (c counsel) mayText(s string) bool {
	if c.lenient {
		return !c.inText(s)
	}
	return c.outsideText(s)
}

// inText reports that a text names an address or a domain of counsel.
func (c counsel) inText(s string) bool {
	for _, a := range bare.FindAllString(s, -1) {
		if c.has(strings.Trim(a, ".")) {
			return true
		}
	}
	return false
}

// comment matches what somebody who writes into another's mail puts before his
// words: "[HW: …]", "[Hannah Wrexley] …", "HW: …".
func (c counsel) comment() *regexp.Regexp {
	var inside, alone []string
	for _, n := range c.names {
		words := strings.FieldsFunc(n, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '\'' })
		var initials strings.Builder
		for _, w := range words {
			r, _ := utf8.DecodeRuneInString(w)
			initials.WriteRune(r)
			if utf8.RuneCountInString(w) > 1 {
				inside = append(inside, regexp.QuoteMeta(w))
			}
		}
		if len(words) > 1 {
			q := regexp.QuoteMeta(initials.String())
			inside, alone = append(inside, regexp.QuoteMeta(strings.Join(words, " ")), q), append(alone, q)
		}
	}
	if len(inside) == 0 {
		return nil
	}
	s := `(?i)[\[{<(]{1,3}\s*(?:` + strings.Join(inside, "|") + `)\s*[\]}>):;,–—-]`
	if len(alone) > 0 {
		s += `|(?-i:^\W{0,4}(?:` + strings.Join(alone, "|") + `)\s*[:>\])–—-])`
	}
	re, err := regexp.Compile(s)
	if err != nil {
		return nil
	}
	return re
}

// signs reports that a forwarder signed in a text that should be another's. The
// first line may greet him.
func (c counsel) signs(lines []line) bool {
	re, first := c.signed(), true
	for _, l := range lines {
		if re == nil {
			break
		}
		if l.blank() || l.depth > 0 {
			continue
		}
		if key, _ := fieldOf(l.text); key == 0 && !first && re.MatchString(l.text) {
			return true
		}
		first = false
	}
	return false
}

// signed matches a line that ends like what somebody signs: "Hannah", "– HW",
// "Thanks, Hannah", "Compare this. Hannah".
func (c counsel) signed() *regexp.Regexp {
	var as []string
	for _, n := range c.names {
		words := strings.FieldsFunc(n, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
		var initials []string
		for _, w := range words {
			r, size := utf8.DecodeRuneInString(w)
			initials = append(initials, regexp.QuoteMeta(string(r)))
			if size < len(w) {
				as = append(as, regexp.QuoteMeta(w))
			}
		}
		if len(words) > 1 {
			as = append(as, strings.Join(initials, `\.?\s?`)+`\.?`)
		}
	}
	if len(as) == 0 {
		return nil
	}
	re, err := regexp.Compile(`(?i)(?:^|[.!?…,)–—-])\s*(?:(?:thanks|thank you|regards|best|cheers|yours)\s+)?(?:` + strings.Join(as, "|") + `)(?:[\s-]+(?:` + strings.Join(as, "|") + `))*\s*[.!]?\s*$`)
	if err != nil {
		return nil
	}
	return re
}
