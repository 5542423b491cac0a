package bot

import (
	"context"
	"fmt"
	"runtime/debug"
)

// Contain is fn with its panics made into errors, told and logged. Supervise
// does so for Run itself; a connector does it for every goroutine of its own,
// where a panic would end the whole process. ctx outlives fn.
func (in *Intake) Contain(ctx context.Context, fn func() error) func() error {
	return func() (err error) {
		defer func() {
			// The value of a panic may hold what a message said.
			if p := recover(); p != nil {
				in.log.Error("panicked", "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
				in.Alarm(ctx, "panicked", "a mistake in the program stopped the connector for a moment", "send the log's stack to the makers")
				err = fmt.Errorf("panicked (%T); the log has the stack", p)
			}
		}()
		return fn()
	}
}
