package web

import (
	"time"

	"stakeout/message"
)

// stamp is a time as a reader sees it, with its zone.
type stamp struct {
	ISO   string // for machines and the tooltip; "" for no time
	Date  string
	Clock string // with the zone's name or offset
	Note  string // what is uncertain about it
}

func at(t time.Time, zone *time.Location) stamp {
	if t.IsZero() {
		return stamp{}
	}
	t = t.In(zone)
	return stamp{ISO: t.Format(time.RFC3339Nano), Date: t.Format(time.DateOnly), Clock: t.Format("15:04:05 MST")}
}

// given is a time that a source gave, never more precise than it was.
func given(t message.Time, zone *time.Location) stamp {
	s := at(t.UTC, zone)
	if t.Written != "" {
		s.Note = "the source wrote " + visible(t.Written) + " without a zone"
	}
	return s
}

// sentOrSeen is the time a message stands at: when it was sent, or, where the
// source gave none, when it was observed.
func sentOrSeen(o *message.Observation, zone *time.Location) stamp {
	if !o.Sent.IsZero() {
		return given(o.Sent, zone)
	}
	s := at(o.Observed, zone)
	s.Note = "observed; the source gave no sent time"
	return s
}
