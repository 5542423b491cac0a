package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stakeout/app"
	"stakeout/message"
)

func (s *session) coverageCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "coverage [CHANNEL]", Short: "What was watched of each channel, and what is missing", Args: args(cobra.MaximumNArgs(1)), Annotations: isServed,
		Long: `Print for each channel, or for one (by its id or name), what the ledger records
of its coverage: when it was watched live, what was fetched afterwards, what was
read again for edits and absences, what imports brought, when it was not
watched and why, what is known to be missing, and what cannot be known.

docs/coverage.md says what each of these means, and what may be sworn to.`,
	}
	output := outputFlag(cmd)
	since := cmd.Flags().String("since", "", "only what reaches beyond this date or time, in the configured zone")
	gaps := cmd.Flags().Bool("gaps", false, "only outages and what is missing")
	cmd.RunE = func(cmd *cobra.Command, names []string) error {
		return s.withApp(cmd.Context(), "coverage", nil, func(ctx context.Context, a *app.App) error {
			sel := coverSelection{gaps: *gaps}
			if *since != "" {
				var err error
				if sel.since, err = dateOrTime(*since, a.Zone); err != nil {
					return usagef("--since: %v", err)
				}
			}
			if len(names) == 1 {
				sel.channel = names[0]
			}
			return s.coverage(ctx, a, sel, *output)
		})
	}
	return cmd
}

// coverSelection is what of the coverage is asked for.
type coverSelection struct {
	channel string // "": all
	since   time.Time
	gaps    bool
}

// dateOrTime reads a date, at its beginning, or a time.
func dateOrTime(s string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("want a date such as 2026-05-03 or a time such as 2026-05-03T18:00, not %q", s)
}

func (s *session) coverage(ctx context.Context, a *app.App, sel coverSelection, f format) error {
	rows, err := coverRows(ctx, a, sel)
	if err != nil {
		return err
	}
	if f == "table" {
		_, err := fmt.Fprint(s.Out, coverText(rows, sel, s.Service != nil))
		return err
	}
	p := newPrinter(s.Out, f, "platform", "channel", "id", "what", "source", "from", "to", "from_id", "to_id", "open", "filled", "count", "reason", "limits")
	for _, r := range rows {
		if f != "csv" {
			if err := p.row(r); err != nil {
				return err
			}
			continue
		}
		for _, cells := range r.cells() {
			if err := p.row(nil, cells...); err != nil {
				return err
			}
		}
	}
	return p.close()
}

// coverRows are the channels asked for, their names masked.
func coverRows(ctx context.Context, a *app.App, sel coverSelection) ([]coverRow, error) {
	covers, err := a.Ledger.Coverage(ctx)
	if err != nil {
		return nil, err
	}
	rows := []coverRow{}
	found := false
	for _, c := range covers {
		if c.Channel.Name == "" {
			if c.Channel, err = a.Ledger.Latest(ctx, c.Channel); err != nil {
				return nil, err
			}
		}
		if sel.channel != "" && !named(c.Channel, sel.channel) {
			continue
		}
		found = true
		r := newCoverRow(c, sel, a.Zone)
		if sel.gaps && !r.gaps() {
			continue
		}
		r.Server, r.Channel, r.ID = a.Alerts.MaskName(c.Channel.Server.Name), placeOf(a, c.Channel), shownID(a, c.Channel)
		rows = append(rows, r)
	}
	if sel.channel != "" && !found {
		return nil, fmt.Errorf("the ledger knows no channel %q; stakeout coverage lists those it knows", sel.channel)
	}
	return rows, nil
}

// named reports that somebody means this channel: by its id, its name, or the
// name with the server's before it.
func named(c message.Channel, name string) bool {
	name = strings.TrimSpace(name)
	for _, n := range []string{c.ID, c.Name, "#" + c.Name, c.Server.Name + " #" + c.Name, c.Server.Name + "/" + c.Name} {
		if n != "" && strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// placeOf is a channel's name as it may be shown. A mailbox is no mail: its
// name is no subject.
func placeOf(a *app.App, c message.Channel) string {
	if c.IsMail() && c.Type != "" && c.Type != mailThread {
		return a.Alerts.MaskName(c.Name)
	}
	return string(a.Alerts.Place(c))
}

// mailThread is the type of a channel that is one thread of mails.
const mailThread = "thread"
