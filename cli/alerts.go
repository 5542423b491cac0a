package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"stakeout/alerts"
	"stakeout/alerts/rules"
	"stakeout/app"
	"stakeout/message"
)

func (s *session) alertsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "alerts", Short: "List, read and judge alerts", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(s.alertsList(), s.alertsShow(), s.alertsAck(), s.alertsVerdict(), s.alertsTest(), s.alertsHistory(), s.alertsExport())
	return cmd
}

func (s *session) alertsList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List alerts, newest first", Args: args(cobra.NoArgs), Annotations: isServed}
	output := outputFlag(cmd)
	var f alerts.Filter
	cmd.Flags().StringVar(&f.Status, "status", "", "open, acknowledged, true or false")
	cmd.Flags().StringVar(&f.Label, "label", "", "only this label")
	cmd.Flags().StringVar(&f.Level, "level", "", "this level and those above")
	cmd.Flags().StringVar(&f.Rule, "rule", "", "only this rule")
	cmd.Flags().Int64Var(&f.Acquisition, "acquisition", 0, "only what this import or connector run brought, history too")
	cmd.Flags().BoolVar(&f.Historical, "history", false, "what was found in imported history too")
	cmd.Flags().IntVar(&f.Limit, "limit", 50, "at most so many; 0: all")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := errors.Join(notNegative(f.Limit), oneOf("--level", f.Level, rules.Levels), oneOf("--label", f.Label, rules.Labels),
			oneOf("--status", f.Status, []string{alerts.Open, alerts.Acknowledged, alerts.Right, alerts.Wrong})); err != nil {
			return err
		}
		return s.withApp(cmd.Context(), "alerts list", nil, func(ctx context.Context, a *app.App) error {
			return s.caughtUp(ctx, a, func() error {
				if err := s.export(ctx, a, *output, "alerts list"); err != nil {
					return err
				}
				list, err := a.Alerts.List(ctx, f)
				if err != nil {
					return err
				}
				p := newPrinter(s.Out, *output, "id", "level", "label", "person", "exposed", "count", "place", "author", "stored", "status")
				for _, x := range list {
					err := p.row(x, x.Alert, x.Level, x.Label, person(x), strings.Join(x.Exposed, ", "), fmt.Sprint(x.Count),
						strings.TrimSpace(string(x.Server)+" "+string(x.Channel)), string(x.Author), moment(x.Stored, a.Zone), status(x))
					if err != nil {
						return err
					}
				}
				if err := p.close(); err != nil {
					return err
				}
				switch {
				case f.Limit > 0 && len(list) == f.Limit:
					fmt.Fprintf(s.Err, "the newest %d; --limit 0 shows all\n", f.Limit)
				case len(list) == 0 && !f.Historical && f.Acquisition == 0:
					fmt.Fprintln(s.Err, "none; --history shows what was found in imported history")
				}
				return nil
			})
		})
	}
	return cmd
}

// oneOf checks a flag's value; empty means not given.
func oneOf(flag, value string, known []string) error {
	if value == "" || slices.Contains(known, value) {
		return nil
	}
	return usagef("%s: want one of %s, not %q", flag, strings.Join(known, ", "), value)
}

func person(x alerts.Alert) string {
	if x.Initials == "" {
		return ""
	}
	return strings.TrimSpace(x.Initials + " " + x.Role)
}

func status(x alerts.Alert) string {
	if x.Historical {
		return x.Status + " (history)"
	}
	return x.Status
}

func (s *session) alertsShow() *cobra.Command {
	cmd := &cobra.Command{Use: "show ID", Short: "Show an alert: why it was raised, its messages, what was done", Args: args(cobra.ExactArgs(1)), Annotations: isServed}
	output := outputFlag(cmd)
	reveal := cmd.Flags().Bool("reveal", false, "show masked text; needs --reason and is written down")
	reason := cmd.Flags().String("reason", "", "why masked text must be seen")
	cmd.RunE = func(cmd *cobra.Command, ids []string) error {
		if *reveal && strings.TrimSpace(*reason) == "" {
			return usagef("--reveal needs --reason TEXT: it is written down with who looked and when")
		}
		return s.withApp(cmd.Context(), "alerts show", nil, func(ctx context.Context, a *app.App) error {
			return s.caughtUp(ctx, a, func() error {
				if *reveal {
					if err := a.RecordAccess(ctx, s.UID, "reveal", "alert "+ids[0], *reason); err != nil {
						return err
					}
				}
				if err := s.export(ctx, a, *output, "alerts show "+ids[0]); err != nil {
					return err
				}
				d, err := a.Alerts.Show(ctx, ids[0], *reveal)
				if err != nil {
					return err
				}
				if *output == "table" {
					return s.showAlert(a, d)
				}
				p := newPrinter(s.Out, *output, "id", "rule", "level", "label", "count", "status")
				if err := p.row(d, d.Alert.Alert, d.Rule, d.Level, d.Label, fmt.Sprint(d.Count), status(d.Alert)); err != nil {
					return err
				}
				return p.close()
			})
		})
	}
	return cmd
}

// showAlert prints an alert for a person to read.
func (s *session) showAlert(a *app.App, d alerts.Detail) error {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-12s %s\n", name, oneLine(value))
		}
	}
	line("alert", d.Alert.Alert+"  "+status(d.Alert))
	line("rule", d.Rule+"  "+d.Title)
	line("level", d.Level+"  "+d.Label)
	line("person", person(d.Alert))
	line("exposed", strings.Join(d.Exposed, ", "))
	line("place", strings.TrimSpace(d.Platform+" "+string(d.Server)+" "+string(d.Channel)))
	line("author", string(d.Author))
	if d.Sent != nil {
		line("sent", moment(*d.Sent, a.Zone))
	}
	line("stored", moment(d.Stored, a.Zone))
	line("findings", fmt.Sprint(d.Count))
	for _, f := range d.Findings {
		line("why", fmt.Sprintf("%s (score %.2f, entries %s)", f.Reason, f.Score, strings.Trim(fmt.Sprint(f.Evidence), "[]")))
	}
	for _, m := range d.Messages {
		text := "[purged]"
		if m.Obs != nil {
			text = m.Obs.Author.Shown() + ": " + m.Obs.Text
		}
		if m.Masked != "" {
			text = "[masked: " + m.Masked + "; --reveal --reason TEXT shows it]"
		}
		if m.Obs != nil && m.Obs.Kind == message.Deleted { // there is no text to withhold
			text = deletedMark(deletedHow(m.Obs))
		}
		mark := "entry"
		if !m.Evidence {
			mark = "version"
		}
		line(fmt.Sprintf("%s %d", mark, m.Seq), text)
	}
	for _, x := range d.Acts {
		line(moment(x.At, a.Zone), strings.TrimSpace(fmt.Sprintf("%s %s %s %s", x.Kind, x.Value, x.Who, x.Note)))
	}
	for _, p := range d.Posts {
		line("post", strings.TrimSpace(fmt.Sprintf("%s to %s: %s %s", p.Notification, p.Receiver, p.State, p.Reason)))
	}
	_, err := fmt.Fprint(s.Out, b.String())
	return err
}

// who names the person at the keyboard as far as the kernel tells.
func (s *session) who() string { return fmt.Sprintf("uid %d", s.UID) }

func (s *session) alertsAck() *cobra.Command {
	cmd := &cobra.Command{Use: "ack ID...", Short: "Note that alerts have been seen to", Args: args(cobra.MinimumNArgs(1)), Annotations: isServed}
	note := cmd.Flags().String("note", "", "what to write beside it")
	cmd.RunE = func(cmd *cobra.Command, ids []string) error {
		return s.withApp(cmd.Context(), "alerts ack", nil, func(ctx context.Context, a *app.App) error {
			for _, id := range ids {
				if err := a.Alerts.Ack(ctx, id, s.who(), *note); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return cmd
}

func (s *session) alertsVerdict() *cobra.Command {
	cmd := &cobra.Command{
		Use: "verdict ID true|false", Short: "Judge an alert: was it right?", Args: args(cobra.ExactArgs(2)), Annotations: isServed,
		Long: "Judge an alert. The last verdict counts. stakeout rules stats shows each rule's precision by them.",
	}
	note := cmd.Flags().String("note", "", "why")
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		if words[1] != "true" && words[1] != "false" {
			return usagef("a verdict is true or false, not %q", words[1])
		}
		return s.withApp(cmd.Context(), "alerts verdict", nil, func(ctx context.Context, a *app.App) error {
			return a.Alerts.Verdict(ctx, words[0], words[1] == "true", *note, s.who())
		})
	}
	return cmd
}

func (s *session) alertsTest() *cobra.Command {
	return &cobra.Command{
		Use: "test", Short: "Send a marked test to each receiver", Args: args(cobra.NoArgs), Annotations: isServed,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withApp(cmd.Context(), "alerts test", nil, func(ctx context.Context, a *app.App) error {
				results := a.Alerts.Test(ctx)
				if len(results) == 0 {
					return fmt.Errorf("no receiver is configured; set slack.webhook_url or slack.token")
				}
				failed := 0
				for _, r := range results {
					if r.Err != nil {
						failed++
						fmt.Fprintf(s.Out, "%s: %s\n", oneLine(r.Receiver), oneLine(r.Err.Error()))
						continue
					}
					fmt.Fprintf(s.Out, "%s: ok\n", oneLine(r.Receiver))
				}
				if failed > 0 {
					return fmt.Errorf("%d of %d receivers could not be reached", failed, len(results))
				}
				return nil
			})
		},
	}
}

func (s *session) alertsHistory() *cobra.Command {
	cmd := &cobra.Command{Use: "history", Short: "What each import held, counted by label and level", Args: args(cobra.NoArgs), Annotations: isServed}
	output := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return s.withApp(cmd.Context(), "alerts history", nil, func(ctx context.Context, a *app.App) error {
			return s.caughtUp(ctx, a, func() error {
				if err := s.export(ctx, a, *output, "alerts history"); err != nil {
					return err
				}
				all, err := a.Alerts.Summaries(ctx)
				if err != nil {
					return err
				}
				p := newPrinter(s.Out, *output, "acquisition", "source", "findings", "alerts", "told", "counts")
				for _, h := range all {
					var counts []string
					for _, c := range h.Counts {
						counts = append(counts, fmt.Sprintf("%s/%s %d", c.Label, c.Level, c.Count))
					}
					if err := p.row(h, fmt.Sprint(h.Acquisition), h.Source, fmt.Sprint(h.Findings), fmt.Sprint(h.Alerts), h.Mode, strings.Join(counts, ", ")); err != nil {
						return err
					}
				}
				return p.close()
			})
		})
	}
	return cmd
}

func (s *session) alertsExport() *cobra.Command {
	cmd := &cobra.Command{
		Use: "export", Short: "Write judged messages in the labelled set's format", Args: args(cobra.NoArgs), Annotations: isServed,
		Long: "Write the messages of judged alerts as JSON Lines in the labelled set's format. Texts are left out unless revealed.",
	}
	reveal := cmd.Flags().Bool("reveal", false, "with the texts; needs --reason and is written down")
	reason := cmd.Flags().String("reason", "", "why the texts are needed")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *reveal && strings.TrimSpace(*reason) == "" {
			return usagef("--reveal needs --reason TEXT: it is written down with who looked and when")
		}
		return s.withApp(cmd.Context(), "alerts export", nil, func(ctx context.Context, a *app.App) error {
			what := "export"
			if *reveal {
				what = "reveal"
			}
			if err := a.RecordAccess(ctx, s.UID, what, "verdicts", *reason); err != nil {
				return err
			}
			return a.Alerts.ExportVerdicts(ctx, s.Out, *reveal)
		})
	}
	return cmd
}
