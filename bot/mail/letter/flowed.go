package letter

import "strings"

// line is one line of a text: how deep it is quoted, and what it says without
// the quotation marks. Links are the targets that its words do not show.
type line struct {
	depth int
	text  string
	links []string
	// behind: in HTML, it stands after the end of what the client marked as
	// forwarded or quoted.
	behind bool
}

func (l line) blank() bool { return strings.TrimSpace(l.text) == "" }

func (l line) isBehind() bool { return l.behind && !l.blank() }

// maxDepth bounds quotation; deeper lines count as this deep.
const maxDepth = 50

// plainLines splits plain text. flowed and delSp are the parameters of RFC 3676.
func plainLines(s string, flowed, delSp bool) []line {
	var out []line
	var flow strings.Builder // a line that flows on, of the last one's depth
	open := false
	end := func() {
		if flow.Len() > 0 {
			out[len(out)-1].text = strings.TrimRight(flow.String(), " \t")
			flow.Reset()
		}
	}
	for raw := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		l := unquote(raw, flowed)
		if !flowed {
			l.text = strings.TrimRight(l.text, " \t")
			out = append(out, l)
			continue
		}
		text := strings.TrimPrefix(l.text, " ") // space-stuffing
		soft := strings.HasSuffix(text, " ") && text != "-- "
		if soft && delSp {
			text = strings.TrimSuffix(text, " ")
		}
		if !open || out[len(out)-1].depth != l.depth || text == "-- " {
			end()
			out = append(out, line{depth: l.depth})
		}
		flow.WriteString(text)
		open = soft
	}
	end()
	return out
}

// unquote counts the marks ("> > text", ">>text") before a line.
func unquote(s string, flowed bool) line {
	depth := 0
	for {
		t := s
		if !flowed {
			t = strings.TrimLeft(s, " ")
		}
		if !strings.HasPrefix(t, ">") {
			break
		}
		s = t[1:]
		depth++
	}
	if depth > 0 && !flowed {
		s = strings.TrimPrefix(s, " ")
	}
	return line{depth: min(depth, maxDepth), text: s}
}

// render writes lines down, less quoted by the depth of less.
func render(lines []line, less int) string {
	var b strings.Builder
	for _, l := range lines {
		if d := max(0, l.depth-less); d > 0 {
			b.WriteString(strings.Repeat(">", d))
			if l.text != "" {
				b.WriteByte(' ')
			}
		}
		b.WriteString(l.text)
		b.WriteByte('\n')
	}
	return strings.Trim(b.String(), "\n")
}

// linksOf gathers the targets that lines hide, each once, leaving out those
// that their text shows.
func linksOf(lines []line, shown string) []string {
	var out []string
	seen := map[string]bool{}
	for _, l := range lines {
		for _, link := range l.links {
			if !seen[link] && !strings.Contains(shown, link) {
				out = append(out, link)
			}
			seen[link] = true
		}
	}
	return out
}
