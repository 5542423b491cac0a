package app

import (
	"context"
	"fmt"
	"strings"

	"stakeout/bot"
	"stakeout/config"
)

// Source is one watched source: its connector and its door into the ledger.
type Source struct {
	Connector bot.Connector
	Intake    *bot.Intake
}

// connector is a connector with the terms it runs under.
type connector struct {
	bot.Connector
	terms bot.Terms
}

// connectors are those that the configuration switches on. A new platform is
// one package and one line here.
func connectors(cfg config.Config, a *App) []connector {
	var on []connector
	return on
}

// sources opens the doors of the configured connectors.
func (a *App) sources() (out []Source) {
	for _, c := range connectors(a.Config, a) {
		out = append(out, Source{c.Connector, bot.NewIntake(c.Name(), c.terms, bot.Deps{
			Ledger: a.Ledger, Version: a.Version, Lag: a.Lag, Bound: importBound, Alarm: a.alarm, Zone: a.Zone, Now: a.Now, Log: a.Log,
		})})
	}
	return out
}

// Health is the health of every source, as the running service knows it.
func (a *App) Health() []bot.Health {
	out := make([]bot.Health, len(a.Sources))
	for i, s := range a.Sources {
		out[i] = s.Intake.Health()
	}
	return out
}

// alarm tells people of a source's trouble; a channel by its masked name.
func (a *App) alarm(ctx context.Context, t bot.Alarm) error {
	name := t.Source + ": " + t.Name
	lines := []string{strings.ToUpper(t.Detail[:1]) + t.Detail[1:] + "."}
	if t.Channel != nil {
		place := string(a.Alerts.Place(*t.Channel))
		name += " (" + place + ")"
		lines = append([]string{"Channel: " + place}, lines...)
	}
	if t.Mend != "" {
		lines = append(lines, "To mend it: "+t.Mend+".")
	}
	if err := a.Alerts.Operational(ctx, name, t.Detail, lines...); err != nil {
		return fmt.Errorf("raise alarm: %w", err)
	}
	return nil
}
