package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"stakeout/bot"
	"stakeout/bot/mail/letter"
	"stakeout/ledger"
	"stakeout/message"
)

const (
	// What one question asks for, and one transaction takes.
	batchMails = 100
	batchBytes = 8 << 20
	// maxHead is how much is kept of a mail that is too large.
	maxHead = 64 << 10
	// fetchTime is how long a batch may take on a slow line.
	fetchTime = 10 * time.Minute
)

// listed is a mail that lies in a folder.
type listed struct {
	uid  imap.UID
	size int64
}

// list lists the mails behind the folder's place, in order.
func (f *folder) list(ctx context.Context) ([]listed, error) {
	var out []listed
	err := f.s.do(ctx, f.s.answer, func() error {
		var set imap.UIDSet
		set.AddRange(f.at.UID+1, 0) // to the end; the last mail comes in any case
		cmd := f.s.client.Fetch(set, &imap.FetchOptions{UID: true, RFC822Size: true})
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			b, err := m.Collect()
			if err != nil {
				return errors.Join(err, cmd.Close())
			}
			if b.UID > f.at.UID {
				out = append(out, listed{b.UID, b.RFC822Size})
			}
		}
		return cmd.Close()
	})
	slices.SortFunc(out, func(a, b listed) int { return int(int64(a.uid) - int64(b.uid)) })
	return slices.CompactFunc(out, func(a, b listed) bool { return a.uid == b.uid }), err
}

// taking is the way of listed mails into the ledger.
type taking struct {
	*folder
	how      *bot.Acquisition
	via      message.Via
	since    time.Time // up to when the folder was known
	counting bool      // numbers that are not there are missing mails
	asked    time.Time // when the list was asked for, if with it all is known up to then
}

// all fetches the mails and hands them over, batch by batch. What is asked for
// at once is bounded by number and by size; a mail that is too large comes
// alone.
func (t taking) all(ctx context.Context, mails []listed) error {
	for first := true; first || len(mails) > 0; first = false {
		n, size := 0, int64(0)
		bound := min(batchBytes, t.most)
		for n < len(mails) && n < batchMails && (n == 0 || size+mails[n].size <= bound) {
			size += mails[n].size
			n++
		}
		last := n == len(mails)
		if n == 0 && t.asked.IsZero() {
			return nil
		}
		if err := t.batch(ctx, mails[:n], last); err != nil {
			return err
		}
		mails = mails[n:]
	}
	return nil
}

func (t taking) batch(ctx context.Context, mails []listed, last bool) error {
	var b bot.Batch
	if len(mails) > 0 {
		to := mails[len(mails)-1].uid
		// Gone: listed a moment ago, and taken out since.
		got, gone, err := t.fetch(ctx, mails)
		if err != nil {
			return err
		}
		b = t.missing(t.at.UID+1, to, len(mails)-gone)
		for _, m := range got {
			t.read(ctx, &b, m)
		}
		t.at.UID = to
	}
	if last && !t.asked.IsZero() {
		t.at.Through = t.asked
		b.Through = t.mailbox.known(t.name, t.asked)
	}
	b.Bulk = t.via != message.Live
	b.Checkpoints = []bot.Checkpoint{t.checkpoint()}
	_, err := t.how.Hand(ctx, b)
	return err
}

// missing is a batch that tells of numbers from..to of which only have are
// there.
func (t taking) missing(from, to imap.UID, have int) bot.Batch {
	n := int64(to) - int64(from) + 1 - int64(have)
	if !t.counting || n <= 0 {
		return bot.Batch{}
	}
	return bot.Batch{Coverage: []ledger.Coverage{{
		Channel: t.channel, Change: ledger.Missing, From: t.since, To: t.in.Now(), FromID: t.at.id(from), ToID: t.at.id(to), Count: n,
		Reason: "these numbers are not in the folder: the mails were moved or deleted before they could be read, or never delivered",
	}}}
}

// received is a mail as the server gave it; cut when only its beginning was
// asked for.
type received struct {
	uid  imap.UID
	raw  []byte
	size int64
	cut  bool
}

// fetch gets the bytes of mails. One that did not come is asked for once more,
// since a change of flags in between can take the place of an answer.
func (t taking) fetch(ctx context.Context, mails []listed) (got []received, gone int, err error) {
	whole := &imap.FetchItemBodySection{Peek: true}
	if mails[0].size > t.most {
		whole.Partial = &imap.SectionPartial{Size: maxHead}
	}
	left := slices.Clone(mails)
	for try := 0; try < 3 && len(left) > 0; try++ {
		var set imap.UIDSet
		for _, m := range left {
			set.AddNum(m.uid)
		}
		err := t.s.do(ctx, fetchTime, func() error {
			cmd := t.s.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{whole}})
			for m := cmd.Next(); m != nil; m = cmd.Next() {
				r, ok, err := receive(m, t.most)
				if err != nil {
					return errors.Join(err, cmd.Close())
				}
				if i := slices.IndexFunc(left, func(l listed) bool { return l.uid == r.uid }); ok && i >= 0 {
					r.size, r.cut = max(left[i].size, r.size), r.cut || whole.Partial != nil
					got, left = append(got, r), slices.Delete(left, i, i+1)
				}
			}
			return cmd.Close()
		})
		if err != nil {
			return nil, 0, err
		}
	}
	slices.SortFunc(got, func(a, b received) int { return int(int64(a.uid) - int64(b.uid)) })
	return got, len(left), nil
}

// receive reads one answer; ok tells that it holds a mail.
func receive(m *imapclient.FetchMessageData, most int64) (r received, ok bool, err error) {
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			r.uid = item.UID
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil {
				continue
			}
			r.size, ok = item.Literal.Size(), true
			want := r.size
			if r.cut = want > most; r.cut { // the server had told of a smaller one
				want = maxHead
			}
			var b bytes.Buffer
			b.Grow(int(want))
			if _, err := io.Copy(&b, io.LimitReader(item.Literal, want)); err != nil {
				return r, false, err
			}
			r.raw = b.Bytes()
		}
	}
	return r, ok && r.uid != 0, nil
}

// read makes of one mail what is handed over.
func (t taking) read(ctx context.Context, b *bot.Batch, m received) {
	reject := func(reason string) {
		b.Rejected = append(b.Rejected, bot.Rejected{Place: fmt.Sprintf("folder %s, mail %s", t.name, t.at.id(m.uid)), Reason: reason, Bytes: m.raw})
	}
	if m.cut {
		reject(fmt.Sprintf("the mail has %d bytes and at most %d are read; its beginning is kept", m.size, t.most))
		t.in.Alarm(ctx, "mail too large", "a mail is larger than is read; its beginning stands in quarantine", "save the mail from the mailbox by hand; stakeout status quarantine names it")
		return
	}
	obs, err := letter.Read(m.raw, t.options(t.name))
	if err != nil {
		reject(err.Error())
		return
	}
	now := t.in.Now()
	for _, o := range obs {
		o.Via, o.Observed = t.via, now
	}
	b.Observations = append(b.Observations, obs...)
}
