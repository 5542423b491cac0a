package letter

import (
	"regexp"
	"slices"
	"strings"
)

// parts of a text that was forwarded in the text of a mail.
type split struct {
	around []line // the forwarder's words
	head   quoted
	lines  []line // the original's
}

// inline tells a forwarded original from what stands around it. It answers no
// wherever it cannot be sure, and then all of it is the forwarder's.
func (c counsel) inline(lines []line, subject string) (split, bool) {
	at, means := first(lines)
	if at < 0 || replies(subject) {
		return split{}, false
	}
	if means != forwardBegins && (!forwards(subject) || lines[at].depth > 0) {
		return split{}, false // clients answer with the same words
	}
	for i, l := range lines[:at] {
		if _, n := attributed(lines[:at], i); n > 0 || l.depth > 0 && !l.blank() {
			return split{}, false // an answer above a quotation
		}
	}
	s := split{around: slices.Clone(lines[:at])}
	begin := at
	if means != noMarker {
		for begin++; begin < len(lines) && lines[begin].blank(); begin++ {
		}
	}
	var ok bool
	if s.head, ok = readBlock(lines, begin); !ok || s.head.depth > 1 || s.head.depth < lines[at].depth {
		return split{}, false
	}
	s.lines = lines[s.head.end:]
	for i, l := range s.lines {
		if markerOf(l.text) == forwardEnds && l.depth == s.head.depth {
			s.around = append(s.around, s.lines[i+1:]...)
			s.lines = s.lines[:i]
			break
		}
	}
	return s, !c.mixed(s)
}

// first finds where a forwarded or answered mail begins: at a marker, or at the
// header itself where a client writes none.
func first(lines []line) (at int, means marker) {
	for i, l := range lines {
		if m := markerOf(l.text); m == forwardBegins || m == mailFollows {
			return i, m
		}
		if key, _ := fieldOf(l.text); (key == hasFrom || key == hasDate || key == hasSubject) && begins(lines, i) {
			if _, ok := readBlock(lines, i); ok {
				return i, noMarker
			}
		}
	}
	return -1, noMarker
}

var (
	// announced are words of a forwarder who writes into the original.
	announced = regexp.MustCompile(`(?i)\b(?:in-?line|in line|interlinear|interspersed|interleaved|annotat\w*|marked[- ]up|mark-?up|redlin\w*|highlight\w*|` +
		`in (?:red|blue|green|bold|caps|capitals|brackets|italics)|(?:my|our) (?:comments?|notes?|remarks?|answers?|responses?|thoughts) (?:below|in|are|within|inside)|` +
		`see (?:my|our|comments|notes)|comment(?:s|ed)? (?:below|in)|between the lines|im text|in rot|in blau|fett|meine (?:anmerkungen|kommentare)|` +
		`dans le texte|en rouge|en bleu|mes (?:commentaires|remarques)|en rojo|en azul|mis comentarios|en el texto)\b|` +
		`в тексте|красным|синим|мои комментарии|мои пометки|выделил`)
	// legal are words by which a firm's own text is known, its footers first.
	legal = regexp.MustCompile(`(?i)attorney[-– ]client|attorney work|work[- ]product|privileged (?:and|&|or|/) ?confidential|confidential (?:and|&|or|/) ?(?:legally )?privileged|legally privileged|legal privilege|anwaltsgeheimnis|secret professionnel|secreto profesional|адвокатская тайна`)
)

// tail is how many lines at a text's end may be a signature or a footer.
const tail = 15

// mixed reports a doubt whether the forwarder's words are all outside the
// original.
func (c counsel) mixed(s split) bool {
	comment := c.comment()
	for _, l := range s.around {
		if announced.MatchString(l.text) {
			return true
		}
	}
	signature := -1
	for i, l := range s.lines {
		switch {
		case l.blank():
			continue
		case l.depth < s.head.depth, l.isBehind(): // words behind or between what is quoted
			return true
		case legal.MatchString(l.text), comment != nil && comment.MatchString(l.text):
			return true
		case strings.TrimSpace(l.text) == "--":
			signature = i
		}
	}
	if signature >= 0 && c.inText(render(s.lines[signature:], 0)) {
		return true
	}
	return recurring(s)
}

// recurring reports that lines above the original come again at its end: a
// signature, or the footer that a gateway puts below everything.
func recurring(s split) bool {
	above := map[string]bool{}
	for _, l := range s.around {
		if t := strings.TrimSpace(l.text); len(t) >= 8 {
			above[t] = true
		}
	}
	same, seen := 0, 0
	for _, l := range slices.Backward(s.lines) {
		t := strings.TrimSpace(l.text)
		if t == "" {
			continue
		}
		if seen++; seen > tail {
			break
		}
		if above[t] {
			if same++; len(t) >= 40 || same > 1 {
				return true
			}
		}
	}
	return false
}
