package alerts

import (
	"stakeout/ledger"
	"stakeout/message"
)

// How the findings of an acquisition are told.
const (
	Each    = "each"    // singly
	Summary = "summary" // as history, in one summary when it closes
	None    = "none"    // as history, and nothing is sent
)

// mode is what an acquisition asks for, as a connector's first fetch of a past
// does, or what its kind stands for: an import is history, and a connector's
// findings are told singly.
func mode(q ledger.Acquisition) string {
	switch {
	case q.Alert == Each, q.Alert == Summary, q.Alert == None:
		return q.Alert
	case q.Kind == "import":
		return Summary
	}
	return Each
}

// historical decides whether a finding is history or is told singly. What the
// platform hands over as it happens is never history; what was fetched or
// imported goes by its acquisition. Where the acquisition is unknown, an import
// is history and a backfill closes an outage.
func historical(via message.Via, mode string) bool {
	switch {
	case via == message.Live:
		return false
	case mode == "":
		return via == message.Import
	}
	return mode != Each
}
