package app

import (
	"context"

	"stakeout/bot/discord"
	"stakeout/canary"
	"stakeout/message"
)

// newCanary is the configured canary, nil for none. Discord alone tells a bot
// of its own messages.
func (a *App) newCanary(sources []Source) *canary.Canary {
	cfg := a.Config.Discord.Canary
	if cfg.Channel == "" {
		return nil
	}
	for _, s := range sources {
		d, ok := s.Connector.(*discord.Connector)
		if !ok {
			continue
		}
		c := &canary.Canary{
			Channel: message.Channel{Platform: message.Discord, ID: cfg.Channel}, Every: cfg.Every, Post: d.Post,
			Ledger: a.Ledger, Indexed: a.Index.Cursor, Changed: a.DB.Changed, Now: a.Now,
			Alarm: func(ctx context.Context, detail, mend string) { s.Intake.Alarm(ctx, "canary missing", detail, mend) },
		}
		if end := s.Intake.Health().Ends; !end.IsZero() {
			c.Ended = func() bool { return !a.Now().Before(end) }
		}
		if cfg.Receiver != "" {
			c.Prove = func(ctx context.Context) error { return a.Alerts.Prove(ctx, cfg.Receiver) }
		}
		return c
	}
	return nil
}
