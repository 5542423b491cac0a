package export

import (
	"context"
	"encoding/json"
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

// mark keeps the state; a stream is only known by its hash at its end.
func (r *run) mark(tx *store.Tx, s *state) error {
	if s.SHA256 == "" {
		return nil
	}
	b, err := json.Marshal(s.Summary)
	if err != nil {
		return err
	}
	return r.Ledger.SetCheckpoint(tx, r.checkpoint(), b)
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
	kept, err := r.Ledger.Checkpoint(ctx, r.checkpoint())
	if err != nil {
		return false, err
	}
	if kept == nil {
		earlier, found, _, err := r.Ledger.OpenImport(ctx, sum)
		if found {
			r.state.Notes = append(r.state.Notes, fmt.Sprintf("the same bytes were imported before with other options, as acquisition %d", earlier))
		}
		return false, err
	}
	var before Summary
	if err := json.Unmarshal(kept, &before); err != nil {
		return false, fmt.Errorf("checkpoint of the earlier import: %w", err)
	}
	before.Source = r.state.Source
	r.state = state{before}
	r.state.Already = !before.Closed.IsZero()
	r.state.Resumed = !r.state.Already
	return r.state.Already, nil
}
