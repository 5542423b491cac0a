package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stakeout/bot"
)

func (s *session) doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look whether everything is set up, and say how to mend what is not", Args: args(cobra.NoArgs), Annotations: isServed,
		Long: `Look, by calls that change and post nothing, at each configured source (the bot's
name, intents, privacy mode, webhooks, visible channels and missing permissions,
folders of a mailbox), at Slack, and at this host. Needs no data directory and
no running service. Exit status 1 when there is a fault.`,
	}
	output := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return s.withSetup(cmd.Context(), func(ctx context.Context, set setup) error {
			return s.printFindings(diagnose(ctx, set, time.Now()), *output)
		})
	}
	return cmd
}

// sourceTime bounds the look at one source; a bot in many servers asks a few
// questions for each.
const sourceTime = 2 * time.Minute

// Names of what is looked at beside the sources.
const (
	hostSource  = "host"
	slackSource = "slack"
)

// endsSoon is when an end of collection begins to be worth a word.
const endsSoon = 14 * 24 * time.Hour

// diagnose looks at everything: the host first, since nothing works on a full
// disk.
func diagnose(ctx context.Context, set setup, now time.Time) []bot.Finding {
	fs := hostFindings(set.cfg.Data)
	if set.masking != nil {
		fs = append(fs, bot.Finding{Source: hostSource, Subject: "watchlist", State: bot.Faulted, What: set.masking.Error(),
			Mend: "mend it; stakeout watchlist check and stakeout rules test say more. Until then protected names are not masked here"})
	}
	ctx, cancel := context.WithTimeout(ctx, sourceTime*time.Duration(1+len(set.sources)))
	defer cancel()
	fs = append(fs, slackFindings(ctx, set.cfg.Slack)...)
	if len(set.sources) == 0 {
		fs = append(fs, bot.Finding{Source: "sources", Subject: "configuration", State: bot.Warn, What: "no source is configured: nothing is watched live",
			Mend: "docs/discord.md, docs/telegram.md and docs/mail.md lead from nothing to a watched channel"})
	}
	for _, src := range set.sources {
		name := src.Connector.Name()
		fs = append(fs, termsFinding(name, src.Ends, now)...)
		doctor, ok := src.Connector.(bot.Doctor)
		if !ok {
			continue
		}
		one, done := context.WithTimeout(ctx, sourceTime)
		for _, f := range doctor.Doctor(one) {
			f.Source = name
			if name != mailSource { // there the names are those of one's own account
				f.Subject, f.What = set.mask(f.Subject), set.mask(f.What)
			}
			fs = append(fs, f)
		}
		done()
	}
	return fs
}

const mailSource = "mail"

// termsFinding says when the terms of a source end.
func termsFinding(source string, ends, now time.Time) []bot.Finding {
	if ends.IsZero() {
		return nil
	}
	f := bot.Finding{Source: source, Subject: "terms", State: bot.OK, What: "collection is allowed up to and with " + lastDay(ends)}
	switch {
	case !now.Before(ends):
		f.State, f.What = bot.Faulted, "the last day of collection was "+lastDay(ends)+": nothing is collected any more"
		f.Mend = "have the authority renewed and set until: to a later day"
	case ends.Sub(now) < endsSoon:
		f.State, f.Mend = bot.Warn, "have the authority renewed in time and set until: to a later day"
	}
	return []bot.Finding{f}
}

// lastDay is the day before the moment at which terms end.
func lastDay(ends time.Time) string { return ends.AddDate(0, 0, -1).Format(time.DateOnly) }

// printFindings prints findings, by source, and fails when one is a fault.
func (s *session) printFindings(fs []bot.Finding, f format) error {
	faults, warnings := 0, 0
	for _, x := range fs {
		switch x.State {
		case bot.Faulted:
			faults++
		case bot.Warn:
			warnings++
		}
	}
	if f == "table" {
		if _, err := fmt.Fprint(s.Out, findingsText(fs)); err != nil {
			return err
		}
	} else {
		p := newPrinter(s.Out, f, "source", "subject", "state", "what", "mend")
		for _, x := range fs {
			if err := p.row(x, x.Source, x.Subject, x.State, x.What, x.Mend); err != nil {
				return err
			}
		}
		if err := p.close(); err != nil {
			return err
		}
	}
	told := count(int64(faults), "fault", "faults") + ", " + count(int64(warnings), "warning", "warnings")
	if faults > 0 {
		return &statusError{exitError, told}
	}
	fmt.Fprintln(s.Err, told)
	return nil
}

// findingsText writes findings below their sources, in the order in which the
// sources come.
func findingsText(fs []bot.Finding) string {
	var order []string
	by := map[string][]bot.Finding{}
	for _, f := range fs {
		if by[f.Source] == nil {
			order = append(order, f.Source)
		}
		by[f.Source] = append(by[f.Source], f)
	}
	var b strings.Builder
	for i, source := range order {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintln(&b, oneLine(source))
		for _, f := range by[source] {
			state := f.State
			if state == bot.Faulted {
				state = "FAULT"
			}
			fmt.Fprintf(&b, "  %-5s  %s: %s\n", oneLine(state), oneLine(f.Subject), oneLine(f.What))
			if f.Mend != "" {
				fmt.Fprintf(&b, "         to mend it: %s\n", oneLine(f.Mend))
			}
		}
	}
	return b.String()
}
