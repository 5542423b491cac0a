// Package cli is the command line: one file for each subcommand.
//
// Data goes to standard output, talk to standard error. Exit status: 0 done,
// 1 error, 2 wrong usage, 3 verification failed, 4 done in part. A command
// that needs the data directory opens it, or, while a service owns it, is
// carried out by that service through its control socket, with the same
// output.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"stakeout/app"
	"stakeout/text"
)

// Exit statuses.
const (
	exitOK      = 0
	exitError   = 1
	exitUsage   = 2
	exitVerify  = 3
	exitPartial = 4
)

// statusError ends the program with a status; an empty message says nothing
// more, since all has been said.
type statusError struct {
	status  int
	message string
}

func (e *statusError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &statusError{exitUsage, fmt.Sprintf(format, args...)}
}

// Run is the program.
func Run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends at once
	return Main(ctx, Env{
		Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ(), UID: os.Getuid(),
		Terminal: term.IsTerminal(int(os.Stderr.Fd())),
	})
}

// Env is what a command gets from outside.
type Env struct {
	Args     []string
	In       io.Reader
	Out, Err io.Writer
	Environ  []string
	UID      int
	Terminal bool // Err is one: progress may be drawn
	// Service is set within a running service that carries out a client's
	// command; Open are the files that the client opened.
	Service *app.App
	Open    map[string]*os.File
}

// session is one command being carried out.
type session struct {
	Env
	data, config string
	packed       map[string]*os.File // folders to import, each as one file
}

// Main carries out one command and returns the exit status.
func Main(ctx context.Context, env Env) (status int) {
	defer func() {
		// A panic's value may hold what a message said; its place does not.
		if p := recover(); p != nil {
			fmt.Fprintf(env.Err, "stakeout: internal error (%T); please report this:\n%s\n", p, debug.Stack())
			status = exitError
		}
	}()
	s := &session{Env: env}
	root := s.root()
	root.SetArgs(env.Args)
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	err := root.ExecuteContext(ctx)
	var st *statusError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &st):
		if st.message != "" {
			complain(env.Err, st.message)
		}
		return st.status
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		complain(env.Err, "stopped: "+err.Error())
		return exitError
	}
	complain(env.Err, err.Error())
	return exitError
}

// complain prints an error, which may have several lines.
func complain(w io.Writer, message string) {
	for line := range strings.Lines(message) {
		fmt.Fprintln(w, "stakeout:", text.Terminal(strings.TrimRight(line, "\n")))
	}
}

func (s *session) root() *cobra.Command {
	root := &cobra.Command{
		Use:                        "stakeout",
		Short:                      "Watch chat channels, keep them as evidence, search them, and be told of what matters",
		SilenceErrors:              true,
		SilenceUsage:               true,
		SuggestionsMinimumDistance: 2,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown command %q%s; see stakeout --help", args[0], suggest(cmd, args[0]))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if s.Service != nil && cmd.Annotations[served] == "" {
				return usagef("%q is not carried out through a running service", cmd.CommandPath())
			}
			return nil
		},
	}
	root.PersistentFlags().StringVar(&s.data, "data", "", "data directory (STAKEOUT_DATA)")
	root.PersistentFlags().StringVar(&s.config, "config", "", "configuration file (STAKEOUT_CONFIG)")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usagef("%v", err) })
	root.AddCommand(
		s.runCommand(), s.importCommand(), s.searchCommand(), s.alertsCommand(), s.digestCommand(), s.detectCommand(), s.rulesCommand(),
		s.watchlistCommand(), s.reindexCommand(), s.verifyCommand(), s.backupCommand(), s.restoreCommand(), s.statusCommand(), s.coverageCommand(), s.channelsCommand(), s.doctorCommand(), s.initCommand(), s.configCommand(), s.demoCommand(), s.versionCommand(),
	)
	root.InitDefaultCompletionCmd()
	root.CompletionOptions.HiddenDefaultCmd = false
	return root
}

func suggest(cmd *cobra.Command, arg string) string {
	if near := cmd.SuggestionsFor(arg); len(near) > 0 {
		return fmt.Sprintf(" (did you mean %q?)", near[0])
	}
	return ""
}

// served marks the commands that a running service carries out for a client.
// Whatever names files or makes them is not among them: those would be the
// service's files, opened with the service's rights.
const served = "served"

var isServed = map[string]string{served: "yes"}

// args turns cobra's own complaints about arguments into usage errors.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, a []string) error {
		if err := check(cmd, a); err != nil {
			return usagef("%v; usage: %s", err, cmd.UseLine())
		}
		return nil
	}
}
