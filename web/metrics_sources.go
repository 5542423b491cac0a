package web

import (
	"github.com/prometheus/client_golang/prometheus"

	"stakeout/bot"
	"stakeout/ledger"
)

// states are all that a source can be in, so that a figure of 0 is there
// before the first trouble is.
var states = []bot.State{bot.Starting, bot.Live, bot.CatchingUp, bot.Waiting, bot.Failing, bot.Broken, bot.Ended, bot.Off}

// sources gives the figures of every source; those that rest on the coverage
// only where that could be read.
func (f *figures) sources(ch chan<- prometheus.Metric, covers []ledger.Cover, covered bool) {
	for _, h := range f.Sources() {
		gauge := func(d *prometheus.Desc, v float64) { send(ch, d, prometheus.GaugeValue, v, h.Source) }
		counter := func(d *prometheus.Desc, n int64) { send(ch, d, prometheus.CounterValue, float64(n), h.Source) }
		for _, s := range states {
			send(ch, sourceState, prometheus.GaugeValue, one(h.State == s), h.Source, string(s))
		}
		gauge(sourceSince, seconds(h.Since))
		if h.State == bot.Waiting && !h.Until.IsZero() {
			gauge(sourceUntil, seconds(h.Until))
		}
		gauge(sourceEvent, seconds(h.LastEvent))
		gauge(sourceThrough, seconds(h.Through))
		gauge(sourceLag, h.Lag.Seconds())
		gauge(sourceSilent, one(h.Silent))
		gauge(sourceTrouble, float64(len(h.Channels)))
		if !h.Ends.IsZero() {
			gauge(sourceEnds, seconds(h.Ends))
		}
		counter(sourceEvents, h.Events)
		counter(sourceRejected, h.Rejected)
		counter(sourceReconnect, h.Reconnects)
		counter(sourceWaits, h.Waits)
		if covered {
			g := gapsOf(covers, h.Source)
			gauge(sourceOutages, float64(g.open))
			gauge(sourceUnfilled, float64(g.unfilled))
			gauge(sourceMissing, float64(g.ids))
		}
	}
}

// gaps counts what a source's coverage lacks.
type gaps struct{ open, unfilled, ids int64 }

func gapsOf(covers []ledger.Cover, source string) (g gaps) {
	for _, c := range covers {
		for _, o := range c.Outages {
			switch {
			case o.Source != source:
			case o.To.IsZero():
				g.open++
			case !o.Filled:
				g.unfilled++
			}
		}
		for _, n := range c.Intervals {
			if n.Source == source && n.Change == ledger.Missing {
				g.ids += n.Count
			}
		}
	}
	return g
}
