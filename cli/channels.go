package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stakeout/app"
	"stakeout/bot"
)

// updatesSource is the source that tells of its chats only by the messages that
// come from them. Of those there is one row, which the watch itself stands in.
const updatesSource = "telegram"

func (s *session) channelsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "channels [SOURCE]", Short: "List the channels that the sources can see, with ids for the configuration", Args: args(cobra.MaximumNArgs(1)), Annotations: isServed,
		Long: `List the channels that each configured source, or one, can see: ids to paste into
the configuration, whether they are listed there already, and which permissions
the bot lacks. Needs no data directory; nothing is stored.

Telegram tells a bot of a chat only when something is said in it. Its list goes
on as messages arrive, until Ctrl-C or for as long as --for says. While the
service runs it gets these messages itself, and the list shows what it has seen.`,
	}
	output := outputFlag(cmd)
	wait := cmd.Flags().Duration("for", 0, "how long to listen for chats of Telegram; 0: until Ctrl-C")
	cmd.RunE = func(cmd *cobra.Command, names []string) error {
		if *wait < 0 {
			return usagef("--for: want a time such as 2m, not %s", *wait)
		}
		return s.withSetup(cmd.Context(), func(ctx context.Context, set setup) error {
			sources, err := pick(set.sources, names)
			if err != nil {
				return err
			}
			l := newLister(s, *output, set.mask)
			return errors.Join(s.listAll(ctx, sources, l, *wait), l.close())
		})
	}
	return cmd
}

// pick gives the source that is named, or all, those that end by themselves
// first.
func pick(sources []app.Configured, names []string) ([]app.Configured, error) {
	if len(sources) == 0 {
		return nil, errors.New("no source is configured; docs/discord.md, docs/telegram.md and docs/mail.md say how")
	}
	var known []string
	var out, last []app.Configured
	for _, c := range sources {
		name := c.Connector.Name()
		known = append(known, name)
		switch {
		case len(names) == 1 && names[0] != name:
		case name == updatesSource:
			last = append(last, c)
		default:
			out = append(out, c)
		}
	}
	if out = append(out, last...); len(out) == 0 {
		return nil, usagef("no source %q is configured, only %s", names[0], strings.Join(known, ", "))
	}
	return out, nil
}

func (s *session) listAll(ctx context.Context, sources []app.Configured, l *lister, wait time.Duration) error {
	var failed []error
	for _, c := range sources {
		name := c.Connector.Name()
		if name == updatesSource && s.Service != nil {
			if err := s.seen(s.Service, name, l); err != nil {
				return err
			}
			continue
		}
		from, ok := c.Connector.(bot.Lister)
		if !ok {
			fmt.Fprintf(s.Err, "%s has no channels to list\n", oneLine(name))
			continue
		}
		if err := listOne(ctx, s, name, from, l, wait); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", name, err))
		}
	}
	return errors.Join(failed...)
}

func listOne(ctx context.Context, s *session, name string, from bot.Lister, l *lister, wait time.Duration) error {
	if name == updatesSource {
		until := "Ctrl-C ends the list"
		if wait > 0 {
			var stop context.CancelFunc
			ctx, stop = context.WithTimeout(ctx, wait)
			defer stop()
			until = "listening for " + wait.String()
		}
		fmt.Fprintln(s.Err, "Telegram tells of a chat when something is said in it: add the bot, then write there;", until)
	}
	err := from.Channels(ctx, l.emit)
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return nil // the end that was asked for
	}
	return err
}

// seen lists what the running service has learnt of a source's chats: those it
// watches and those whose messages it dropped.
func (s *session) seen(a *app.App, name string, l *lister) error {
	fmt.Fprintln(s.Err, "the service is running and gets the messages: these are the chats that it has seen since its start")
	for _, src := range a.Sources {
		if src.Intake.Source() != name {
			continue
		}
		h := src.Intake.Health()
		trouble := map[string]string{}
		for _, c := range h.Channels {
			trouble[c.Channel.ID] = c.Reason
		}
		listed := src.Intake.Open()
		for _, c := range h.Channels {
			if !slices.ContainsFunc(listed, same(c.Channel.ID)) {
				listed = append(listed, c.Channel)
			}
		}
		for _, c := range listed {
			v := bot.Visible{Source: name, Server: c.Server.Name, ServerID: c.Server.ID, ID: c.ID, Name: c.Name, Type: c.Type, Listed: true}
			if why := trouble[c.ID]; why != "" {
				v.Missing = []string{why}
			}
			if err := l.emit(v); err != nil {
				return err
			}
		}
		for _, d := range h.Dropped {
			if err := l.emit(bot.Visible{Source: name, ID: d.ID, Name: d.Title}); err != nil {
				return err
			}
		}
	}
	return nil
}
