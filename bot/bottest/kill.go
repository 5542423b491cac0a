package bottest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// Kills says how a connector's process is killed again and again.
type Kills struct {
	Name      string // of the function given to Main
	Dir, Addr string // handed to it
	Times     int
	// Life is the longest that a process lives, counted by turns from its
	// start and from its first commit.
	Life time.Duration
	Log  io.Writer // the children's standard error
	// Dead, if set, runs after each kill, while no process has the directory
	// open.
	Dead func(ctx context.Context) error
}

// Run starts the process and kills it at random moments, as often as asked.
func (k Kills) Run(ctx context.Context, rng *rand.Rand) error {
	for n := range k.Times {
		if err := k.once(ctx, rng, n%2 == 1); err != nil {
			return fmt.Errorf("kill %d of %d: %w", n+1, k.Times, err)
		}
	}
	return nil
}

func (k Kills) once(ctx context.Context, rng *rand.Rand, committed bool) error {
	c, err := Start(k.Name, k.Dir, k.Addr, k.Log)
	if err != nil {
		return err
	}
	if committed {
		select {
		case <-c.Beat():
		case <-c.Exited():
		case <-ctx.Done():
		}
	}
	alive := time.NewTimer(time.Duration(rng.Int64N(int64(k.Life))))
	select {
	case <-alive.C:
	case <-c.Exited():
	case <-ctx.Done():
	}
	alive.Stop()
	if err := errors.Join(c.Kill(), ctx.Err()); err != nil || k.Dead == nil {
		return err
	}
	return k.Dead(ctx)
}
