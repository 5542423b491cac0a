package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stakeout/alerts"
	"stakeout/app"
	"stakeout/bot"
	"stakeout/message"
)

// state is what status prints.
type state struct {
	Data        string               `json:"data"`
	Version     string               `json:"version"`
	Failing     []string             `json:"failing,omitempty"` // parts of the service that wait to be started again
	Running     bool                 `json:"running"`
	Entries     int64                `json:"entries"`
	Root        string               `json:"root"`
	Checkpoint  string               `json:"checkpoint"`
	Indexed     int64                `json:"indexed"`
	Judged      int64                `json:"judged"`
	Quarantined int64                `json:"quarantined"`
	Sources     []sourceState        `json:"sources,omitempty"` // live connectors
	Channels    []channelState       `json:"channels"`
	Undelivered []alerts.Undelivered `json:"undelivered"`
	Troubles    []alerts.Trouble     `json:"troubles"`
}

type channelState struct {
	Platform string `json:"platform"`
	ID       string `json:"id"`
	Name     string `json:"name"`
	Via      string `json:"via"`
	Posted   int64  `json:"posted"`
	Edited   int64  `json:"edited"`
	Deleted  int64  `json:"deleted"`
	Last     string `json:"last"`
}

func (s *session) statusCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "status", Short: "What is stored, indexed, judged and waiting", Args: args(cobra.NoArgs), Annotations: isServed}
	output := outputFlag(cmd)
	running := cmd.Flags().Bool("running", false, "fail when no service is running")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return s.withApp(cmd.Context(), "status", nil, func(ctx context.Context, a *app.App) error {
			switch {
			case *running && s.Service == nil:
				return errors.New("no service is running on this data directory")
			case *running && len(a.Failing()) > 0:
				return fmt.Errorf("failing and waiting to be started again: %s", strings.Join(a.Failing(), ", "))
			case *running: // asked every few seconds: count nothing
				for _, h := range a.Health() {
					if h.State == bot.Broken || h.State == bot.Failing { // a restart of the service mends neither
						fmt.Fprintf(s.Err, "%s: %s: %s\n", oneLine(h.Source), h.State, oneLine(h.Reason))
					}
				}
				return nil
			}
			st, err := s.state(ctx, a)
			if err != nil {
				return err
			}
			if *output == "table" {
				return s.printState(st, a.Zone)
			}
			p := newPrinter(s.Out, *output, "entries", "indexed", "judged", "quarantined", "root")
			if err := p.row(st, fmt.Sprint(st.Entries), fmt.Sprint(st.Indexed), fmt.Sprint(st.Judged), fmt.Sprint(st.Quarantined), st.Root); err != nil {
				return err
			}
			return p.close()
		})
	}
	cmd.AddCommand(s.quarantineCommand(), s.accessCommand())
	return cmd
}

func (s *session) state(ctx context.Context, a *app.App) (state, error) {
	st := state{Data: a.Config.Data, Version: version(), Running: s.Service != nil, Failing: a.Failing(), Indexed: a.Index.Cursor(), Judged: a.Alerts.Cursor()}
	head, err := a.Ledger.Head(ctx)
	if err != nil {
		return st, err
	}
	st.Entries, st.Root, st.Checkpoint = head.Size, head.Root.String(), head.Signed
	counts, err := a.Ledger.Counts(ctx, 0, head.Size)
	if err != nil {
		return st, err
	}
	for _, c := range counts.Channels {
		name := strings.TrimSpace(a.Alerts.MaskName(c.Channel.Server.Name) + " " + placeOf(a, c.Channel))
		st.Channels = append(st.Channels, channelState{c.Channel.Platform, shownID(a, c.Channel), name, c.Via.String(), c.Posted, c.Edited, c.Deleted, moment(c.Last, a.Zone)})
	}
	if st.Quarantined, _, err = a.Ledger.QuarantineCount(ctx, 0); err != nil {
		return st, err
	}
	if st.Sources, err = s.sourceStates(ctx, a); err != nil {
		return st, err
	}
	if st.Undelivered, err = a.Alerts.Undelivered(ctx); err != nil {
		return st, err
	}
	st.Troubles, err = a.Alerts.Troubles(ctx, a.Now().AddDate(0, 0, -7))
	return st, err
}

// shownID is a channel's id, masked; a mail's may be its subject.
func shownID(a *app.App, c message.Channel) string {
	if c.IsMail() {
		return ""
	}
	return a.Alerts.MaskName(c.ID)
}

func (s *session) printState(st state, zone *time.Location) error {
	var b strings.Builder
	running := "no service is running"
	if st.Running {
		running = "service running"
	}
	fmt.Fprintf(&b, "data         %s (%s, stakeout %s)\n", oneLine(st.Data), running, st.Version)
	fmt.Fprintf(&b, "ledger       %d entries, root %s\n", st.Entries, st.Root)
	fmt.Fprintf(&b, "index        up to %d, %d behind\n", st.Indexed, st.Entries-st.Indexed)
	fmt.Fprintf(&b, "rules        up to %d, %d behind\n", st.Judged, st.Entries-st.Judged)
	fmt.Fprintf(&b, "quarantine   %d records\n", st.Quarantined)
	for _, src := range st.Sources {
		writeSource(&b, src)
	}
	for _, name := range st.Failing {
		fmt.Fprintf(&b, "failing      %s; the log says why\n", name)
	}
	for _, u := range st.Undelivered {
		fmt.Fprintf(&b, "undelivered  %s: %d waiting, %d refused; %s\n", oneLine(u.Receiver), u.Waiting, u.Refused, oneLine(u.Reason))
	}
	for _, t := range st.Troubles {
		fmt.Fprintf(&b, "trouble      %s: %s (%s, last at %s)\n", oneLine(t.Name), oneLine(t.Detail), count(t.Count, "time", "times"), moment(t.Last, zone))
	}
	if _, err := fmt.Fprint(s.Out, b.String()); err != nil {
		return err
	}
	if len(st.Channels) == 0 {
		return nil
	}
	fmt.Fprintln(s.Out)
	p := newPrinter(s.Out, "table", "platform", "channel", "id", "via", "posted", "edited", "deleted", "last stored")
	for _, c := range st.Channels {
		if err := p.row(c, c.Platform, c.Name, c.ID, c.Via, fmt.Sprint(c.Posted), fmt.Sprint(c.Edited), fmt.Sprint(c.Deleted), c.Last); err != nil {
			return err
		}
	}
	return p.close()
}

func (s *session) quarantineCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "quarantine", Short: "List the records that could not be read", Args: args(cobra.NoArgs), Annotations: isServed,
		Long: "List the records that could not be read, with place and reason. Their bytes may hold what the rules mask, so they are shown only with --reveal;\nthose of mails may also hold what is privileged, and are shown only with --privileged, to the users that mail.readers of the configuration names.",
	}
	output := outputFlag(cmd)
	limit := cmd.Flags().Int("limit", 50, "at most so many; 0: all")
	reveal := cmd.Flags().Bool("reveal", false, "with the bytes (JSON output), but for mails; needs --reason and is written down")
	privileged := cmd.Flags().Bool("privileged", false, "with the bytes of mails too, for their named readers; needs --reason and is written down")
	reason := cmd.Flags().String("reason", "", "why the bytes must be seen")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if (*reveal || *privileged) && strings.TrimSpace(*reason) == "" {
			return usagef("--reveal and --privileged need --reason TEXT: it is written down with who looked and when")
		}
		if err := notNegative(*limit); err != nil {
			return err
		}
		return s.withApp(cmd.Context(), "status quarantine", nil, func(ctx context.Context, a *app.App) error {
			if err := s.look(ctx, a, *reveal, *privileged, "quarantine", *reason); err != nil {
				return err
			}
			list, err := a.Ledger.Quarantines(ctx, 0, *limit)
			if err != nil {
				return err
			}
			p := newPrinter(s.Out, *output, "id", "acquisition", "at", "bytes", "place", "reason")
			for _, q := range list {
				row := struct {
					ID          int64  `json:"id"`
					Acquisition int64  `json:"acquisition"`
					At          string `json:"at"`
					Size        int    `json:"size"`
					Place       string `json:"place"`
					Reason      string `json:"reason"`
					Bytes       []byte `json:"bytes,omitempty"` // base64
				}{q.ID, q.Acquisition, moment(q.At, a.Zone), len(q.Bytes), a.Alerts.MaskName(q.Place), q.Reason, nil}
				if *reveal || *privileged {
					counsels, err := a.MayHoldPrivileged(ctx, q.Acquisition)
					if err != nil {
						return err
					}
					if counsels && *privileged || !counsels && *reveal {
						row.Bytes = q.Bytes
					}
				}
				if err := p.row(row, fmt.Sprint(q.ID), fmt.Sprint(q.Acquisition), row.At, fmt.Sprint(row.Size), row.Place, q.Reason); err != nil {
					return err
				}
			}
			return p.close()
		})
	}
	return cmd
}

func (s *session) accessCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "access", Short: "List who looked behind the mask or took data out, when and why", Args: args(cobra.NoArgs), Annotations: isServed}
	output := outputFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return s.withApp(cmd.Context(), "status access", nil, func(ctx context.Context, a *app.App) error {
			list, err := a.Accesses(ctx)
			if err != nil {
				return err
			}
			p := newPrinter(s.Out, *output, "at", "uid", "what", "query", "reason", "head")
			for _, x := range list {
				if err := p.row(x, moment(x.At, a.Zone), fmt.Sprint(x.UID), x.What, x.Query, x.Reason, fmt.Sprint(x.Head)); err != nil {
					return err
				}
			}
			return p.close()
		})
	}
	return cmd
}
