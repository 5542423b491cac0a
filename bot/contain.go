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

// Parse runs a parser on one record, and makes a reason for quarantine of its
// panic: a record that stopped the connector would do so again at each start.
func (in *Intake) Parse(fn func()) (reason string) {
	defer func() {
		if p := recover(); p != nil {
			in.log.Error("a record could not be read: panicked", "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			reason = fmt.Sprintf("the reader panicked (%T); the log has the stack", p)
		}
	}()
	fn()
	return ""
}
