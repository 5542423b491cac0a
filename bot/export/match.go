package export

// matcher finds the end of one JSON value in bytes that come piece by piece.
type matcher struct {
	kind    byte // 0 before the first byte, then quoted, nested or bare
	depth   int
	quoted  bool // inside a string
	escaped bool // the byte to come is escaped
}

const (
	quoted byte = iota + 1
	nested
	bare
)

// feed consumes b up to the value's end; n is how much of b belongs to it.
func (m *matcher) feed(b []byte) (n int, done bool) {
	i := 0
	if m.kind == 0 && len(b) > 0 {
		switch b[0] {
		case '"':
			m.kind, m.quoted, i = quoted, true, 1
		case '{', '[':
			m.kind = nested
		default:
			m.kind = bare
		}
	}
	if m.kind == bare {
		return endOfBare(b)
	}
	for i < len(b) {
		if m.quoted {
			i = m.string(b, i)
			if !m.quoted && m.kind == quoted {
				return i, true
			}
			continue
		}
		switch b[i] {
		case '"':
			m.quoted = true
		case '{', '[':
			m.depth++
		case '}', ']':
			if m.depth--; m.depth == 0 {
				return i + 1, true
			}
		}
		i++
	}
	return i, false
}

// string goes on in a string from i. A line break ends it: no exporter writes
// one there, so the closing quote is missing, and the brackets that follow
// still tell where the record ends.
func (m *matcher) string(b []byte, i int) int {
	if m.escaped {
		m.escaped = false
		i++
	}
	for i < len(b) {
		switch b[i] {
		case '"', '\n':
			m.quoted = false
			return i + 1
		case '\\':
			if i+1 == len(b) {
				m.escaped = true
				return len(b)
			}
			i++
		}
		i++
	}
	return len(b)
}

func endOfBare(b []byte) (int, bool) {
	for i, c := range b {
		switch c {
		case ',', ':', ']', '}', '{', '[', '"', ' ', '\t', '\r', '\n':
			return i, true
		}
	}
	return len(b), false
}
