// Package disk watches how much room is left where the data lives.
//
// It promises to say once when room gets scarce, once when it is used up, and
// once when there is room again, and not to waver between them while the free
// space moves about a bound. It frees nothing and stops nothing: whoever is
// told does.
package disk

import (
	"context"
	"time"
)

// Level says how much room is left.
type Level uint8

const (
	OK   Level = iota
	Low        // somebody should make room
	Full       // nothing more should be collected
)

func (l Level) String() string { return [...]string{"ok", "low", "full"}[l] }

// State is what Watch tells.
type State struct {
	Level Level
	Free  uint64 // bytes
}

// Watch looks at the file system of dir now and then at every interval, and
// calls tell with the first state and whenever the level has changed. Free
// space below low bytes is Low, below full bytes Full; 0 switches a bound off.
// It ends with ctx (nil), or when the free space cannot be found out.
func Watch(ctx context.Context, dir string, low, full uint64, every time.Duration, tell func(State)) error {
	return watch(ctx, func() (uint64, error) { return Free(dir) }, low, full, every, tell)
}

func watch(ctx context.Context, free func() (uint64, error), low, full uint64, every time.Duration, tell func(State)) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	level := OK
	for first := true; ; first = false {
		n, err := free()
		if err != nil {
			return err
		}
		if next := judge(n, low, full, level); first || next != level {
			level = next
			tell(State{level, n})
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// judge gives the level that follows another. A bound that has been passed is
// left only with an eighth more than it: a log that is rotated, or the WAL
// being cut, must not make one alarm after the other.
func judge(free, low, full uint64, now Level) Level {
	if now >= Full {
		full += full / 8
	}
	if now >= Low {
		low += low / 8
	}
	switch {
	case free < full:
		return Full
	case free < low:
		return Low
	}
	return OK
}
