package detect

import (
	"regexp"
	"strings"

	"stakeout/alerts/rules"
)

// addresses finds a street or a unit with its number, in either order: "12
// Elm Street", "calle Olmo 9", "ул. Лесная, д. 4", "apt 4b", "长街 12 号".
func addresses(f *facts, l *lexicon) {
	for _, h := range f.hits {
		from, to := int(h.from), int(h.to)
		switch h.sig {
		case l.street:
			if k := number(f, from-4, from); k >= 0 {
				f.add(rules.Address, k, to, -1)
			} else if k := number(f, to, to+5); k >= 0 {
				f.add(rules.Address, from, k+1, -1)
			}
		case l.suffix: // words that end a street's name and mean much else
			if k := number(f, from-3, from-1); k >= 0 && contiguous(f, k, to) && isHouse(f.words[k].Text) {
				f.add(rules.Address, k, to, -1)
			}
		case l.unit:
			if k := number(f, to, to+1); k >= 0 {
				f.add(rules.Address, from, k+1, -1)
			} else if k := number(f, from-1, from); k >= 0 && wide(f.words[from].Text) {
				f.add(rules.Address, k, to, -1)
			}
		}
	}
}

// parts finds what is a piece of an address once somebody is being located,
// and much else otherwise: a street's name with its number behind it ("Elm
// Terrace, 12"), numbered parts of a house ("door 3", "4th floor", "2-й этаж"),
// a word of letters and figures beside a vehicle.
func parts(f *facts, l *lexicon) {
	for _, h := range f.hits {
		from, to := int(h.from), int(h.to)
		switch h.sig {
		case l.suffix:
			if k := number(f, to, to+3); k >= 0 && from > 0 && isHouse(f.words[k].Text) && contiguous(f, from-1, to) {
				f.add(rules.Part, from-1, k+1, -1)
			} else if k := number(f, from-4, from-1); k >= 0 && isHouse(f.words[k].Text) && contiguous(f, k+1, to) {
				f.add(rules.Part, k, to, -1)
			}
		case l.unit, l.doorWord:
			if k := number(f, from-1, from); k >= 0 {
				f.add(rules.Part, k, to, -1)
			} else if from > 0 && ordinal[f.words[from-1].Text] {
				f.add(rules.Part, from-1, to, -1)
			} else if k := number(f, to, to+1); k >= 0 && h.sig == l.doorWord {
				f.add(rules.Part, from, k+1, -1)
			}
		case l.vehicleWord:
			for k := max(from-6, 0); k < min(to+6, len(f.words)); k++ {
				if plateLike(f.words[k].Text) {
					f.add(rules.Part, k, k+1, -1)
				}
			}
		}
	}
}

var ordinal = map[string]bool{
	"first": true, "second": true, "third": true, "fourth": true, "fifth": true, "sixth": true, "seventh": true, "eighth": true,
	"ninth": true, "tenth": true, "top": true, "ground": true,
	"primer": true, "primera": true, "segundo": true, "segunda": true, "tercer": true, "tercera": true, "cuarto": true, "cuarta": true,
	"quinto": true, "quinta": true, "sexto": true, "septimo": true, "octavo": true,
	"первый": true, "второй": true, "третий": true, "четвертый": true, "пятый": true, "шестой": true, "седьмой": true, "восьмой": true,
	"первом": true, "втором": true, "третьем": true, "четвертом": true, "пятом": true, "шестом": true, "седьмом": true,
}

// plateLike tells a word of four to eight letters and figures, two or more of
// either.
func plateLike(w string) bool {
	letters, figures := 0, 0
	for i := range len(w) {
		switch {
		case digit(w[i]):
			figures++
		case 'a' <= w[i] && w[i] <= 'z':
			letters++
		default:
			return false
		}
	}
	return letters >= 2 && figures >= 2 && letters+figures <= 8
}

// number finds a word with a figure in [from, to), -1 for none.
func number(f *facts, from, to int) int {
	for k := max(from, 0); k < min(to, len(f.words)); k++ {
		if f.infos[k].number && len(f.words[k].Text) <= 5 && !f.infos[k].leet {
			return k
		}
	}
	return -1
}

// isHouse tells a house number: up to five figures and a letter.
func isHouse(w string) bool {
	w = strings.TrimRight(w, "abcdefgh")
	return w != "" && len(w) <= 5 && strings.Trim(w, "0123456789") == ""
}

// contiguous tells that nothing but blanks stands between the words.
func contiguous(f *facts, from, to int) bool {
	for k := from + 1; k < to; k++ {
		if f.words[k].Start-f.words[k-1].End > 1 || f.folded.Text[f.words[k-1].End] != ' ' {
			return false
		}
	}
	return true
}

var (
	reUSPostcode = regexp.MustCompile(`\b(al|ak|az|ar|ca|co|ct|de|fl|ga|hi|ia|id|il|in|ks|ky|la|ma|md|me|mi|mn|mo|ms|mt|nc|nd|ne|nh|nj|nm|nv|ny|oh|ok|or|pa|ri|sc|sd|tn|tx|ut|va|vt|wa|wi|wv|wy|dc),? [0-9]{5}(-[0-9]{4})?\b`)
	reCoords     = regexp.MustCompile(`[-+]?[0-9]{1,2}\.[0-9]{3,}°?\s*[ns]?\s*[,; ]\s*[-+]?[0-9]{1,3}\.[0-9]{3,}`)
	reFullDate   = regexp.MustCompile(`\b([0-3]?[0-9][./-][0-3]?[0-9][./-](19|20)[0-9]{2}|(19|20)[0-9]{2}[./-][01]?[0-9][./-][0-3]?[0-9])\b`)
)

// postcodes finds British postcodes by their two halves, and American ones
// behind a state's letters.
func postcodes(f *facts, digits int) {
	for i := 1; i < len(f.words); i++ {
		if f.infos[i-1].number && f.infos[i].number && f.words[i].Start-f.words[i-1].End == 1 && outward(f.words[i-1].Text) && inward(f.words[i].Text) {
			f.add(rules.Postcode, i-1, i+1, -1)
		}
	}
	if digits < 5 {
		return
	}
	if m := reUSPostcode.FindStringIndex(f.folded.Text); m != nil {
		f.addBytes(rules.Postcode, m[0], m[1])
	}
}

// outward tells the first half of a British postcode: "sw1a", "m1", "eh12".
func outward(w string) bool {
	rest := strings.TrimLeft(w, "abcdefghijklmnopqrstuvwxyz")
	if n := len(w) - len(rest); n < 1 || n > 2 || rest == "" || len(rest) > 2 {
		return false
	}
	return digit(rest[0])
}

// inward tells the second half: a figure and two letters ("1aa").
func inward(w string) bool { return len(w) == 3 && digit(w[0]) && !digit(w[1]) && !digit(w[2]) }

func digit(c byte) bool { return '0' <= c && c <= '9' }

func coordinates(f *facts) {
	if m := reCoords.FindStringIndex(f.folded.Text); m != nil {
		f.addBytes(rules.Coordinates, m[0], m[1])
	}
}

// birthdates finds a full date beside a word for birth.
func birthdates(f *facts, l *lexicon) {
	if l.bornWord < 0 || !f.bits.has(l.bornWord) {
		return
	}
	if m := reFullDate.FindStringIndex(f.folded.Text); m != nil {
		f.addBytes(rules.Birthdate, m[0], m[1])
	}
}

// plates finds words of letters and figures, or figures and letters side by
// side, near a word for a licence plate.
func plates(f *facts, l *lexicon) {
	if l.plateWord < 0 || !f.bits.has(l.plateWord) {
		return
	}
	for _, h := range f.hits {
		if h.sig != l.plateWord {
			continue
		}
		for k := max(int(h.from)-6, 0); k < min(int(h.to)+6, len(f.words)); k++ {
			if f.infos[k].number && (k < int(h.from) || k >= int(h.to)) {
				f.add(rules.Plate, k, k+1, -1)
				return
			}
		}
	}
}
