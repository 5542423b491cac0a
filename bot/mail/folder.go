package mail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"

	"stakeout/bot"
	"stakeout/ledger"
	"stakeout/message"
)

// folder is one folder under watch.
type folder struct {
	*Connector
	in      *bot.Intake
	name    string
	channel message.Channel
	mailbox *progress

	s   *session
	at  place
	how *bot.Acquisition
}

// place is how far a folder has been read: all mails up to UID, by the
// numbering that Validity names (RFC 3501, section 2.3.1.1), and all that came
// in up to Through.
type place struct {
	Validity uint32    `json:"uidvalidity"`
	UID      imap.UID  `json:"uid"`
	Through  time.Time `json:"through,omitzero"`
}

func (f *folder) key() string { return "folder/" + f.name }

const (
	// examineEvery is how often a folder is opened anew: some servers say
	// nothing when it is deleted and made again.
	examineEvery = 10 * time.Minute
	// lostFor is how long a folder that cannot be opened is left alone.
	lostFor = 5 * time.Minute
)

const limits = "deletions are not taken from a mailbox, since people tidy up; mails taken out before they could be read show at most as missing numbers"

// run watches the folder until ctx ends or the connection breaks.
func (f *folder) run(ctx context.Context) error {
	s, err := f.dial(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	f.s = s
	way := "asked every " + f.beat.String()
	if s.idles {
		way = "IDLE"
	}
	f.how, err = f.in.Acquire(ctx, bot.Method{Account: f.account(), How: "IMAP, EXAMINE and BODY.PEEK, as mails come in (" + way + ")"})
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		err := f.open(ctx)
		var no *saidNo
		if errors.As(err, &no) {
			if err := f.lost(ctx, errors.Is(err, errShut)); err != nil {
				return err
			}
			continue
		}
		if err == nil {
			err = f.watch(ctx)
		}
		if err != nil {
			return f.named(err)
		}
	}
	return ctx.Err()
}

// named says in which folder it was; faults are told as they are.
func (f *folder) named(err error) error {
	var fault *bot.Fault
	if errors.As(err, &fault) {
		return err
	}
	return fmt.Errorf("folder %q: %w", f.name, err)
}

// errShut marks the refusal to open a folder at all.
var errShut = errors.New("open")

// lost waits until a folder that cannot be opened, or whose mails are not
// given, is tried again.
func (f *folder) lost(ctx context.Context, shut bool) error {
	reason, mend := "the mail server refuses to give the folder's mails", "it is tried again by itself; if it stays so, ask the mail server's administrator"
	if shut {
		reason, mend = "the folder cannot be opened", "name it in folders: as stakeout channels lists it, and let the user read it"
	}
	f.in.ChannelState(ctx, f.channel, false, reason, mend)
	f.mailbox.lose(f.name)
	stop := ledger.Coverage{Channel: f.channel, Change: ledger.Stopped, To: f.at.Through, Reason: reason}
	if _, err := f.how.Hand(ctx, bot.Batch{Coverage: []ledger.Coverage{stop}}); err != nil {
		return err
	}
	return sleep(ctx, lostFor)
}

// sleep waits, and returns an error only when ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// open opens the folder and fetches what came since the last time.
func (f *folder) open(ctx context.Context) error {
	began := f.in.Now()
	var box *imap.SelectData
	err := f.s.do(ctx, f.s.answer, func() (err error) {
		box, err = f.s.client.Select(f.name, &imap.SelectOptions{ReadOnly: true}).Wait()
		return err
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errShut, err)
	}
	b, err := f.in.Checkpoint(ctx, f.key())
	if err != nil {
		return err
	}
	f.at = place{}
	if b != nil {
		if err := json.Unmarshal(b, &f.at); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	again := ""
	switch {
	case f.at.Validity != 0 && f.at.Validity != box.UIDValidity:
		again = "the server numbers its mails anew"
	case box.UIDNext != 0 && f.at.UID >= box.UIDNext:
		again = "the server gives out numbers anew that it had given before"
	}
	first := f.at.Validity == 0
	if again != "" || first {
		f.at = place{Validity: box.UIDValidity, Through: f.at.Through}
	}
	if err := f.catchUp(ctx, began, first, again, box.UIDNext); err != nil {
		return err
	}
	f.in.ChannelState(ctx, f.channel, true, "", "")
	f.in.State(bot.Live, "", time.Time{})
	return nil
}

// catchUp fetches what came in while nobody watched.
func (f *folder) catchUp(ctx context.Context, began time.Time, first bool, again string, next imap.UID) error {
	mails, err := f.list(ctx, next)
	if err != nil {
		return err
	}
	how, via := f.how, message.Live
	watched := f.watched()
	if again != "" || !watched && (len(mails) > 0 || first) {
		f.in.State(bot.CatchingUp, "", time.Time{})
		words := "IMAP, EXAMINE and BODY.PEEK, what came in while not connected"
		if again != "" {
			words = "IMAP, EXAMINE and BODY.PEEK, the whole folder once more: " + again
		}
		how, err = f.in.Acquire(ctx, bot.Method{Account: f.account(), How: words, History: first})
		if err != nil {
			return err
		}
		via = message.Backfill
	}
	since, err := f.in.Through(ctx)
	if err != nil {
		return err
	}
	if f.at.Through.Before(since) {
		since = f.at.Through // zero at first
	}
	t := taking{folder: f, how: how, via: via, since: since, counting: !first && again == ""}
	if err := t.all(ctx, mails); err != nil {
		return err
	}
	f.at.Through = began
	var end bot.Batch
	if next > f.at.UID+1 { // the last numbers given out are not there any more
		end = t.missing(f.at.UID+1, next-1, 0, nil)
		f.at.UID = next - 1
	}
	if !watched {
		end.Coverage = append(end.Coverage,
			ledger.Coverage{Channel: f.channel, Change: ledger.Fetched, From: since, To: began, ToID: f.at.id(f.at.UID), Limits: limits},
			ledger.Coverage{Channel: f.channel, Change: ledger.Watching, From: began, Limits: limits})
	}
	end.Checkpoints = append(end.Checkpoints, f.checkpoint())
	end.Through = f.mailbox.known(f.name, began)
	if _, err := how.Hand(ctx, end); err != nil {
		return err
	}
	if how != f.how {
		return how.Close(ctx, "")
	}
	return nil
}

// watched reports that the folder is being watched already: then it was only
// opened anew.
func (f *folder) watched() bool {
	for _, c := range f.in.Open() {
		if c.ID == f.channel.ID {
			return true
		}
	}
	return false
}

// id names a mail of the folder by its number.
func (p place) id(uid imap.UID) string { return fmt.Sprintf("%d/%d", p.Validity, uid) }

func (f *folder) checkpoint() bot.Checkpoint {
	b, _ := json.Marshal(f.at) // two numbers
	return bot.Checkpoint{Name: f.key(), Value: b}
}

// watch takes mails as they come in, for examineEvery. Each round begins with
// the question what is new, so that neither a lost notice nor a dead connection
// goes unnoticed for longer than a beat.
func (f *folder) watch(ctx context.Context) error {
	for until := time.Now().Add(examineEvery); time.Now().Before(until); {
		asked := f.in.Now()
		mails, err := f.list(ctx, 0)
		if err != nil {
			return err
		}
		t := taking{folder: f, how: f.how, via: message.Live, since: f.at.Through, counting: true, asked: asked}
		if err := t.all(ctx, mails); err != nil {
			return err
		}
		if err := f.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// wait returns when there may be news, and after a beat in any case.
func (f *folder) wait(ctx context.Context) error {
	s := f.s
	timer := time.NewTimer(f.beat)
	defer timer.Stop()
	pause := func() {
		select {
		case <-s.news:
		case <-timer.C:
		case <-s.client.Closed():
		case <-ctx.Done():
		}
	}
	if !s.idles {
		pause()
		return ctx.Err()
	}
	return s.do(ctx, f.beat+s.answer, func() error {
		idle, err := s.client.Idle()
		if err != nil {
			return err
		}
		pause()
		return errors.Join(idle.Close(), idle.Wait())
	})
}
