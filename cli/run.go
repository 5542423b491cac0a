package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"stakeout/app"
)

func (s *session) runCommand() *cobra.Command {
	return &cobra.Command{
		Use: "run", Short: "Run the service: index, alerts, digests, the page and the control socket", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
}

func (s *session) run(ctx context.Context) (err error) {
	cfg, err := s.load()
	if err != nil {
		return err
	}
	log := cfg.Log.Logger(s.Err)
	a, err := app.Open(ctx, cfg, app.Options{Command: "run", Create: true, Version: version(), Log: log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if !cfg.Slack.Enabled() {
		log.Warn("no receiver is configured: alerts are kept and listed, but posted nowhere; set slack.webhook_url or slack.token")
	}
	err = a.Run(ctx, handler(a), func(address string) {
		log.Info("running", "data", cfg.Data, "entries", a.Ledger.Size(), "page", address)
	})
	if err == nil {
		fmt.Fprintf(s.Err, "stopped; %d entries are kept in %s\n", a.Ledger.Size(), cfg.Data)
	}
	return err
}
