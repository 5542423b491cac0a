package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"stakeout/app"
	"stakeout/backup"
)

func (s *session) restoreCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "restore DIR", Short: "Put a backup back, or with --check prove that it is whole", Args: args(cobra.ExactArgs(1)),
		Long: `Check the backup in DIR: every file against its hash, the database's structure,
every entry of the ledger, its tree and signature, and that the head is the one
the backup was made at. Exit status 3 and one line when anything does not hold.

With --check that is all. Without it, the backup is then put into the data
directory, which must be empty or not there yet. The search index is rebuilt
when the service, or any command that needs it, opens the directory.`,
	}
	only := cmd.Flags().Bool("check", false, "prove the backup and change nothing")
	cmd.RunE = func(cmd *cobra.Command, names []string) error {
		dir, ctx := names[0], cmd.Context()
		bars := s.newSteps()
		defer bars.end()
		if *only {
			m, err := app.CheckBackup(ctx, dir, bars.show)
			if err != nil {
				return badBackup(err)
			}
			bars.end()
			_, err = fmt.Fprintf(s.Out, "ok: %d entries, root %v%s; made %s by stakeout %s\n", m.Entries, m.Root, signed(m), m.Made.Format(time.RFC3339), oneLine(m.Version))
			return err
		}
		cfg, err := s.load()
		if err != nil {
			return err
		}
		m, err := app.Restore(ctx, cfg, dir, bars.show)
		if err != nil {
			return badBackup(err)
		}
		bars.end()
		fmt.Fprintf(s.Err, "%s holds %d entries up to the backup of %s; the search index is rebuilt when it is opened\n", oneLine(cfg.Data), m.Entries, m.Made.Format(time.RFC3339))
		return nil
	}
	return cmd
}

func signed(m backup.Manifest) string {
	if m.Checkpoint == "" {
		return ""
	}
	return ", signed"
}

// badBackup gives what is wrong with a backup the exit status of a failed
// verification.
func badBackup(err error) error {
	var bad *backup.BadError
	if errors.As(err, &bad) {
		return &statusError{exitVerify, err.Error()}
	}
	return err
}
