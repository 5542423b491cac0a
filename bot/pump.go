package bot

import "context"

// Pump hands on what comes in, in order, as many at once as are waiting and at
// most so many: while one commit is under way the next batch gathers. It
// returns nil when in is closed and empty, else the first error of each or
// ctx's. A full channel makes its sender wait, which is the back-pressure.
func Pump[T any](ctx context.Context, in <-chan T, most int, each func([]T) error) error {
	batch := make([]T, 0, most)
	for {
		select {
		case v, ok := <-in:
			if !ok {
				return nil
			}
			batch = append(batch[:0], v)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		for more := true; more && len(batch) < most; {
			select {
			case v, ok := <-in:
				if more = ok; ok {
					batch = append(batch, v)
				}
			default:
				more = false
			}
		}
		if err := each(batch); err != nil {
			return err
		}
		clear(batch) // what was handed over must not live on here
	}
}
