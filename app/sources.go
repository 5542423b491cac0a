package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"stakeout/bot"
	"stakeout/bot/discord"
	"stakeout/bot/mail"
	"stakeout/bot/telegram"
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
func connectors(cfg config.Config, log *slog.Logger) []connector {
	var on []connector
	if c := cfg.Discord; c.Enabled() {
		on = append(on, connector{discord.New(c, log), c.Terms})
	}
	if c := cfg.Telegram; c.Enabled() {
		on = append(on, connector{telegram.New(c, log), c.Terms})
	}
	if c := cfg.Mail; c.Enabled() {
		on = append(on, connector{mail.New(c, log), c.Terms})
	}
	return on
}

// sources opens the doors of the configured connectors.
func (a *App) sources() (out []Source) {
	for _, c := range connectors(a.Config, a.Log) {
		out = append(out, Source{c.Connector, bot.NewIntake(c.Name(), c.terms, bot.Deps{
			Ledger: a.Ledger, Version: a.Version, Lag: a.Lag, Bound: importBound, Room: a.room.lacking, Alarm: a.alarm, Zone: a.Zone, Now: a.Now, Log: a.Log,
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
	lines := []string{sentence(t.Detail)}
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

// sentence gives words a capital and a full stop; a platform's own words may
// begin with anything, or be none.
func sentence(words string) string {
	first, size := utf8.DecodeRuneInString(words)
	if size == 0 {
		return "Nothing more is known."
	}
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(words[size:], ".") + "."
}
