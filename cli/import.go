package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stakeout/alerts"
	"stakeout/app"
	"stakeout/bot/export"
)

func (s *session) importCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "import FILE...", Short: "Import chats and mails that somebody exported", Args: args(cobra.MinimumNArgs(1)), Annotations: isServed,
		Long: `Import DiscordChatExporter JSON, Telegram Desktop's result.json (one chat or a
whole account) and JSON Lines, plain, .gz or .zip, and mails: .eml, mbox, and
Maildir folders. The form is told from the content. "-" reads standard input.
Importing a file again adds nothing; an import that was broken off carries on
where it stopped. Records that cannot be read go to quarantine, and the exit
status is then 4.

What counsel wrote in mails is kept apart as privileged, and of a mail in which
counsel's words cannot be told from a forwarded original, all is. Who is counsel
stands in mail.counsel of the configuration.

Findings in imported history are told in one summary a run; --alert each posts
them singly, --alert none posts nothing. All of them are listed either way.`,
	}
	zone := cmd.Flags().String("zone", "", "time zone of times written without one (older Telegram exports); default UTC")
	account := cmd.Flags().String("account", "", "id of the account that made a single Telegram chat's export")
	alert := cmd.Flags().String("alert", alerts.Summary, "how findings are told: each, summary or none")
	cmd.RunE = func(cmd *cobra.Command, names []string) error {
		opt := export.Options{Account: *account, Alert: *alert}
		if !slices.Contains([]string{alerts.Each, alerts.Summary, alerts.None}, *alert) {
			return usagef("--alert: want each, summary or none, not %q", *alert)
		}
		if *zone != "" {
			loc, err := time.LoadLocation(*zone)
			if err != nil {
				return usagef("--zone: %q is no time zone; want a name like Europe/Berlin", *zone)
			}
			opt.Zone = loc
		}
		files := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "-" })
		defer s.unpack()
		if err := s.pack(cmd.Context(), files); err != nil {
			return err
		}
		return s.withApp(cmd.Context(), "import", files, func(ctx context.Context, a *app.App) error {
			return s.importAll(ctx, a, names, opt)
		})
	}
	return cmd
}

// importAll imports one file after the other. Where no service runs, the
// followers work along, and what is to be told is sent before the end.
func (s *session) importAll(ctx context.Context, a *app.App, names []string, opt export.Options) error {
	if a.Config.Watchlist == "" {
		fmt.Fprintln(s.Err, "stakeout: no watchlist is configured: rules about protected people find nothing in what is imported now")
	}
	var followers *app.Followers
	if s.Service == nil {
		followers = a.Follow(ctx, false)
	}
	partial, failed := false, 0
	var err error
	for _, name := range names {
		some, fault := s.importFile(ctx, a, name, opt)
		partial = partial || some
		if fault == nil {
			continue
		}
		if failed++; ctx.Err() != nil || len(names) == 1 {
			err = fault
			break
		}
		complain(s.Err, fault.Error()) // and on with the next
	}
	if followers != nil {
		if err == nil {
			err = s.settle(ctx, a, followers)
		}
		err = errors.Join(err, followers.Stop())
	}
	switch {
	case err != nil:
		return err
	case failed == len(names):
		return &statusError{exitError, ""}
	case failed > 0 || partial:
		return &statusError{exitPartial, ""}
	}
	return nil
}

// settle waits until everything imported is searchable and judged, then sends
// what is to be told.
func (s *session) settle(ctx context.Context, a *app.App, f *app.Followers) error {
	if err := f.CatchUp(ctx); err != nil {
		return err
	}
	waiting, err := a.Alerts.Drain(ctx)
	if err != nil {
		return err
	}
	if len(waiting) > 0 {
		fmt.Fprintf(s.Err, "%d posts wait to be delivered; stakeout run delivers them\n", len(waiting))
	}
	return nil
}

// importFile imports one file and says what came of it; partial tells that
// something in it could not be read.
func (s *session) importFile(ctx context.Context, a *app.App, name string, opt export.Options) (partial bool, err error) {
	in, done, err := s.open(name)
	if err != nil {
		return false, err
	}
	defer done()
	if name == "-" {
		name = in.Name
	}
	opt.Counsel = a.Config.Mail.Counsel
	bar := s.newMeter(oneLine(name), "bytes")
	sum, err := a.Importer().Import(ctx, in, opt, func(p export.Progress) { bar.show(p.Done, p.Size, progressNote(p)) })
	bar.end()
	name = oneLine(name)
	switch {
	case err != nil && sum.Acquisition != 0 && sum.Resumable:
		fmt.Fprintf(s.Err, "%s: stopped; %d messages of it are kept; import it again to go on\n", name, sum.Observations)
	case err != nil && sum.Acquisition != 0:
		fmt.Fprintf(s.Err, "%s: stopped; %d messages of it are kept\n", name, sum.Observations)
	case err != nil:
	case sum.Already:
		fmt.Fprintf(s.Err, "%s: imported before, on %s, as acquisition %d; nothing was added\n", name, moment(sum.Closed, a.Zone), sum.Acquisition)
	default:
		s.summarise(a, name, sum)
		err = s.printCompared(ctx, a, name, sum.Acquisition)
	}
	return sum.Quarantined > 0 || sum.Truncated, err
}

func progressNote(p export.Progress) string {
	switch {
	case p.Hashing:
		return ", hashing"
	case p.Paused:
		return fmt.Sprintf(", %d messages; waiting for the index and the rules, %d entries behind", p.Records, p.Behind)
	}
	return fmt.Sprintf(", %d messages", p.Records)
}

func (s *session) summarise(a *app.App, name string, sum export.Summary) {
	resumed := ""
	if sum.Resumed {
		resumed = " (carried on from an earlier import)"
	}
	fmt.Fprintf(s.Err, "%s: %s, acquisition %d%s: %d records: %d new, %d seen before, %d service messages, %d reactions\n",
		name, sum.Format, sum.Acquisition, resumed, sum.Records, sum.Observations, sum.Sightings, sum.Service, sum.Reactions)
	if sum.Differs > 0 {
		fmt.Fprintf(s.Err, "%s: %d messages say something else than an earlier record of the same message; they may be forged, or come from different tools:\n", name, sum.Differs)
		for _, d := range sum.DiffersAt {
			fmt.Fprintf(s.Err, "  entry %d: %s channel %s, message %s\n", d.Seq, oneLine(d.Platform), oneLine(a.Alerts.MaskName(d.Channel)), oneLine(a.Alerts.MaskName(d.ID)))
		}
	}
	if mails := strings.Contains(sum.Format, export.FormatEML) || strings.Contains(sum.Format, export.FormatMbox); mails && len(a.Config.Mail.Counsel) == 0 {
		fmt.Fprintf(s.Err, "%s: mail.counsel names nobody: what anybody wrote who forwards something was taken for privileged, and any other mail for its sender's own\n", name)
	}
	for _, n := range sum.Notes {
		fmt.Fprintf(s.Err, "%s: %s\n", name, oneLine(n))
	}
	if sum.Ignored > 0 {
		fmt.Fprintf(s.Err, "%s: %d files in the archive hold no chat that can be read and were left out\n", name, sum.Ignored)
	}
	if sum.Truncated {
		fmt.Fprintf(s.Err, "%s: the file breaks off; everything before the break was imported\n", name)
	}
	if sum.Quarantined > 0 {
		fmt.Fprintf(s.Err, "%s: %d records could not be read and are in quarantine; stakeout status quarantine lists them\n", name, sum.Quarantined)
	}
}
