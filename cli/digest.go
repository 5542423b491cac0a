package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"stakeout/alerts/digest"
	"stakeout/app"
)

func (s *session) digestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "digest", Short: "Print the digest as it would be sent now", Args: args(cobra.NoArgs), Annotations: isServed,
		Long: "Print what happened since the last digest. Nothing is sent and nothing changes: stakeout run sends the digest at its time.",
	}
	output := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *output == "csv" {
			return usagef("a digest is no table; want -o table, json or jsonl")
		}
		return s.withApp(cmd.Context(), "digest", nil, func(ctx context.Context, a *app.App) error {
			return s.caughtUp(ctx, a, func() error {
				d, err := a.Digest.Preview(ctx)
				if err != nil {
					return err
				}
				if *output == "table" {
					_, err := fmt.Fprint(s.Out, digest.Text(d))
					return err
				}
				p := newPrinter(s.Out, *output)
				if err := p.row(d); err != nil {
					return err
				}
				return p.close()
			})
		})
	}
	return cmd
}
