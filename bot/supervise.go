package bot

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// Pauses before a connector is started again.
const (
	firstPause   = time.Second
	longestPause = 5 * time.Minute
	faultPause   = 10 * time.Minute // somebody has to mend it; then it goes on by itself
	ranWell      = 5 * time.Minute  // a run as long as this starts the pauses anew
	longFailing  = 15 * time.Minute // so long nobody is woken for what goes away by itself
)

// errEnded ends a run whose terms ran out.
var errEnded = errors.New("the last day of collection is over")

// Supervise runs a connector until ctx ends: again after every error, with
// exponential backoff and jitter, not at all after the end of its terms. It
// returns nil; a failure is state, log and alarm.
func Supervise(ctx context.Context, c Connector, in *Intake) error {
	if through, err := in.Through(ctx); err == nil { // of an earlier process; its first batch moves it on
		in.health.change(func(h *Health) { h.Through = through })
	}
	// A source that cannot even be reached is silent as well, so the listening
	// outlives its runs.
	var listening sync.WaitGroup
	listening.Go(func() { in.listen(ctx) })
	if end := in.Health().Ends; !end.IsZero() {
		listening.Go(func() { in.warnings(ctx, end) })
	}
	defer listening.Wait()
	pause, ill := firstPause, time.Time{}
	for {
		end := in.Health().Ends
		if !end.IsZero() && !in.Now().Before(end) {
			in.state(Ended, errEnded.Error(), "a later day in until: of its section of the configuration", time.Time{})
			in.Alarm(ctx, "collection ended", "the last day that its terms allow is over; nothing is collected any more", "set until: to a later day, if its authority allows that, and restart")
			<-ctx.Done()
			return nil
		}
		began := in.Now()
		err := once(ctx, c, in, end)
		var fault *Fault
		switch {
		case ctx.Err() != nil:
			in.stopped(ctx, "the service was stopped")
			in.State(Off, "the service is stopping", time.Time{})
			return nil
		case errors.Is(err, errEnded):
			in.stopped(ctx, errEnded.Error())
			continue
		case err == nil:
			err = errors.New("ended for no reason")
		}
		in.stopped(ctx, "the connection failed")
		if in.Now().Sub(began) > ranWell {
			pause, ill = firstPause, time.Time{}
		}
		ill = in.failing(ctx, ill)
		wait := pause/2 + rand.N(pause)
		pause = min(2*pause, longestPause)
		if errors.As(err, &fault) {
			wait = faultPause/2 + rand.N(faultPause)
			in.state(Broken, fault.What, fault.Mend, in.Now().Add(wait))
			in.Alarm(ctx, "needs mending", fault.What, fault.Mend)
		} else {
			in.state(Failing, err.Error(), "", in.Now().Add(wait))
			in.log.Warn("failed and will be started again", "in", wait.Round(time.Millisecond), "err", err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			in.State(Off, "the service is stopping", time.Time{})
			return nil
		}
		in.Reconnected()
	}
}

// failing tells of a source that nothing but failed since a time, zero for the
// first failure after it ran well, once it has for a while; it gives the time
// for the next failure.
func (in *Intake) failing(ctx context.Context, since time.Time) time.Time {
	if since.IsZero() {
		return in.Now()
	}
	if in.Now().Sub(since) >= longFailing {
		in.Alarm(ctx, "keeps failing", "it was started again and again for more than a quarter of an hour, and failed each time",
			"look at stakeout status, which says why, and at stakeout doctor")
	}
	return since
}

// once is one run, ended at the end of the terms, its panics contained.
func once(ctx context.Context, c Connector, in *Intake, end time.Time) (err error) {
	outside := ctx // lasts on when the run's own has ended
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if !end.IsZero() {
		timer := time.AfterFunc(end.Sub(in.Now()), func() { cancel(errEnded) })
		defer timer.Stop()
	}
	defer func() {
		if errors.Is(context.Cause(ctx), errEnded) {
			err = errEnded
		}
	}()
	in.State(Starting, "", time.Time{})
	if err := in.afterCrash(ctx); err != nil {
		return fmt.Errorf("end what an earlier run left open: %w", err)
	}
	return in.Contain(outside, func() error { return c.Run(ctx, in) })()
}

// warnDays are how many days before the end of the terms a warning goes out.
var warnDays = []int{14, 7, 1}

// warnings tells that the end comes near, each time once.
func (in *Intake) warnings(ctx context.Context, end time.Time) {
	for i, days := range warnDays {
		next := end
		if i+1 < len(warnDays) {
			next = end.AddDate(0, 0, -warnDays[i+1])
		}
		if !in.Now().Before(next) {
			continue // the next warning is due already
		}
		select {
		case <-time.After(end.AddDate(0, 0, -days).Sub(in.Now())): // at once when it is past
		case <-ctx.Done():
			return
		}
		in.Alarm(ctx, "collection ends soon",
			fmt.Sprintf("collection stops after %s, the last day that its terms allow", end.AddDate(0, 0, -1).Format(time.DateOnly)),
			"have its authority renewed and set until: to a later day")
	}
}
