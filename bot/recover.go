package bot

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"stakeout/ledger"
	"stakeout/store"
)

// The acquisitions under way stand in a checkpoint, so that those which a crash
// left open can be closed.
func (in *Intake) underWayKey() string { return in.source + "/acquisitions" }

// underWay adds an acquisition to those under way, or takes it away.
func (in *Intake) underWay(tx *store.Tx, seq int64, add bool) error {
	l := in.deps.Ledger
	b, err := l.CheckpointIn(tx, in.underWayKey())
	if err != nil {
		return err
	}
	var seqs []int64
	if b != nil {
		if err := json.Unmarshal(b, &seqs); err != nil {
			return fmt.Errorf("checkpoint %s: %w", in.underWayKey(), err)
		}
	}
	if add {
		seqs = append(seqs, seq)
	} else {
		seqs = slices.DeleteFunc(seqs, func(s int64) bool { return s == seq })
	}
	if b, err = json.Marshal(seqs); err != nil {
		return err
	}
	return l.SetCheckpoint(tx, in.underWayKey(), b)
}

// afterCrash ends in the record what an earlier process left open: its watches
// where its last commit was, and its acquisitions.
func (in *Intake) afterCrash(ctx context.Context) error {
	l := in.deps.Ledger
	watches, err := l.OpenWatches(ctx, in.source)
	if err != nil {
		return err
	}
	b, err := in.Checkpoint(ctx, "acquisitions")
	if err != nil {
		return err
	}
	var seqs []int64
	if b != nil {
		if err := json.Unmarshal(b, &seqs); err != nil {
			return fmt.Errorf("checkpoint %s: %w", in.underWayKey(), err)
		}
	}
	if len(watches) == 0 && len(seqs) == 0 {
		return nil
	}
	left := make([]watch, len(watches))
	for i, w := range watches {
		left[i] = watch{w.Seq, w.Cov.Channel}
	}
	var by int64
	if len(seqs) > 0 {
		by = slices.Max(seqs)
	}
	if err := in.end(ctx, by, left, "the process ended before it could say why: a crash, a kill, a power cut or a full disk"); err != nil {
		return err
	}
	for _, seq := range seqs {
		if err := in.closeLeft(ctx, seq); err != nil {
			return err
		}
	}
	return nil
}

// closeLeft closes an acquisition that an earlier process left open, with
// counts from the record.
func (in *Intake) closeLeft(ctx context.Context, seq int64) error {
	l := in.deps.Ledger
	es, err := l.Entries(ctx, []int64{seq})
	if err != nil {
		return err
	}
	n, err := l.Tally(ctx, seq)
	if err != nil {
		return err
	}
	a := &Acquisition{in: in, seq: seq, count: counts{n.Observations, n.Sightings, n.Differs, n.Quarantined}}
	if es[0].Acq != nil {
		a.entry = *es[0].Acq
	}
	return a.Close(ctx, "the process ended without a word; closed at the next start")
}

// Interrupted ends every watch of the source at the last commit: the connection
// was lost in a way that loses what was said meanwhile.
func (in *Intake) Interrupted(ctx context.Context, reason string) error {
	in.mu.Lock()
	open := slices.Collect(maps.Values(in.open))
	var by int64 // the acquisition that is told of it: the latest one under way
	for seq := range in.acquired {
		by = max(by, seq)
	}
	in.mu.Unlock()
	slices.SortFunc(open, func(a, b watch) int { return cmp.Compare(a.seq, b.seq) })
	return in.end(ctx, by, open, reason)
}

// end ends watches at the last commit.
func (in *Intake) end(ctx context.Context, by int64, watches []watch, reason string) error {
	through, err := in.Through(ctx)
	if err != nil {
		return err
	}
	// A bounded number at once: a server may have thousands of threads.
	const atOnce = 200
	for some := range slices.Chunk(watches, atOnce) {
		err := in.write(ctx, false, func(tx *store.Tx) error {
			for _, w := range some {
				stop := ledger.Coverage{Channel: w.channel, Source: in.source, Change: ledger.Stopped, Of: w.seq, To: through, Reason: reason}
				if _, err := in.deps.Ledger.Cover(tx, by, stop); err != nil {
					return err
				}
				in.setOpen(tx, keyOf(w.channel), nil)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("end the watches: %w", err)
		}
	}
	return nil
}

// farewell is how long the record of a stop may take when the process ends.
const farewell = 10 * time.Second

// stopped ends in the record what a run left open.
func (in *Intake) stopped(ctx context.Context, reason string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	if err := in.Interrupted(ctx, reason); err != nil {
		in.log.Error("the end of the watch could not be recorded; the next start does it", "err", err)
		return
	}
	in.mu.Lock()
	left := slices.Collect(maps.Values(in.acquired))
	in.mu.Unlock()
	for _, a := range left {
		if err := a.Close(ctx, reason); err != nil {
			in.log.Error("an acquisition could not be closed; the next start does it", "err", err)
		}
	}
}
