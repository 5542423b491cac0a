package query

import (
	"fmt"
	"slices"
	"strings"

	"stakeout/text"
)

// Error is what is wrong with a query. Its text names the place and the mend
// and holds nothing of the query, so that it may be logged.
type Error struct {
	Column int    // where, in characters from 1
	Reason string // what is wrong
	Hint   string // what to write instead, "" when there is no one mend
	// Mend is the query put right, for the eyes of whoever wrote it; "" when
	// there is no one mend.
	Mend string
}

func (e *Error) Error() string {
	s := fmt.Sprintf("query, column %d: %s", e.Column, e.Reason)
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// values lists what a field knows, for fields that know few things. Those of
// level and label are the rules' own, which this package does not import.
var values = map[string][]string{
	"has":   {"link", "file", "edit", "alert"},
	"is":    {"edited", "deleted", "superseded", "absent", "privileged"},
	"level": {"informational", "low", "medium", "high", "critical"},
	"label": {
		"doxxing", "blame_shifting", "legal_mention", "identity_speculation",
		"credential_exposure", "access_resale", "evidence_destruction", "threat",
	},
}

var fields = []string{"from", "in", "platform", "before", "after", "has", "is", "label", "level", "rule"}

// nearest is the word of a list that is fewest changes away or, where even that
// one is too far to be meant, the first that begins with s; "" for none.
func nearest(s string, list []string) string {
	best, least := "", 1+max(1, len(s)/2)
	for _, w := range list {
		if d := text.Distance(s, w); d < least {
			best, least = w, d
		}
	}
	if i := slices.IndexFunc(list, func(w string) bool { return strings.HasPrefix(w, s) }); best == "" && i >= 0 && len(s) > 1 {
		return list[i]
	}
	return best
}
