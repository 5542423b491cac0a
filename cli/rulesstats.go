package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"stakeout/app"
)

func (s *session) rulesStats() *cobra.Command {
	cmd := &cobra.Command{Use: "stats", Short: "Each rule's precision by verdicts", Args: args(cobra.NoArgs), Annotations: isServed}
	output := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return s.withApp(cmd.Context(), "rules stats", nil, func(ctx context.Context, a *app.App) error {
			return s.caughtUp(ctx, a, func() error {
				stats, err := a.Alerts.Stats(ctx)
				if err != nil {
					return err
				}
				p := newPrinter(s.Out, *output, "rule", "label", "findings", "alerts", "true", "false", "precision")
				for _, r := range stats {
					precision := "no verdicts"
					if r.Precision != nil {
						precision = fmt.Sprintf("%.2f", *r.Precision)
					}
					if err := p.row(r, r.Rule, r.Label, fmt.Sprint(r.Findings), fmt.Sprint(r.Alerts), fmt.Sprint(r.Right), fmt.Sprint(r.Wrong), precision); err != nil {
						return err
					}
				}
				return p.close()
			})
		})
	}
	return cmd
}
