package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"stakeout/app"
)

func (s *session) reindexCommand() *cobra.Command {
	return &cobra.Command{
		Use: "reindex", Short: "Rebuild the search index from the ledger, then swap it in", Args: args(cobra.NoArgs), Annotations: isServed,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withApp(cmd.Context(), "reindex", nil, func(ctx context.Context, a *app.App) error {
				bar := s.newMeter("reindex", "entries")
				err := a.Index.Rebuild(ctx, func(done, total int64) { bar.show(done, total, "") })
				bar.end()
				if err != nil {
					return err
				}
				fmt.Fprintf(s.Err, "the index holds every entry up to %d\n", a.Index.Cursor())
				return nil
			})
		},
	}
}
