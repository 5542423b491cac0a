package bot

import (
	"context"
	"fmt"
	"time"
)

// A source's rhythm is how many live messages came in each five minutes of the
// last eight days.
const (
	bucket     = 5 * time.Minute
	rhythmDays = 7
	buckets    = int((rhythmDays + 1) * 24 * time.Hour / bucket)
)

// A silence is unusual when it has lasted for a while, and the same stretch of
// the day brought some messages on every one of the last seven days. Quiet
// nights and Sundays are quiet then, too; and a source known for less than
// three days has no rhythm yet.
const (
	leastSilence  = 15 * time.Minute
	leastDays     = 3
	leastMessages = 5
)

// rhythm counts by bucket, the bucket of a time being its number since 1970.
type rhythm struct {
	count [buckets]int
	at    [buckets]int64 // which bucket the place holds
	first time.Time      // when the source began to be heard, zero: never
	last  time.Time
}

func (r *rhythm) add(t time.Time, n int) {
	b := t.Unix() / int64(bucket/time.Second)
	i := int(b % int64(buckets))
	if r.at[i] != b {
		r.at[i], r.count[i] = b, 0
	}
	r.count[i] += n
	if r.first.IsZero() || t.Before(r.first) {
		r.first = t
	}
	if t.After(r.last) {
		r.last = t
	}
}

// between counts what came in the whole buckets from one time to another.
func (r *rhythm) between(from, to time.Time) (n int) {
	last := to.Unix() / int64(bucket/time.Second)
	for b := from.Unix()/int64(bucket/time.Second) + 1; b < last; b++ {
		if i := int(b % int64(buckets)); r.at[i] == b {
			n += r.count[i]
		}
	}
	return n
}

// silent reports that nothing came since for longer than is usual at this time
// of the day.
func (r *rhythm) silent(since, now time.Time) bool {
	if now.Sub(since) < leastSilence || r.first.IsZero() {
		return false
	}
	days := 0
	for d := 1; d <= rhythmDays; d++ {
		from, to := since.AddDate(0, 0, -d), now.AddDate(0, 0, -d)
		if from.Before(r.first) {
			break
		}
		if r.between(from, to) < leastMessages {
			return false
		}
		days++
	}
	return days >= leastDays
}

// listenEvery is how often a source's silence is looked at.
const listenEvery = time.Minute

// listen watches for an unusual silence until ctx ends.
func (in *Intake) listen(ctx context.Context) {
	began := in.Now()
	recalled := false
	tick := time.NewTicker(listenEvery)
	defer tick.Stop()
	for {
		if !recalled {
			err := in.recall(ctx)
			if recalled = err == nil; !recalled && ctx.Err() == nil {
				in.log.Error("the usual rhythm could not be read and will be tried again", "err", err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now, news := in.Now(), false
		in.health.change(func(h *Health) {
			since := in.rhythm.last
			if since.Before(began) {
				since = began // what came before a restart came to somebody else
			}
			silent := h.State != Ended && in.rhythm.silent(since, now)
			news, h.Silent = silent && !h.Silent, silent
		})
		if news {
			in.Alarm(ctx, "silent", fmt.Sprintf("no message for longer than on any of the last %d days at this hour", rhythmDays),
				"look whether the channels went quiet or moved, and whether stakeout doctor finds a fault")
		}
	}
}

// recall reads the rhythm of the last days from the ledger.
func (in *Intake) recall(ctx context.Context) error {
	counts, err := in.deps.Ledger.LiveCounts(ctx, in.source, in.Now().AddDate(0, 0, -rhythmDays-1), bucket)
	if err != nil {
		return err
	}
	in.health.change(func(*Health) {
		for _, c := range counts {
			in.rhythm.add(c.From, int(c.Messages))
		}
	})
	return nil
}
