package text

import (
	"unicode"
	"unicode/utf8"
)

// unmix repairs words that mix Latin letters with Cyrillic or Greek ones: the
// letters of the smaller party are replaced by their look-alikes of the
// greater. Words of one script stay as they are.
func unmix(f Folded) Folded {
	var b *builder // nil while nothing changed
	for i := 0; i < len(f.Text); {
		r, n := utf8.DecodeRuneInString(f.Text[i:])
		if !unicode.IsLetter(r) {
			if b != nil {
				b.copyFrom(f, i, i+n)
			}
			i += n
			continue
		}
		j, latin, other := i, 0, 0
		cyrillic := false
		for j < len(f.Text) {
			r, n := utf8.DecodeRuneInString(f.Text[j:])
			if !unicode.IsLetter(r) && !(r < utf8.RuneSelf && unicode.IsDigit(r)) {
				break
			}
			switch {
			case 'a' <= r && r <= 'z':
				latin++
			case unicode.Is(unicode.Cyrillic, r):
				other++
				cyrillic = true
			case unicode.Is(unicode.Greek, r):
				other++
			}
			j += n
		}
		if latin > 0 && other > 0 {
			table := toLatin
			if cyrillic && other > latin {
				table = toCyrillic
			}
			if b == nil {
				b = &builder{size: f.size}
				b.copyFrom(f, 0, i)
			}
			for k := i; k < j; {
				r, n := utf8.DecodeRuneInString(f.Text[k:])
				if to, ok := table[r]; ok {
					b.addRune(to, int(f.from[k]), int(f.to[k]))
				} else {
					b.copyFrom(f, k, k+n)
				}
				k += n
			}
		} else if b != nil {
			b.copyFrom(f, i, j)
		}
		i = j
	}
	if b == nil {
		return f
	}
	return b.folded()
}

func (b *builder) copyFrom(f Folded, i, j int) {
	b.text = append(b.text, f.Text[i:j]...)
	if f.from == nil {
		for k := i; k < j; k++ {
			b.from = append(b.from, int32(k))
			b.to = append(b.to, int32(k+1))
		}
		return
	}
	b.from = append(b.from, f.from[i:j]...)
	b.to = append(b.to, f.to[i:j]...)
}
