package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"stakeout/watchlist"
)

func (s *session) watchlistCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "watchlist", Short: "Check the watchlist", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(&cobra.Command{
		Use: "check [FILE]", Short: "Read a watchlist and name every problem in it", Args: args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, names []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			path := cfg.Watchlist
			if len(names) == 1 {
				path = names[0]
			}
			if path == "" {
				return usagef("name a file, or set watchlist in the configuration")
			}
			w, err := watchlist.Load(path)
			if err != nil {
				return err
			}
			problems := w.Check()
			for _, p := range problems {
				fmt.Fprintf(s.Out, "%s: %s\n", path, oneLine(p))
			}
			if len(problems) > 0 {
				return fmt.Errorf("%d problems in the watchlist", len(problems))
			}
			_, err = fmt.Fprintf(s.Out, "ok: %d cases, %d protected people, %d personas\n", len(w.Cases), len(w.Protected), len(w.Personas))
			return err
		},
	})
	return cmd
}
