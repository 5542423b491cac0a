package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"stakeout/app"
	"stakeout/ledger"
)

// printCompared says, after an import, what it and the rest of the ledger
// lacked of each channel that both know.
func (s *session) printCompared(ctx context.Context, a *app.App, name string, acquisition int64) error {
	compared, err := a.Ledger.Compare(ctx, acquisition)
	if err != nil {
		return err
	}
	chats, mails := partMails(compared)
	for _, c := range chats {
		place := strings.TrimSpace(a.Alerts.MaskName(c.Channel.Server.Name) + " " + placeOf(a, c.Channel))
		writeCompared(s.Err, name, place, c, a.Zone)
	}
	if mails != nil {
		writeCompared(s.Err, name, "threads", *mails, a.Zone)
	}
	return nil
}

// partMails takes the threads of mails out, of which a mailbox has thousands,
// and makes one of them all; nil for none.
func partMails(compared []ledger.Comparison) (chats []ledger.Comparison, mails *ledger.Comparison) {
	for _, c := range compared {
		switch {
		case !c.Channel.IsMail():
			chats = append(chats, c)
		case mails == nil:
			mails = &c
		default:
			mails.From, mails.To = earlier(mails.From, c.From), later(mails.To, c.To)
			mails.Both += c.Both
			mails.OnlyImport, mails.Earlier, mails.Later = mails.OnlyImport+c.OnlyImport, mails.Earlier+c.Earlier, mails.Later+c.Later
			mails.OnlyOthers, mails.Deleted = mails.OnlyOthers+c.OnlyOthers, mails.Deleted+c.Deleted
		}
	}
	return chats, mails
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// writeCompared writes one channel's comparison.
func writeCompared(w io.Writer, name, place string, c ledger.Comparison, zone *time.Location) {
	fmt.Fprintf(w, "%s: %s %s was known already; from %s to %s:\n", name, oneLine(c.Channel.Platform), oneLine(place), clock(c.From.In(zone)), clock(c.To.In(zone)))
	fmt.Fprintf(w, "  both have %s\n", count(c.Both, "message", "messages"))
	if c.OnlyImport > 0 {
		fmt.Fprintf(w, "  only the import had %d: not seen otherwise%s\n", c.OnlyImport, where(c))
	} else {
		fmt.Fprintln(w, "  the import had nothing that was not known")
	}
	switch {
	case c.OnlyOthers == 0:
		fmt.Fprintln(w, "  the ledger had nothing that the import lacks")
	case c.Deleted > 0:
		fmt.Fprintf(w, "  only the ledger had %d: deleted before the export was made (%d are known to be), or left out of it\n", c.OnlyOthers, c.Deleted)
	default:
		fmt.Fprintf(w, "  only the ledger had %d: deleted before the export was made, or left out of it\n", c.OnlyOthers)
	}
}

// where says where in the channel the messages stand that only the import had.
func where(c ledger.Comparison) string {
	var parts []string
	for _, p := range []struct {
		n    int64
		what string
	}{
		{c.Earlier, "before the first one known (before the channel was watched)"},
		{c.OnlyImport - c.Earlier - c.Later, "between known ones (an outage, or a sender whom a bot is not told of)"},
		{c.Later, "after the last one known"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return "; " + strings.Join(parts, ", ")
}
