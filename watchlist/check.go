package watchlist

import (
	"fmt"
	"strings"
	"time"

	"stakeout/text"
)

// Check lists what a person should look at, in the order of the file: entries
// that match nothing, match twice, or match far too much. An empty list is a
// sound watchlist. Problems hold no names.
func (w *Watchlist) Check() []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if strings.TrimSpace(w.Company.Name) == "" {
		add("company: no name")
	}
	for i, c := range w.Cases {
		where := fmt.Sprintf("case %d", i+1)
		if strings.TrimSpace(c.Name) == "" {
			add("%s: no name", where)
		}
		if c.Filed != "" && !date(c.Filed) {
			add("%s: filed is not a date of the form 2006-01-02", where)
		}
		for j, e := range c.Events {
			if !date(e.Date) {
				add("%s, event %d: date is not of the form 2006-01-02", where, j+1)
			}
		}
	}
	if len(w.Protected) == 0 {
		add("protected_people: nobody is listed, so no doxxing of a named person can be found")
	}
	ids := map[string]int{}
	names := map[string]int{}
	for i, p := range w.Protected {
		where := fmt.Sprintf("protected person %d", i+1)
		if strings.TrimSpace(p.Name) == "" {
			add("%s: no name", where)
			continue
		}
		where += " (" + p.Initials() + ")"
		if first, ok := ids[p.ID]; ok && p.ID != "" {
			add("%s: the same id as person %d", where, first+1)
		}
		ids[p.ID] = i
		name := text.Fold(p.Name).Text
		if first, ok := names[name]; ok {
			add("%s: the same name as person %d", where, first+1)
		}
		names[name] = i
		if p.Role == "" {
			add("%s: no role", where)
		}
		for j, a := range p.Also {
			if n := letters(a); n < 3 {
				add("%s: also %d is too short to be told from other words", where, j+1)
			}
		}
		for j, m := range p.Emails {
			if at := strings.IndexByte(m, '@'); at < 1 || at == len(m)-1 {
				add("%s: e-mail %d is not an address", where, j+1)
			}
		}
	}
	handles := map[string]int{}
	for i, p := range w.Personas {
		where := fmt.Sprintf("persona %d", i+1)
		if strings.TrimSpace(p.Handle) == "" {
			add("%s: no handle", where)
			continue
		}
		own := map[string]bool{}
		for _, h := range append([]string{p.Handle}, p.Also...) {
			h = strings.ToLower(h)
			if own[h] {
				continue
			}
			own[h] = true
			if first, ok := handles[h]; ok {
				add("%s: shares a handle with persona %d", where, first+1)
			}
			handles[h] = i
		}
	}
	return out
}

func date(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func letters(s string) int {
	n := 0
	for _, w := range text.Fold(s).Words(nil) {
		n += len([]rune(w.Text))
		if len(w.Text) > 1 && w.Text[0] >= 0x80 { // letters of other scripts say more each
			n++
		}
	}
	return n
}
