package detect

import (
	"iter"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"stakeout/alerts/rules"
	"stakeout/message"
	"stakeout/text"
	"stakeout/watchlist"
)

// Message is what the engine needs to know of one message.
type Message struct {
	Seq      int64
	ID       string
	Platform string // see message.Channel
	Channel  string // key of the conversation; a thread has its own
	Author   string
	ReplyTo  string // ID of the message answered to, "" for none
	Sent     time.Time
	Text     string
}

// Finding is one thing found: at most one for each label, and protected person
// of a message.
type Finding struct {
	Rule, Title, Label, Level string
	Score                     float64
	// Reason says which names, terms and entities matched, and where. It holds
	// no message text and no protected name.
	Reason   string
	Person   string // key of the protected person (Watchlist.Key), "" for none
	Initials string
	Role     string
	Exposed  []string // kinds of private things given away: "street address"
	Seq      int64    // of the message that completed the finding
	ID       string
	Evidence []int64 // sequence numbers of all messages that belong to it, in their order, Seq last
}

// Engine judges messages in the order in which it gets them. It is not safe
// for concurrent use.
type Engine struct {
	set     *rules.Set
	people  []person
	lex     *lexicon
	windows *windows

	words []text.Word // scratch
	facts facts       // scratch

	failed []string // ids of the rules that panicked at the last message

	only      string // id of the rule whose every match is noted, for its examples
	onlyFired bool
}

// New builds an engine. Neither argument may be changed afterwards.
func New(set *rules.Set, w *watchlist.Watchlist) *Engine {
	e := &Engine{set: set, windows: newWindows(maxChannels)}
	e.lex = newLexicon(set)
	e.people = e.lex.addWatchlist(w)
	e.lex.finish()
	return e
}

// Observe judges one message and remembers it as context for the next ones of
// its channel. A message seen before (an edit) replaces its older self. A rule
// that panics loses its own finding, not those of the others; Failed names it.
func (e *Engine) Observe(m Message) []Finding {
	e.failed = e.failed[:0]
	win := e.windows.of(m.Channel)
	win.drop(m.ID)
	e.lex.addAuthor(m.Author)

	f := &e.facts
	var out []Finding
	var seen bitset
	var people []int32
	for piece := range pieces(m.Text) {
		f.reset(win, m)
		f.bits, f.people = seen, append(f.people, people...)
		e.read(f, piece)
		if !f.bits.empty() || win.hot {
			out = merge(out, e.judge(f, m))
		}
		seen, people = f.bits, slices.Clone(f.people)
	}
	win.add(entry{
		seq: m.Seq, id: m.ID, author: m.Author, sent: m.Sent,
		bits: seen, people: people, findings: e.remembered(out),
	})
	return out
}

// Failed gives the ids of the rules that panicked at the message last observed,
// each once. The list holds until the next call of Observe.
func (e *Engine) Failed() []string { return e.failed }

// read fills the facts from the text.
func (e *Engine) read(f *facts, s string) {
	f.original = s
	f.folded = text.Join(text.Fold(s))
	e.words = f.folded.Words(e.words[:0])
	f.words = e.words
	// Only a mail's author is an address; elsewhere it is a name that anybody
	// may choose, and with it the company's side.
	_, domain, ok := strings.Cut(f.msg.Author, "@")
	if ok && message.IsMail(f.msg.Platform) && e.lex.insiders[strings.ToLower(domain)] {
		f.bits.add(rules.Insider)
	}
	e.lex.match(f)
	entities(f, e.lex)
}

const (
	// maxPiece is how much text is judged at a time, so that the work grows
	// with the length of a text and not with its square. Discord allows 4,000
	// characters and Telegram 4,096; mails may be longer.
	maxPiece = 32 << 10
	// overlap is how much of a piece is judged again with the next one, so that
	// nothing is cut in two.
	overlap = 1 << 10
)

// pieces yields a text in overlapping pieces, cut between characters; an empty
// text is one piece.
func pieces(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for len(s) > maxPiece {
			if !yield(s[:border(s, maxPiece)]) {
				return
			}
			s = s[border(s, maxPiece-overlap):]
		}
		yield(s)
	}
}

// border moves a place in a text back to the beginning of a character.
func border(s string, i int) int {
	for k := i; k > i-utf8.UTFMax; k-- {
		if utf8.RuneStart(s[k]) {
			return k
		}
	}
	return i
}

// merge adds the findings whose labels are new.
func merge(out, more []Finding) []Finding {
	for _, label := range rules.Labels {
		has := func(f Finding) bool { return f.Label == label }
		if !slices.ContainsFunc(out, has) {
			for _, f := range more {
				if has(f) {
					out = append(out, f)
				}
			}
		}
	}
	return out
}
