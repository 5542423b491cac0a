package cli

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"stakeout/alerts/detect"
	"stakeout/app"
)

func (s *session) detectCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "detect MESSAGES.jsonl", Short: "Judge a labelled set's messages, in order, as if they came live", Args: args(cobra.ExactArgs(1)),
		Long: `Read messages in the labelled set's format, one JSON object a line, and print
one finding a line. Needs no data directory. "-" reads standard input.`,
	}
	list := cmd.Flags().String("watchlist", "", "the watchlist (default: the configured one)")
	ruleDir := cmd.Flags().String("rules", "", "folder of rules (default: the configured ones)")
	cmd.RunE = func(_ *cobra.Command, names []string) (err error) {
		cfg, err := s.load()
		if err != nil {
			return err
		}
		if *list != "" {
			cfg.Watchlist = *list
		}
		if *ruleDir != "" {
			cfg.Rules = *ruleDir
		}
		engine, _, err := app.Detection(cfg)
		if err != nil {
			return err
		}
		in, done, err := s.open(names[0])
		if err != nil {
			return err
		}
		defer done()
		out := bufio.NewWriter(s.Out)
		defer func() { err = errors.Join(err, out.Flush()) }()
		enc := json.NewEncoder(out)
		for line, err := range detect.Lines(engine, in.Name, in.Reader) {
			if err != nil {
				return err
			}
			if err := enc.Encode(line); err != nil {
				return err
			}
		}
		return nil
	}
	return cmd
}

func (s *session) rulesCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "rules", Short: "List and test the rules, and see how right they were", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(s.rulesList(), s.rulesTest(), s.rulesStats())
	return cmd
}

func (s *session) rulesList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the rules", Args: args(cobra.NoArgs)}
	output := outputFlag(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		cfg, err := s.load()
		if err != nil {
			return err
		}
		set, err := app.Rules(cfg)
		if err != nil {
			return err
		}
		p := newPrinter(s.Out, *output, "id", "level", "label", "title")
		for _, r := range set.Rules {
			row := struct {
				ID    string `json:"id"`
				Level string `json:"level"`
				Label string `json:"label"`
				Title string `json:"title"`
			}{r.ID, r.Level, r.Label, r.Title}
			if err := p.row(row, r.ID, r.Level, r.Label, r.Title); err != nil {
				return err
			}
		}
		return p.close()
	}
	return cmd
}

func (s *session) rulesTest() *cobra.Command {
	return &cobra.Command{
		Use: "test [DIR]", Short: "Check every rule's own examples", Args: args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, dirs []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			if len(dirs) == 1 {
				if _, err := os.Stat(dirs[0]); err != nil {
					return err
				}
				cfg.Rules = dirs[0]
			}
			set, err := app.Rules(cfg)
			if set == nil {
				return err
			}
			failures := detect.TestRules(set)
			for _, f := range failures {
				fmt.Fprintln(s.Out, oneLine(f.String()))
			}
			if len(failures) > 0 {
				return fmt.Errorf("%d examples fail", len(failures))
			}
			examples := 0
			for _, r := range set.Rules {
				examples += len(r.Examples.Match) + len(r.Examples.NoMatch)
			}
			fmt.Fprintf(s.Out, "ok: %d rules, %d examples\n", len(set.Rules), examples)
			return nil
		},
	}
}
