package mail

import (
	"context"
	"errors"
	"slices"

	"github.com/emersion/go-imap/v2"

	"stakeout/bot"
)

// nearby is how far around a refused mail others are looked for.
const nearby = 50

// refusal reports that the server said no to what was asked, and will again: of
// the codes that pass by themselves, a mistake of the server does not where one
// mail is the cause.
func refusal(err error) bool {
	var no *saidNo
	return errors.As(err, &no) && no.kind == string(imap.StatusResponseTypeNo) &&
		(no.code == string(imap.ResponseCodeServerBug) || !slices.Contains(passing, no.code))
}

// errNoneGiven tells of a server that gives no mail at all, which is no reason
// to go on without them.
var errNoneGiven = &saidNo{kind: string(imap.StatusResponseTypeNo)}

// singled makes sure that mails which were refused are alone in that: others
// around them are given, or, where there are none, the server still tells the
// size of the mail. Else nothing may be passed over.
func (t taking) singled(ctx context.Context, mails []listed, x fetched) error {
	if len(x.refused) == 0 || len(x.got) > 0 {
		return nil
	}
	var around imap.UIDSet
	if t.at.UID > 0 {
		around.AddRange(imap.UID(max(1, int64(t.at.UID)-nearby)), t.at.UID)
	}
	if to := int64(mails[len(mails)-1].uid); to+nearby < 1<<32 {
		around.AddRange(imap.UID(to+1), imap.UID(to+nearby))
	}
	got, err := t.bodies(ctx, around, &imap.SectionPartial{Size: 1})
	switch {
	case len(got) > 0 && (err == nil || refusal(err)):
		return nil
	case err != nil:
		return err
	case len(x.refused) > 1:
		return errNoneGiven
	}
	there, err := t.sizes(ctx, x.refused[0], x.refused[0], t.s.answer)
	if err == nil && len(there) == 0 {
		return errNoneGiven
	}
	return err
}

// refuse goes on past a mail that the server does not give.
func (t taking) refuse(ctx context.Context, b *bot.Batch, uid imap.UID) {
	b.Rejected = append(b.Rejected, bot.Rejected{Place: t.spot(uid), Reason: "the mail server refuses to give this mail, and gives others"})
	b.Coverage = append(b.Coverage, t.lacks(uid, uid, 1, "the mail server refuses to give this mail"))
	t.in.Alarm(ctx, "mail refused", "the mail server does not give one of the mails; stakeout status quarantine names it", "save the mail from the mailbox by hand and import it; tell the mail server's administrator")
}
