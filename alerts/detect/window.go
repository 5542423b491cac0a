package detect

import (
	"container/list"
	"slices"
	"time"

	"stakeout/alerts/rules"
)

const (
	// windowSize is how many messages of a conversation are looked back at: a
	// screenful, which is what people answer to.
	windowSize = 12
	// windowTime is how old such a message may be.
	windowTime = 3 * time.Hour
	// maxChannels bounds the conversations remembered; the one unused for the
	// longest is forgotten.
	maxChannels = 8192
)

// entry is what is remembered of one message: facts, never its text.
type entry struct {
	seq      int64
	id       string
	author   string
	sent     time.Time
	bits     bitset
	people   []int32 // protected people named in it
	findings []finding
}

// finding is what is remembered of a Finding.
type finding struct {
	label    string
	evidence []int64
	ground   bool // for further findings; see rules.Rule.Continues
}

// window holds the last messages of one conversation, oldest first.
type window struct {
	channel string
	entries []entry
	hot     bool // one of the entries had a finding
}

func (w *window) add(e entry) {
	if len(w.entries) == windowSize {
		copy(w.entries, w.entries[1:])
		w.entries = w.entries[:windowSize-1]
	}
	w.entries = append(w.entries, e)
	w.hot = false
	for i := range w.entries {
		w.hot = w.hot || len(w.entries[i].findings) > 0
	}
}

// drop forgets a message by its ID.
func (w *window) drop(id string) {
	for i := range w.entries {
		if id != "" && w.entries[i].id == id {
			w.entries = append(w.entries[:i], w.entries[i+1:]...)
			return
		}
	}
}

// reply finds the entry with an ID.
func (w *window) reply(id string) *entry {
	for i := range w.entries {
		if id != "" && w.entries[i].id == id {
			return &w.entries[i]
		}
	}
	return nil
}

// last calls f for the n newest entries (0: all) that are near enough in time,
// newest first, until it answers true.
func (w *window) last(n int, sent time.Time, f func(*entry) bool) bool {
	if n == 0 {
		n = windowSize
	}
	for i := len(w.entries) - 1; i >= 0 && n > 0; i, n = i-1, n-1 {
		e := &w.entries[i]
		if !sent.IsZero() && !e.sent.IsZero() && sent.Sub(e.sent).Abs() > windowTime {
			continue
		}
		if f(e) {
			return true
		}
	}
	return false
}

// An entry answers conditions about a message of the past: what it had, but
// not where in its text nor what stood before it.

func (e *entry) Has(s rules.Signal) bool                    { return e.bits.has(s) }
func (e *entry) Near(_, _ rules.Signal, _ int, _ bool) bool { return false }
func (e *entry) Count(s rules.Signal) int {
	if e.bits.has(s) {
		return 1
	}
	return 0
}
func (e *entry) Recent(*rules.Condition, int) bool { return false }
func (e *entry) Replied(*rules.Condition) bool     { return false }
func (e *entry) Mark() int                         { return 0 }
func (e *entry) Release(int)                       {}
func (e *entry) Found(label string) bool {
	return slices.ContainsFunc(e.findings, func(f finding) bool { return f.label == label && f.ground })
}

// windows keeps one window a channel, at most max, the least used one going
// first.
type windows struct {
	max   int
	byKey map[string]*list.Element
	order *list.List // front: used last
}

func newWindows(max int) *windows {
	return &windows{max: max, byKey: map[string]*list.Element{}, order: list.New()}
}

func (w *windows) of(channel string) *window {
	if el, ok := w.byKey[channel]; ok {
		w.order.MoveToFront(el)
		return el.Value.(*window)
	}
	if w.order.Len() >= w.max {
		old := w.order.Back()
		delete(w.byKey, old.Value.(*window).channel)
		w.order.Remove(old)
	}
	win := &window{channel: channel, entries: make([]entry, 0, windowSize)}
	w.byKey[channel] = w.order.PushFront(win)
	return win
}
