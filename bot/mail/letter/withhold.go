package letter

import "slices"

// withhold takes what others than outsiders are quoted with out of an
// original: kept is what its author wrote or quoted from an outsider, cut the
// rest. Whose words a quotation holds, its attribution must tell by address;
// to a lenient reader what nobody of counsel is named with is kept.
func (c counsel) withhold(lines []line, base int) (kept, cut []line) {
	open := map[int]bool{}
	may := func(depth int) bool {
		for d := base + 1; d <= depth; d++ {
			if may, told := open[d]; !may && (told || !c.lenient) {
				return false
			}
		}
		return true
	}
	before := base
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		if l.blank() && l.depth < before {
			kept = append(kept, l)
			continue
		}
		for d := l.depth + 1; d <= before; d++ {
			delete(open, d)
		}
		before = l.depth
		if text, n := attributed(lines, i); n > 0 && may(l.depth) {
			open[l.depth+1] = c.mayText(text)
			to := &cut
			if open[l.depth+1] {
				to = &kept
			}
			*to = append(*to, lines[i:i+n]...)
			i += n - 1
			before = l.depth + 1 // a blank line may stand between
			if next := i + 1; next < len(lines) && !open[l.depth+1] && !quotes(lines[next:], l.depth) {
				return kept, append(cut, lines[next:]...) // nobody knows where the quotation ends
			}
			continue
		}
		if c.cuts(lines, i) {
			return kept, append(cut, lines[i:]...)
		}
		if may(l.depth) {
			kept = append(kept, l)
		} else {
			cut = append(cut, l)
		}
	}
	return kept, cut
}

// quotes reports that what comes next is quoted deeper than depth.
func quotes(lines []line, depth int) bool {
	for _, l := range lines {
		if !l.blank() {
			return l.depth > depth
		}
	}
	return true
}

// cuts reports that a quoted mail begins at lines[i], by its header or by a line
// that announces one, which is not surely one that may be shown.
func (c counsel) cuts(lines []line, i int) bool {
	if begins(lines, i) {
		if b, ok := readBlock(lines, i); ok {
			return !c.may(b.from)
		}
	}
	if m := markerOf(lines[i].text); m == forwardBegins || m == mailFollows {
		next := i + 1
		for next < len(lines) && lines[next].blank() {
			next++
		}
		if b, ok := readBlock(lines, next); ok {
			return !c.may(b.from)
		}
		return !c.lenient || slices.ContainsFunc(lines[next:min(next+near, len(lines))], func(l line) bool { return c.inText(unlink(l.text)) })
	}
	key, value := fieldOf(lines[i].text)
	return key == hasFrom && headed(lines, i) && !c.may(addresses(unlink(value)))
}

// near is how many lines around a "From:" are looked at for other fields.
const near = 8

// headed reports that the "From:" of lines[i] stands in a header, though not in
// one that readBlock knows: a field is missing, or the text follows at once.
func headed(lines []line, i int) bool {
	for _, l := range lines[max(0, i-near):min(i+near, len(lines))] {
		key, _ := fieldOf(l.text)
		if l.depth == lines[i].depth && key&(hasDate|hasSubject|hasTo) != 0 {
			return true
		}
	}
	return false
}
