package telegram

import (
	"context"
	"fmt"
	"runtime/debug"

	"stakeout/bot"
)

// An update that makes the program panic would do so again at every start, and
// nothing behind it would ever be read. It goes to quarantine instead, and is
// confirmed like any other.

// examine looks at an update.
func (w *watch) examine(ctx context.Context, raw rawUpdate) (u update) {
	defer func() {
		if v := recover(); v != nil {
			u = update{id: firstID(raw), raw: raw}
			u.broken = w.panicked(ctx, u.id, v)
		}
	}()
	return w.c.look(raw)
}

// put puts an update where it belongs. What a panic leaves in the batch is
// whole: an observation, or a change of coverage.
func (w *watch) put(ctx context.Context, u *update, b *bot.Batch) {
	defer func() {
		if v := recover(); v != nil {
			b.Rejected = append(b.Rejected, u.rejected(w.panicked(ctx, u.id, v)))
		}
	}()
	w.route(ctx, u, b)
}

// panicked tells of a panic by its type alone: its value may hold what a
// message said.
func (w *watch) panicked(ctx context.Context, id int64, value any) error {
	w.log.Error("panicked while reading an update", "update", id, "type", fmt.Sprintf("%T", value), "stack", string(debug.Stack()))
	w.in.Alarm(ctx, "update not read", "a mistake in the program kept an update from being read; its bytes are in quarantine", "send the log's stack to the makers")
	return fmt.Errorf("panicked (%T)", value)
}
