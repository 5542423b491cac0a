package detect

import (
	"slices"

	"stakeout/alerts/rules"
)

// bitset is a set of signals.
type bitset [rules.MaxSignals / 64]uint64

func (b *bitset) add(s rules.Signal)      { b[s>>6] |= 1 << (s & 63) }
func (b *bitset) has(s rules.Signal) bool { return b[s>>6]&(1<<(s&63)) != 0 }
func (b *bitset) empty() bool             { return *b == bitset{} }

// remembered shortens findings to what later messages may ask.
func (e *Engine) remembered(fs []Finding) []finding {
	var out []finding
	for _, f := range fs {
		i := slices.IndexFunc(e.set.Rules, func(r *rules.Rule) bool { return r.ID == f.Rule })
		out = append(out, finding{f.Label, f.Evidence, !e.set.Rules[i].Continues})
	}
	return out
}
