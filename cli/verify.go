package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

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
		ctx := cmd.Context()
		if s.Service != nil {
			return s.verify(ctx, s.Service.Ledger, *checkpoint, *output)
		}
		cfg, err := s.load()
		if err != nil {
			return err
		}
		l, done, err := app.Inspect(ctx, cfg, "verify")
		switch {
		case elsewhere(cfg, err):
			return s.forward(ctx, cfg, err, files)
		case errors.Is(err, app.ErrNoData) || errors.Is(err, app.ErrVersion) || errors.Is(err, fs.ErrPermission):
			return err
		case err != nil:
			return &statusError{exitVerify, "verification failed: " + err.Error()}
		}
		return errors.Join(s.verify(ctx, l, *checkpoint, *output), done())
	}
	return cmd
}

func (s *session) verify(ctx context.Context, l *ledger.Ledger, checkpoint string, f format) error {
	var signed []byte
	if checkpoint != "" {
		var err error
		if signed, err = s.readFile(checkpoint); err != nil {
			return err
		}
	}
	rep, err := l.Verify(ctx, nil)
	if err != nil {
		return err
	}
	if signed != nil {
		switch err := l.VerifyCheckpoint(ctx, signed); {
		case errors.Is(err, ledger.ErrNoCheckpoint):
			return fmt.Errorf("%s: %w", checkpoint, err)
		case err != nil:
			rep.Problem(0, "%v", err)
		}
	}
	return s.printReport(rep, f)
}

func (s *session) printReport(rep ledger.Report, f format) error {
	if f != "table" {
		p := newPrinter(s.Out, f, "entries", "root", "problems")
		if err := p.row(rep, fmt.Sprint(rep.Size), rep.Root.String(), fmt.Sprint(int64(len(rep.Problems))+rep.More)); err != nil {
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
	switch {
	case f != "table":
	case rep.Size == 0:
		fmt.Fprintln(s.Out, "ok: the ledger is empty")
	default:
		fmt.Fprintf(s.Out, "ok: %d entries, root %v, signed\n", rep.Size, rep.Root)
	}
	return nil
}
