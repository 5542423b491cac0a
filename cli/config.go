package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"stakeout/config"
)

func (s *session) initCommand() *cobra.Command {
	return &cobra.Command{
		Use: "init [FILE]", Short: "Write a commented configuration to start from", Args: args(cobra.MaximumNArgs(1)),
		Long: "Write a commented configuration to FILE (stakeout.yaml). An existing file is left alone.",
		RunE: func(_ *cobra.Command, names []string) error {
			name := "stakeout.yaml"
			if len(names) == 1 {
				name = names[0]
			}
			f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s exists already and was left alone; name another file: stakeout init FILE", name)
			}
			if err != nil {
				return err
			}
			_, err = f.WriteString(config.Example())
			if err = errors.Join(err, f.Close()); err != nil {
				return err
			}
			fmt.Fprintf(s.Err, "wrote %s; edit it, then: stakeout config check --config %s\n", name, name)
			return nil
		},
	}
}

func (s *session) configCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Check the configuration, or print its schema", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(&cobra.Command{
		Use: "check [FILE]", Short: "Read the configuration and name every problem in it", Args: args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, names []string) error {
			path := s.configPath()
			if len(names) == 1 {
				path = names[0]
			}
			cfg, err := config.Check(path, s.Environ)
			if err != nil {
				return err
			}
			for _, w := range cfg.Warnings() {
				fmt.Fprintln(s.Err, "stakeout: warning:", w)
			}
			if path == "" {
				path = "no file (defaults and environment)"
			}
			_, err = fmt.Fprintf(s.Out, "ok: %s\n", path)
			return err
		},
	}, &cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of the configuration file", Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			b, err := config.Schema()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.Out, "%s\n", b)
			return err
		},
	})
	return cmd
}
