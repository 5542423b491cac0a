package cli

import (
	"context"

	"stakeout/ledger"
	"stakeout/message"
)

// deletedHow says how a deletion is known. An older record of live capture
// carries no grade: what it has was told by the platform.
func deletedHow(o *message.Observation) string {
	switch {
	case o.Grade == message.Absent:
		return "absent from a complete scan"
	case o.Grade == message.Told, o.Grade == 0 && o.Via == message.Live:
		return "told by the platform"
	case o.Via == message.Import:
		return "told by an import"
	}
	return ""
}

// deletedMark is the mark of a message that is gone.
func deletedMark(how string) string {
	if how == "" {
		return "deleted"
	}
	return "deleted (" + how + ")"
}

// deletion finds how it is known that a message is gone: the surest word for it
// in the ledger, "" where that cannot be told.
func deletion(ctx context.Context, l *ledger.Ledger, o *message.Observation) (how string, err error) {
	if o.Kind == message.Deleted {
		if how = deletedHow(o); how != "" {
			return how, nil
		}
	}
	versions, err := l.Versions(ctx, o.Channel, o.ID)
	if err != nil {
		return "", err
	}
	for _, v := range versions {
		if v.Obs == nil || v.Obs.Kind != message.Deleted {
			continue
		}
		if how == "" || v.Obs.Grade == message.Told {
			how = deletedHow(v.Obs)
		}
	}
	return how, nil
}
