package alerts

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"stakeout/alerts/detect"
	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

// batchSize bounds how many entries are judged before their outcome is
// written: each write waits for a flush to disk, which an import of a million
// messages should not pay for every page.
const batchSize = 4096

// batch is what a run of entries gave and what is still to be written.
type batch struct {
	steps    []func(*store.Tx) error
	entries  int
	last     int64
	pressing bool // holds something that a person waits for
}

func (b *batch) add(step func(*store.Tx) error) { b.steps = append(b.steps, step) }

// Run judges the ledger from the cursor on, until ctx ends or the database
// fails. After an error nothing on disk is half done: the next Run begins at
// the cursor. The engine may then see some messages twice, which changes
// nothing: a finding is kept once.
func (a *Alerts) Run(ctx context.Context) error {
	if err := a.warm(ctx); err != nil {
		return fmt.Errorf("alerts: read back: %w", err)
	}
	var b batch
	for page, err := range a.ledger.Follow(ctx, a.Cursor()) {
		if err != nil {
			return fmt.Errorf("alerts: follow the ledger: %w", err)
		}
		for i := range page {
			if err := a.take(ctx, &b, &page[i]); err != nil {
				return fmt.Errorf("alerts: %w", err)
			}
		}
		b.entries += len(page)
		b.last = page[len(page)-1].Seq
		if !b.pressing && b.entries < batchSize && b.last < a.ledger.Size() {
			continue
		}
		if err := a.commit(ctx, &b); err != nil {
			return fmt.Errorf("alerts: write up to entry %d: %w", b.last, err)
		}
		b = batch{}
	}
	return nil
}

// commit writes findings, alerts, outbox and cursor at once.
func (a *Alerts) commit(ctx context.Context, b *batch) error {
	err := a.db.Write(ctx, store.Urgent, func(tx *store.Tx) error {
		for _, step := range b.steps {
			if err := step(tx); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`UPDATE alerts_cursor SET seq = ?`, b.last)
		return err
	})
	if err == nil {
		a.cursor.Store(b.last)
	}
	return err
}

// warm shows the engine the last entries before the cursor again, without
// heeding what it finds: it must know what a message continues.
func (a *Alerts) warm(ctx context.Context) error {
	cursor := a.Cursor()
	for after := max(0, cursor-int64(a.opt.Config.Context)); after < cursor; {
		page, err := a.ledger.Page(ctx, after, int(min(512, cursor-after)))
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return nil
		}
		for i := range page {
			if e := &page[i]; e.Seq <= cursor && judged(e) {
				_, _ = a.observe(e)
			}
		}
		after = page[len(page)-1].Seq
	}
	return nil
}

// judged reports that an entry has something to be judged: a sighting says
// nothing new, a deletion and a purged entry nothing at all.
func judged(e *ledger.Entry) bool {
	return e.Type == ledger.Observation && e.Obs != nil && e.Obs.Kind != message.Deleted
}

// take judges one entry and adds what is to be written to the batch.
func (a *Alerts) take(ctx context.Context, b *batch, e *ledger.Entry) error {
	switch {
	case e.Damaged:
		seq := e.Seq
		b.add(func(tx *store.Tx) error {
			return a.unjudged(tx, "ledger", "an entry is damaged and could not be judged; run stakeout verify", seq)
		})
	case e.Type == ledger.Acquired && e.Acq != nil:
		a.acquired(b, e)
	case judged(e):
		found, failure := a.observe(e)
		if failure != "" {
			seq := e.Seq
			b.add(func(tx *store.Tx) error {
				if _, err := tx.Exec(`INSERT INTO alerts_failed VALUES(?) ON CONFLICT DO NOTHING`, seq); err != nil {
					return err
				}
				return a.unjudged(tx, "detection", failure, seq)
			})
			b.pressing = true
			a.opt.Log.Error("detection failed", slog.Int64("entry", seq), slog.String("how", failure))
		}
		if len(found) == 0 {
			return nil
		}
		told := a.describe(e)
		for _, f := range found {
			b.add(func(tx *store.Tx) error { return a.record(tx, told, f) })
		}
		b.pressing = b.pressing || told.single
	case e.Type == ledger.Observation && e.Obs != nil:
		return a.deleted(ctx, b, e)
	}
	return nil
}

// observe asks the engine. A panic is contained, so that one message cannot
// stop the judging of the others: failure then tells of it, by the panic's type
// alone, since its value may hold what a message said. Rules that panic inside
// the engine cost their own finding only; failure names them.
func (a *Alerts) observe(e *ledger.Entry) (found []detect.Finding, failure string) {
	a.engine.Lock()
	defer a.engine.Unlock()
	defer func() {
		if p := recover(); p != nil {
			found, failure = nil, fmt.Sprintf("panicked (%T)", p)
		}
	}()
	found = a.judge.Observe(asMessage(e))
	if failed := a.judge.Failed(); len(failed) > 0 {
		failure = "rules panicked: " + strings.Join(failed, ", ")
	}
	return found, failure
}

// asMessage is an entry as the engine wants it.
func asMessage(e *ledger.Entry) detect.Message {
	o := e.Obs
	m := detect.Message{Seq: e.Seq, ID: o.ID, Platform: o.Channel.Platform, Channel: channelKey(o.Channel), Author: o.Author.Shown(), Sent: o.Sent.UTC, Text: words(o)}
	if m.Sent.IsZero() {
		m.Sent = o.Observed
	}
	if o.ReplyTo != nil && (o.ReplyTo.Channel == "" || o.ReplyTo.Channel == o.Channel.ID) {
		m.ReplyTo = o.ReplyTo.ID
	}
	return m
}

// words is everything in a message that a reader can read: an address may
// stand in a poll, a caption, a link or a file's name as well.
func words(o *message.Observation) string {
	parts := append([]string{o.Text}, o.Embeds...)
	parts = append(parts, o.Links...)
	for _, f := range o.Attachments {
		parts = append(parts, f.Name)
	}
	if len(parts) == 1 {
		return o.Text
	}
	return strings.TrimSpace(strings.Join(parts, "\n"))
}

// channelKey names a channel for grouping; message ids are unique within it.
func channelKey(c message.Channel) string {
	return c.Platform + "\x1f" + c.ID + "\x1f" + c.Account
}
