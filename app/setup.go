package app

import (
	"log/slog"
	"time"

	"stakeout/bot"
	"stakeout/config"
)

// Configured is a source as the configuration has it, without a data directory:
// for looking at its set-up.
type Configured struct {
	Connector bot.Connector
	Ends      time.Time // of its terms; zero where they name none
}

// Sources are those that the configuration switches on.
func Sources(cfg config.Config, log *slog.Logger) (out []Configured) {
	for _, c := range connectors(cfg, log) {
		out = append(out, Configured{c.Connector, c.terms.End(cfg.Location())})
	}
	return out
}

// Configured are the sources of the running service itself.
func (a *App) Configured() (out []Configured) {
	for _, s := range a.Sources {
		out = append(out, Configured{s.Connector, s.Intake.Health().Ends})
	}
	return out
}
