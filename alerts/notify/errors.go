package notify

import (
	"fmt"
	"time"
)

// RetryAfter is a receiver's request to wait.
type RetryAfter struct{ Wait time.Duration }

func (e *RetryAfter) Error() string { return fmt.Sprintf("asked to wait for %s", e.Wait) }

// Refused is an answer that trying again soon will not change: a revoked
// token, a removed webhook, a payload that is not accepted. Reason is the
// receiver's word for it and holds no secret.
type Refused struct{ Reason string }

func (e *Refused) Error() string { return "refused: " + e.Reason }
