package export

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"stakeout/ledger"
	"stakeout/message"
	"stakeout/store"
)

// state is what an import keeps in its checkpoint.
type state struct{ Summary }

// clone is what a transaction may change and drop.
func (s state) clone() state {
	s.DiffersAt, s.Notes = slices.Clone(s.DiffersAt), slices.Clone(s.Notes)
	return s
}

func (s *state) count(o *message.Observation, out ledger.Outcome) {
	if s.First == 0 {
		s.First = out.Seq
	}
	s.Last = out.Seq
	if out.Sighting {
		s.Sightings++
	} else {
		s.Observations++
	}
	if out.Differs {
		s.Differs++
		if len(s.DiffersAt) < maxDiffering {
			s.DiffersAt = append(s.DiffersAt, Differing{o.Channel.Platform, o.Channel.ID, o.ID, out.Seq})
		}
	}
	if o.Event != "" {
		s.Service++
	}
	for _, r := range o.Reactions {
		s.Reactions += int64(r.Count)
	}
}

func (s *state) counts() map[string]int64 {
	return map[string]int64{
		"records": s.Records, "observations": s.Observations, "sightings": s.Sightings, "differs": s.Differs,
		"quarantined": s.Quarantined, "service": s.Service, "reactions": s.Reactions, "ignored": s.Ignored,
	}
}

func (s *state) note() string {
	notes := s.Notes
	if s.Truncated {
		notes = append([]string{"the file breaks off"}, notes...)
	}
	return strings.Join(notes, "; ")
}

// checkpoint names an import by what decides its outcome: the bytes and the
// options that they are read with.
func (r *run) checkpoint() string {
	return fmt.Sprintf("import %s zone=%s account=%s", r.state.SHA256, zoneName(r.opt.Zone), r.opt.Account)
}

func zoneName(z *time.Location) string {
	if z == nil {
		return "UTC"
	}
	return z.String()
}

// ErrUnderWay says that somebody else imports the same file at the same time;
// nothing of it was entered twice.
var ErrUnderWay = errors.New("another import of this file is under way")

// begunAnew stands in a checkpoint whose import cannot be carried on.
var begunAnew = []byte("{}")

// commit changes the ledger and the state together. A file's checkpoint must
// be as this run left it: the writes of two imports of one file would count
// the same records twice.
func (r *run) commit(ctx context.Context, change func(tx *store.Tx, next *state) error) error {
	var next state
	var kept []byte
	err := r.Ledger.Write(ctx, store.Bulk, func(tx *store.Tx) (err error) {
		next = r.state.clone()
		if r.file != nil {
			kept, err = r.Ledger.CheckpointIn(tx, r.checkpoint())
			if err != nil {
				return err
			}
			if !bytes.Equal(kept, r.kept) {
				return ErrUnderWay
			}
		}
		if err := change(tx, &next); err != nil {
			return err
		}
		kept, err = r.mark(tx, &next)
		return err
	})
	if err == nil {
		r.state, r.kept = next, kept
	}
	return err
}

// mark keeps the state. A stream is only known by its hash at its end, and
// then leaves alone what an import of the same bytes as a file has kept.
func (r *run) mark(tx *store.Tx, s *state) ([]byte, error) {
	if r.broken && r.file != nil {
		return begunAnew, r.Ledger.SetCheckpoint(tx, r.checkpoint(), begunAnew)
	}
	if s.SHA256 == "" {
		return nil, nil
	}
	if r.file == nil {
		kept, err := r.Ledger.CheckpointIn(tx, r.checkpoint())
		if err != nil || kept != nil && !bytes.Equal(kept, begunAnew) {
			return nil, err
		}
	}
	b, err := json.Marshal(s.Summary)
	if err != nil {
		return nil, err
	}
	return b, r.Ledger.SetCheckpoint(tx, r.checkpoint(), b)
}

// recognise hashes the file and looks for an earlier import of it: done when
// there is one that was closed, else its state is carried on.
func (r *run) recognise(ctx context.Context) (done bool, err error) {
	sum, size, err := hashFile(ctx, r.file, func(at int64) {
		r.progress(Progress{Done: at, Size: r.size, Hashing: true})
	})
	if err != nil {
		return false, err
	}
	r.state.SHA256, r.state.Size = sum, size
	if r.kept, err = r.Ledger.Checkpoint(ctx, r.checkpoint()); err != nil {
		return false, err
	}
	if r.kept == nil || bytes.Equal(r.kept, begunAnew) {
		return false, r.recall(ctx, sum)
	}
	var before Summary
	if err := json.Unmarshal(r.kept, &before); err != nil {
		return false, fmt.Errorf("checkpoint of the earlier import: %w", err)
	}
	before.Source = r.state.Source
	r.state = state{before}
	r.state.Already = !before.Closed.IsZero()
	r.state.Resumed = !r.state.Already
	return r.state.Already, nil
}

// recall notes an earlier import of the same bytes that this one does not
// carry on.
func (r *run) recall(ctx context.Context, sum string) error {
	earlier, found, _, err := r.Ledger.OpenImport(ctx, sum)
	if err != nil || !found {
		return err
	}
	how := "the same bytes were imported before with other options"
	if r.kept != nil {
		how = "an earlier import of this file was broken off, since the file changed"
	}
	r.state.Notes = append(r.state.Notes, fmt.Sprintf("%s, as acquisition %d", how, earlier))
	return nil
}
