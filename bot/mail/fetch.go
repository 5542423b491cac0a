package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"stakeout/bot"
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
		x, err := t.fetch(ctx, mails)
		if err != nil {
			return err
		}
		b = t.missing(t.at.UID+1, to, len(mails), x.gone)
		for _, m := range x.got {
			t.read(ctx, &b, m)
		}
		for _, uid := range x.refused {
			t.refuse(ctx, &b, uid)
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

// missing is a batch that tells of numbers from..to of which only have were
// listed, and some of those are gone since. Where numbers that are not there
// say nothing, as in a folder that is seen for the first time, the latter are
// missing all the same.
func (t taking) missing(from, to imap.UID, have int, gone []imap.UID) bot.Batch {
	n := int64(to) - int64(from) + 1 - int64(have)
	reason := "these numbers are not in the folder: the mails were moved or deleted before they could be read, or never delivered"
	if !t.counting {
		n, reason = 0, "the mails were moved or deleted between being listed and being read"
		if len(gone) > 0 {
			from, to = gone[0], gone[len(gone)-1]
		}
	}
	if n += int64(len(gone)); n <= 0 {
		return bot.Batch{}
	}
	return bot.Batch{Coverage: []ledger.Coverage{t.lacks(from, to, n, reason)}}
}

// lacks says that so many of the mails from..to are missing.
func (t taking) lacks(from, to imap.UID, n int64, reason string) ledger.Coverage {
	return ledger.Coverage{
		Channel: t.channel, Change: ledger.Missing, From: t.since, To: t.in.Now(),
		FromID: t.at.id(from), ToID: t.at.id(to), Count: n, Reason: reason,
	}
}

// received is a mail as the server gave it; cut when only its beginning was
// asked for.
type received struct {
	uid  imap.UID
	raw  []byte
	size int64
	cut  bool
}

// fetched is what became of listed mails, each in order of their numbers.
type fetched struct {
	got     []received
	gone    []imap.UID // listed a moment ago, and taken out since
	refused []imap.UID // there, but the server does not give them
}

// fetch gets the bytes of mails. One that did not come is asked for again,
// since a change of flags in between can take the place of an answer; after a
// refusal one by one, to know which mail it is about.
func (t taking) fetch(ctx context.Context, mails []listed) (x fetched, err error) {
	var part *imap.SectionPartial
	if mails[0].size > t.most {
		part = &imap.SectionPartial{Size: maxHead}
	}
	left, atOnce := slices.Clone(mails), len(mails)
	for try := 0; try < 3 && len(left) > 0; try++ {
		if len(x.refused) > 0 { // it may pass by itself
			if err := sleep(ctx, t.again); err != nil {
				return x, err
			}
			x.refused = nil
		}
		var came []received
		for some := range slices.Chunk(left, atOnce) {
			var set imap.UIDSet
			for _, m := range some {
				set.AddNum(m.uid)
			}
			got, err := t.bodies(ctx, set, part)
			came = append(came, got...)
			switch {
			case err == nil:
			case !refusal(err):
				return x, err
			case len(some) == 1 && len(got) == 0:
				x.refused = append(x.refused, some[0].uid)
			}
			if err != nil {
				atOnce = 1
			}
		}
		for _, r := range came {
			if i := slices.IndexFunc(left, func(l listed) bool { return l.uid == r.uid }); i >= 0 {
				r.size, r.cut = max(left[i].size, r.size), r.cut || part != nil
				x.got, left = append(x.got, r), slices.Delete(left, i, i+1)
			}
		}
	}
	for _, m := range left {
		if !slices.Contains(x.refused, m.uid) {
			x.gone = append(x.gone, m.uid)
		}
	}
	slices.SortFunc(x.got, func(a, b received) int { return int(int64(a.uid) - int64(b.uid)) })
	return x, t.singled(ctx, mails, x)
}

// bodies asks for the bytes of mails, or for a part of them. What came before
// an error is given with it.
func (t taking) bodies(ctx context.Context, set imap.UIDSet, part *imap.SectionPartial) (got []received, err error) {
	err = t.s.do(ctx, fetchTime, func() error {
		whole := &imap.FetchItemBodySection{Peek: true, Partial: part}
		cmd := t.s.client.Fetch(set, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{whole}})
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			r, ok, err := receive(m, t.most)
			if err != nil {
				return errors.Join(err, cmd.Close())
			}
			if ok {
				got = append(got, r)
			}
		}
		return cmd.Close()
	})
	return got, err
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
		b.Rejected = append(b.Rejected, bot.Rejected{Place: t.spot(m.uid), Reason: reason, Bytes: m.raw})
	}
	// It would panic again at every start, and no mail behind it be read.
	defer func() {
		if v := recover(); v != nil { // the value may hold what the mail says
			t.log.Error("panicked while reading a mail", "mail", t.at.id(m.uid), "type", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			t.in.Alarm(ctx, "mail not read", "a mistake in the program kept a mail from being read; its bytes are in quarantine", "send the log's stack to the makers")
			reject(fmt.Sprintf("panicked (%T)", v))
		}
	}()
	if m.cut {
		reject(fmt.Sprintf("the mail has %d bytes and at most %d are read; its beginning is kept", m.size, t.most))
		t.in.Alarm(ctx, "mail too large", "a mail is larger than is read; its beginning stands in quarantine", "save the mail from the mailbox by hand; stakeout status quarantine names it")
		return
	}
	obs, err := t.parse(m.raw, t.options(t.name))
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

// spot names a mail in quarantine.
func (t taking) spot(uid imap.UID) string {
	return fmt.Sprintf("folder %s, mail %s", t.name, t.at.id(uid))
}
