package detect

import (
	"slices"

	"stakeout/alerts/rules"
	"stakeout/text"
)

// hit is a signal's place in a message, in words: [from, to).
type hit struct {
	sig      rules.Signal
	from, to int32
	person   int32 // index of the protected person, -1 for none
}

// facts is what is known of the message being judged. It answers conditions.
type facts struct {
	original string
	folded   text.Folded
	words    []text.Word
	infos    []*wordInfo // of words, in the same order

	bits   bitset
	hits   []hit
	people []int32 // protected people named, in their order of appearance

	msg    Message
	win    *window
	answer *entry // the message answered to, nil when there is none or it is gone
	used   []*entry
}

func (f *facts) reset(win *window, m Message) {
	*f = facts{
		words: f.words[:0], infos: f.infos[:0], hits: f.hits[:0], people: f.people[:0], used: f.used[:0],
		msg: m, win: win, answer: win.reply(m.ReplyTo),
	}
}

// maxHits bounds the places remembered in one message, since near() compares
// them pair by pair. A message of ordinary length has a few dozen; what lies
// beyond still counts, but without its place.
const maxHits = 1024

func (f *facts) add(sig rules.Signal, from, to int, person int32) {
	f.bits.add(sig)
	if len(f.hits) < maxHits {
		f.hits = append(f.hits, hit{sig, int32(from), int32(to), person})
	}
	if person >= 0 && !slices.Contains(f.people, person) {
		f.people = append(f.people, person)
	}
}

// addBytes adds a signal for a byte range of the folded text.
func (f *facts) addBytes(sig rules.Signal, start, end int) {
	from, to := len(f.words), 0
	for i, w := range f.words {
		if w.End > start && w.Start < end {
			from, to = min(from, i), i+1
		}
	}
	f.add(sig, from, max(to, from), -1)
}

func (f *facts) Has(s rules.Signal) bool { return f.bits.has(s) }

func (f *facts) Near(a, b rules.Signal, n int, ordered bool) bool {
	if !f.bits.has(a) || !f.bits.has(b) {
		return false
	}
	for i := range f.hits {
		x := &f.hits[i]
		if x.sig != a {
			continue
		}
		for j := range f.hits {
			y := &f.hits[j]
			if y.sig != b || i == j {
				continue
			}
			if y.from < x.to && x.from < y.to {
				// One word is not near itself, but a phrase with a gap is near
				// what stands in the gap: "where does she live".
				if !ordered && (x.from < y.from && y.to < x.to || y.from < x.from && x.to < y.to) {
					return true
				}
				continue
			}
			if y.from >= x.to && int(y.from-x.to) < n || !ordered && x.from >= y.to && int(x.from-y.to) < n {
				return true
			}
		}
	}
	return false
}

func (f *facts) Count(s rules.Signal) int {
	n, end := 0, int32(-1)
	for _, h := range f.hits {
		if h.sig == s && h.from >= end {
			n++
			end = h.to
		}
	}
	return n
}

func (f *facts) Recent(c *rules.Condition, n int) bool {
	return f.win.last(n, f.msg.Sent, func(e *entry) bool { return c.Eval(e) && f.use(e) })
}

func (f *facts) Replied(c *rules.Condition) bool {
	return f.answer != nil && c.Eval(f.answer) && f.use(f.answer)
}

func (f *facts) Found(string) bool { return false }

func (f *facts) Mark() int     { return len(f.used) }
func (f *facts) Release(n int) { f.used = f.used[:n] }

// use notes that a message of the window was looked at with success. Whether
// it is evidence is known when the whole condition holds.
func (f *facts) use(e *entry) bool {
	f.used = append(f.used, e)
	return true
}
