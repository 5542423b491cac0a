package export

import (
	"context"
	"errors"
	"strings"
	"time"
)

// batch is what one transaction writes.
type batch struct {
	records []Record
	bytes   int
	done    int64 // bytes of the file read so far
	format  string
}

// fillBatches reads everything and sends it in batches, leaving out the first
// skip records, which an earlier import has written. When reading fails, what
// was read before is sent all the same.
func fillBatches(ctx context.Context, r *reader, skip int64, to chan<- batch) error {
	var b batch
	send := func() error {
		b.done, b.format = r.raw.read.Load(), strings.Join(r.formats, "+")
		select {
		case to <- b:
			b = batch{}
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	r.emit = func(rec Record) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if rec.Number <= skip {
			return nil
		}
		b.records = append(b.records, rec)
		if b.bytes += len(rec.Raw); len(b.records) < batchRecords && b.bytes < batchBytes {
			return nil
		}
		return send()
	}
	err := r.run(ctx)
	if len(b.records) > 0 && ctx.Err() == nil {
		err = errors.Join(err, send())
	}
	return err
}

// lagPoll is how often a pausing import looks whether it may go on: followers
// work in steps of many milliseconds.
const lagPoll = 50 * time.Millisecond

// giveWay waits while the lag is above the bound, and tells when it begins and
// ends to wait.
func giveWay(ctx context.Context, lag func() int64, bound int64, tell func(paused bool, behind int64)) error {
	if lag == nil {
		return nil
	}
	behind := lag()
	if behind <= bound {
		return nil
	}
	tell(true, behind)
	tick := time.NewTicker(lagPoll)
	defer tick.Stop()
	for ; behind > bound; behind = lag() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	tell(false, behind)
	return nil
}
