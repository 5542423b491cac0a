package app

import (
	"stakeout/alerts/digest"
	"stakeout/bot"
)

// watched is the health of every source as the digest wants it; running is
// false while nobody runs them.
func (a *App) watched() (list []digest.Source, running bool) {
	if !a.running.Load() {
		return nil, false
	}
	for _, h := range a.Health() {
		s := digest.Source{
			Name: h.Source, State: string(h.State), Troubled: h.State == bot.Failing || h.State == bot.Broken, Reason: h.Reason, Mend: h.Mend,
			Since: h.Since, Until: h.Until, LastEvent: h.LastEvent, Silent: h.Silent, Ends: h.Ends,
		}
		for _, c := range h.Channels {
			s.Lost = append(s.Lost, digest.Lost{Channel: c.Channel, Reason: c.Reason, Mend: c.Mend, Since: c.Since})
		}
		list = append(list, s)
	}
	return list, true
}
