package cli

import (
	"github.com/spf13/cobra"

	"stakeout/demo"
)

func (s *session) demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "demo", Short: "See it work on bundled, fictional chats; needs nothing else", Args: args(cobra.NoArgs),
		Long: `Import bundled exports of fictional channels into a temporary directory through
the same pipeline as real ones, replay some messages as live, and show what
happens: the summary of history, the alerts as Slack gets them (a receiver on
loopback stands in for Slack), the digest, the verification, and the page.`,
	}
	exit := cmd.Flags().Bool("exit", false, "end after the show instead of serving the page")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return demo.Run(cmd.Context(), demo.Options{Out: s.Out, Exit: *exit, Version: version(), Handle: handler})
	}
	return cmd
}
