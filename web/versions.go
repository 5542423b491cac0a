package web

import (
	"slices"
	"time"

	"stakeout/ledger"
	"stakeout/message"
)

// inOrder puts a message's versions in the order in which they were true:
// posted, then edits by their edit time, then the deletion.
func inOrder(es []ledger.Entry) []ledger.Entry {
	es = slices.Clone(es)
	slices.SortStableFunc(es, func(a, b ledger.Entry) int {
		if a.Obs == nil || b.Obs == nil {
			return 0
		}
		if a.Obs.Kind != b.Obs.Kind {
			return int(a.Obs.Kind) - int(b.Obs.Kind)
		}
		return since(a.Obs).Compare(since(b.Obs))
	})
	return es
}

// since is from when on a version holds; a missing edit time counts as the
// time observed.
func since(o *message.Observation) time.Time {
	switch {
	case o.Kind == message.Posted:
		return time.Time{}
	case o.Edited.IsZero():
		return o.Observed
	}
	return o.Edited.UTC
}

// stands says what a message's other versions mean for one. One that differs
// under a known identity may be a forgery and supersedes nothing.
func stands(e ledger.Entry, versions []ledger.Entry) standing {
	var s standing
	told := false
	for _, v := range versions {
		if v.Obs == nil || e.Obs == nil || v.Seq == e.Seq {
			continue
		}
		switch v.Obs.Kind {
		case message.Deleted:
			s.deleted, told = true, told || v.Obs.Grade != message.Absent
		case message.Edited:
			s.superseded = s.superseded || !v.Differs && e.Obs.Kind != message.Deleted && since(v.Obs).After(since(e.Obs))
		}
	}
	s.absent = s.deleted && !told
	return s
}

// latest is the version that a reader of the channel saw last.
func latest(versions []ledger.Entry) ledger.Entry {
	last := versions[0]
	for _, v := range inOrder(versions) {
		if v.Obs != nil && v.Obs.Kind != message.Deleted && !v.Differs {
			last = v
		}
	}
	return last
}
