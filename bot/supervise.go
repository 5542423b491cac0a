package bot

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

// Pauses before a connector is started again.
const (
	firstPause   = time.Second
	longestPause = 5 * time.Minute
	faultPause   = 10 * time.Minute // somebody has to mend it; then it goes on by itself
	ranWell      = 5 * time.Minute  // a run as long as this starts the pauses anew
)

// errEnded ends a run whose terms ran out.
var errEnded = errors.New("the last day of collection is over")

// Supervise runs a connector until ctx ends: again after every error, with
// exponential backoff and jitter, not at all after the end of its terms. It
// returns nil; a failure is state, log and alarm.
func Supervise(ctx context.Context, c Connector, in *Intake) error {
	pause := firstPause
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
			pause = firstPause
		}
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

// once is one run, ended at the end of the terms, its panics contained.
func once(ctx context.Context, c Connector, in *Intake, end time.Time) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if !end.IsZero() {
		warned := in.warnings(ctx, end)
		defer func() { cancel(nil); <-warned }()
		timer := time.AfterFunc(end.Sub(in.Now()), func() { cancel(errEnded) })
		defer timer.Stop()
	}
	defer func() {
		// The value of a panic may hold what a message said.
		if p := recover(); p != nil {
			in.log.Error("panicked", "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			in.Alarm(ctx, "panicked", "a mistake in the program stopped the connector for a moment", "send the log's stack to the makers")
			err = fmt.Errorf("panicked (%T); the log has the stack", p)
		}
		if errors.Is(context.Cause(ctx), errEnded) {
			err = errEnded
		}
	}()
	in.State(Starting, "", time.Time{})
	if err := in.afterCrash(ctx); err != nil {
		return fmt.Errorf("end what an earlier run left open: %w", err)
	}
	listening := make(chan error, 1)
	go func() { listening <- in.listen(ctx) }()
	defer func() {
		cancel(nil)
		if e := <-listening; e != nil && err == nil {
			err = e
		}
	}()
	return c.Run(ctx, in)
}

// warnDays are how many days before the end of the terms a warning goes out.
var warnDays = []int{14, 7, 1}

// warnings tells that the end comes near. The channel closes when it is done.
func (in *Intake) warnings(ctx context.Context, end time.Time) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for _, days := range warnDays {
			at := end.AddDate(0, 0, -days)
			next := end.AddDate(0, 0, -1)
			if days == 1 {
				next = end
			} else if days == 14 {
				next = end.AddDate(0, 0, -7)
			}
			if !in.Now().Before(next) {
				continue // the next warning is due already
			}
			select {
			case <-time.After(at.Sub(in.Now())): // at once when it is past
			case <-ctx.Done():
				return
			}
			in.Alarm(ctx, fmt.Sprintf("collection ends in %d days", days),
				"collection stops after "+end.AddDate(0, 0, -1).Format(time.DateOnly)+", the last day that its terms allow",
				"have its authority renewed and set until: to a later day")
		}
	}()
	return done
}
