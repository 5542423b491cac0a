package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"stakeout/app"
	"stakeout/indexer"
	"stakeout/indexer/query"
	"stakeout/message"
)

// hitRow is a hit as JSON shows it. Times that the source did not give are
// absent; stored is the ledger's own.
type hitRow struct {
	Seq           int64                `json:"seq"`
	Kind          message.Kind         `json:"kind"`
	Via           message.Via          `json:"via"`
	Platform      string               `json:"platform"`
	Server        string               `json:"server,omitempty"`
	Channel       string               `json:"channel,omitempty"`
	ChannelID     string               `json:"channel_id"`
	MessageID     string               `json:"message_id"`
	Author        string               `json:"author,omitempty"`
	AuthorID      string               `json:"author_id,omitempty"`
	Sent          string               `json:"sent,omitempty"`
	SentWritten   string               `json:"sent_written,omitempty"` // as the source wrote it, where it named no zone
	Edited        string               `json:"edited,omitempty"`
	Observed      string               `json:"observed"`
	Stored        string               `json:"stored"`
	ReplyTo       *message.Ref         `json:"reply_to,omitempty"`
	Event         string               `json:"event,omitempty"`
	Text          string               `json:"text"`
	Masked        string               `json:"masked,omitempty"` // why the text is not shown
	Highlights    [][2]int             `json:"highlights,omitempty"`
	Attachments   []message.Attachment `json:"attachments,omitempty"`
	Embeds        []string             `json:"embeds,omitempty"`
	Superseded    bool                 `json:"superseded,omitempty"`
	Deleted       bool                 `json:"deleted,omitempty"`
	DeletedHow    string               `json:"deleted_how,omitempty"` // how that is known
	Differs       bool                 `json:"differs,omitempty"`
	HasPrivileged bool                 `json:"has_privileged,omitempty"` // a part of it is privileged
	Privileged    string               `json:"privileged,omitempty"`     // that part, for those who may read it
	Acquisition   int64                `json:"acquisition"`
}

func newHitRow(h indexer.Hit, deletedHow string, zone *time.Location, revealed bool) hitRow {
	o := h.Entry.Obs
	if revealed {
		h.Masked = ""
	}
	return hitRow{
		Seq: h.Seq, Kind: o.Kind, Via: o.Via, Platform: o.Channel.Platform, Server: o.Channel.Server.Name, Channel: o.Channel.Name,
		ChannelID: o.Channel.ID, MessageID: o.ID, Author: o.Author.Shown(), AuthorID: o.Author.ID,
		Sent: o.Sent.In(zone), SentWritten: o.Sent.Written, Edited: o.Edited.In(zone), Observed: moment(o.Observed, zone), Stored: moment(h.Entry.Stored, zone),
		ReplyTo: o.ReplyTo, Event: o.Event, Text: o.Text, Masked: h.Masked, Highlights: h.Highlights, Attachments: o.Attachments, Embeds: o.Embeds,
		Superseded: h.Superseded, Deleted: h.Deleted, DeletedHow: deletedHow, Differs: h.Entry.Differs,
		HasPrivileged: h.Privileged, Privileged: o.Privileged, Acquisition: h.Entry.Acquisition,
	}
}

// notes are the marks of a version, for the table.
func (r hitRow) notes() string {
	var n []string
	if r.Kind == message.Edited {
		n = append(n, r.Kind.String())
	}
	for _, mark := range []struct {
		on   bool
		word string
	}{
		{r.Superseded, "superseded"}, {r.Deleted || r.Kind == message.Deleted, deletedMark(r.DeletedHow)},
		{r.HasPrivileged, "privileged"}, {r.Differs, "DIFFERS"},
	} {
		if mark.on {
			n = append(n, mark.word)
		}
	}
	return strings.Join(n, " ")
}

// shown is the text for a table or CSV cell.
func (r hitRow) shown() string {
	switch {
	case r.Masked != "":
		return "[masked: " + r.Masked + "]"
	case r.Privileged != "":
		return strings.TrimSpace(r.Text + "\n[privileged] " + r.Privileged)
	case r.Text == "" && r.HasPrivileged:
		return "[privileged]"
	case r.Text == "" && r.Event != "":
		return "[" + r.Event + "]"
	case r.Text == "" && len(r.Attachments) > 0:
		return "[file] " + r.Attachments[0].Name
	}
	return r.Text
}

func (r hitRow) place() string {
	if r.Server != "" {
		return r.Server + " #" + r.Channel
	}
	if r.Channel == "" {
		return r.ChannelID
	}
	return r.Channel
}

func (s *session) searchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "search QUERY...", Short: "Search every message ever observed, newest first", Args: args(cobra.MinimumNArgs(1)), Annotations: isServed,
		Long: `Search every version of every message, newest first.

  words            all must occur; "a phrase"; -not; one OR other; (parentheses)
  from: in: platform:               author, channel, platform
  before: after:                    dates (2026-06-12) or times, in the configured zone
  has:link has:file has:edit has:alert
  label: level: rule:               what the rules found

The text of messages labelled doxxing or credential_exposure is masked.
--reveal --reason TEXT shows it, and writes down who looked, when and why.

What counsel wrote in a mail is privileged: it is neither searched nor shown.
--privileged --reason TEXT shows it to the users named in mail.readers of the
configuration, and writes that down as well; is:privileged finds such mails.`,
	}
	output := outputFlag(cmd)
	limit := cmd.Flags().Int("limit", 50, "at most so many hits; 0: all")
	oldest := cmd.Flags().Bool("oldest", false, "oldest first")
	reveal := cmd.Flags().Bool("reveal", false, "show masked text; needs --reason and is written down")
	privileged := cmd.Flags().Bool("privileged", false, "show what is privileged, to its named readers; needs --reason and is written down")
	reason := cmd.Flags().String("reason", "", "why masked or privileged text must be seen")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return usagef("%v; a query that holds a word with a minus goes into quotes: stakeout search 'court -movie'", err)
	})
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		if err := notNegative(*limit); err != nil {
			return err
		}
		if *reveal && strings.TrimSpace(*reason) == "" {
			return usagef("--reveal needs --reason TEXT: it is written down with who looked and when")
		}
		if *privileged && strings.TrimSpace(*reason) == "" {
			return usagef("--privileged needs --reason TEXT: it is written down with who looked and when")
		}
		return s.withApp(cmd.Context(), "search", nil, func(ctx context.Context, a *app.App) error {
			return s.caughtUp(ctx, a, func() error {
				req := indexer.Request{Query: strings.Join(words, " "), Limit: *limit, Zone: a.Zone, Now: a.Now(), Reveal: *reveal, Privileged: *privileged, Oldest: *oldest}
				return s.search(ctx, a, req, *output, *reason)
			})
		})
	}
	return cmd
}

func (s *session) search(ctx context.Context, a *app.App, req indexer.Request, f format, reason string) error {
	if err := s.look(ctx, a, req.Reveal, req.Privileged, req.Query, reason); err != nil {
		return err
	}
	if err := s.export(ctx, a, f, req.Query); err != nil {
		return err
	}
	columns := []string{"seq", "sent", "platform", "place", "author", "notes", "text"}
	if f == "csv" {
		columns = append(columns, "channel_id", "message_id", "author_id", "acquisition")
	}
	p := newPrinter(s.Out, f, columns...)
	masked := 0
	print := func(h indexer.Hit) error {
		how := ""
		if h.Deleted || h.Entry.Obs.Kind == message.Deleted {
			var err error
			if how, err = deletion(ctx, a.Ledger, h.Entry.Obs); err != nil {
				return err
			}
		}
		r := newHitRow(h, how, a.Zone, req.Reveal)
		if r.Masked != "" {
			masked++
		}
		cells := []string{fmt.Sprint(r.Seq), r.Sent, r.Platform, r.place(), r.Author, r.notes(), r.shown()}
		if f == "csv" {
			cells = append(cells, r.ChannelID, r.MessageID, r.AuthorID, fmt.Sprint(r.Acquisition))
		}
		return p.row(r, cells...)
	}
	res, err := find(ctx, a.Index, req, print)
	if err != nil {
		return mend(err)
	}
	if err := p.close(); err != nil {
		return err
	}
	switch {
	case res.Partial:
		fmt.Fprintf(s.Err, "at least %d hits: not all texts were looked through for the phrase; add a word, or --limit 0\n", res.Total)
	case int64(p.rows) < res.Total:
		fmt.Fprintf(s.Err, "%d of %d hits; --limit 0 shows all\n", p.rows, res.Total)
	default:
		fmt.Fprintf(s.Err, "%d hits\n", res.Total)
	}
	if res.Behind > 0 {
		fmt.Fprintf(s.Err, "%d entries are not in the index yet\n", res.Behind)
	}
	if masked > 0 {
		fmt.Fprintf(s.Err, "the text of %d hits is masked; --reveal --reason TEXT shows it\n", masked)
	}
	return nil
}

// find streams all hits, or looks for as many as were asked for.
func find(ctx context.Context, x *indexer.Indexer, req indexer.Request, each func(indexer.Hit) error) (res indexer.Result, err error) {
	if req.Limit == 0 {
		res.Total, err = x.Each(ctx, req, each)
		return res, err
	}
	if res, err = x.Search(ctx, req); err != nil {
		return res, err
	}
	for _, h := range res.Hits {
		if err := each(h); err != nil {
			return res, err
		}
	}
	return res, nil
}

// mend adds to an error of the query how it could be written.
func mend(err error) error {
	var q *query.Error
	if !errors.As(err, &q) {
		return err
	}
	if q.Mend != "" {
		return usagef("%v; try: %s", err, q.Mend)
	}
	return usagef("%v", err)
}
