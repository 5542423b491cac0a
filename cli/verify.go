package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"stakeout/app"
	"stakeout/ledger"
)

func (s *session) verifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "verify", Short: "Check every entry of the ledger against its tree and its signature", Args: args(cobra.NoArgs), Annotations: isServed,
		Long: `Recompute every leaf, every salted hash, every tile of the tree and its root,
and check the signature. With --checkpoint, also that a checkpoint taken out
earlier (from a digest or from "stakeout status") still holds. Exit status 3
when anything does not.`,
	}
	output := outputFlag(cmd)
	checkpoint := cmd.Flags().String("checkpoint", "", "file with a signed checkpoint taken out earlier")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var files []string
		if *checkpoint != "" {
			files = []string{*checkpoint}
		}
		return s.withApp(cmd.Context(), "verify", files, func(ctx context.Context, a *app.App) error {
			rep, err := a.Ledger.Verify(ctx, nil)
			if err != nil {
				return err
			}
			if *checkpoint != "" {
				if err := s.verifyCheckpoint(ctx, a, *checkpoint); err != nil {
					rep.Problems = append(rep.Problems, ledger.Problem{What: err.Error()})
				}
			}
			return s.printReport(rep, *output)
		})
	}
	return cmd
}

func (s *session) verifyCheckpoint(ctx context.Context, a *app.App, name string) error {
	signed, err := s.readFile(name)
	if err != nil {
		return err
	}
	public, err := os.ReadFile(filepath.Join(a.Config.Data, "ledger.pub"))
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(public)))
	if err != nil {
		return fmt.Errorf("ledger.pub: %w", err)
	}
	return a.Ledger.VerifyCheckpoint(ctx, signed, verifier)
}

func (s *session) printReport(rep ledger.Report, f format) error {
	if f != "table" {
		p := newPrinter(s.Out, f, "entries", "purged", "root", "problems")
		if err := p.row(rep, fmt.Sprint(rep.Size), fmt.Sprint(rep.Purged), rep.Root.String(), fmt.Sprint(int64(len(rep.Problems))+rep.More)); err != nil {
			return err
		}
		if err := p.close(); err != nil {
			return err
		}
	} else {
		for _, p := range rep.Problems {
			where := "ledger"
			if p.Seq > 0 {
				where = fmt.Sprintf("entry %d", p.Seq)
			}
			fmt.Fprintf(s.Out, "%s: %s\n", where, oneLine(p.What))
		}
		if rep.More > 0 {
			fmt.Fprintf(s.Out, "and %d more\n", rep.More)
		}
	}
	if len(rep.Problems) > 0 {
		return &statusError{exitVerify, fmt.Sprintf("verification failed: %d problems in %d entries", int64(len(rep.Problems))+rep.More, rep.Size)}
	}
	if f == "table" {
		fmt.Fprintf(s.Out, "ok: %d entries, %d of them purged, root %v, signed\n", rep.Size, rep.Purged, rep.Root)
	}
	return nil
}
