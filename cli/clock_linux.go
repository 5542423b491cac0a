package cli

import "golang.org/x/sys/unix"

// clockKept asks the kernel whether something keeps its clock right: a time
// service says so by taking STA_UNSYNC off (adjtimex(2)). Asking changes
// nothing.
func clockKept() (kept, known bool) {
	var t unix.Timex
	if _, err := unix.Adjtimex(&t); err != nil {
		return false, false // forbidden in some containers
	}
	return t.Status&unix.STA_UNSYNC == 0, true
}
