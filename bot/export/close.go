package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"stakeout/ledger"
	"stakeout/store"
)

// ErrChanged says that a file is no longer the one that the import began with.
// What was read of it is kept, and its acquisition is closed.
var ErrChanged = errors.New("the file changed while it was being read")

// close enters the end of the acquisition with what is now known of the file.
func (r *run) close(ctx context.Context, reader *reader) error {
	if err := r.fingerprint(ctx); err != nil {
		return err
	}
	var covered []ledger.Coverage
	if r.state.Acquisition != 0 {
		var err error
		if covered, err = r.Ledger.ImportCoverage(ctx, r.state.Acquisition); err != nil {
			return err
		}
	}
	err := r.commit(ctx, func(tx *store.Tx, next *state) error {
		next.Truncated, next.Ignored = reader.cut, reader.ignored
		next.Notes = append(next.Notes, reader.notes...)
		if err := r.open(tx, next, strings.Join(reader.formats, "+")); err != nil {
			return err
		}
		next.Format = strings.Join(reader.formats, "+")
		for _, c := range covered {
			if _, err := r.Ledger.Cover(tx, next.Acquisition, c); err != nil {
				return err
			}
		}
		return r.enterEnd(tx, next)
	})
	if err != nil {
		return err
	}
	if s := &r.state; r.Log != nil {
		r.Log.Info("import done", slog.Int64("acquisition", s.Acquisition), slog.String("format", s.Format),
			slog.Int64("records", s.Records), slog.Int64("observations", s.Observations),
			slog.Int64("sightings", s.Sightings), slog.Int64("quarantined", s.Quarantined))
	}
	return nil
}

func (r *run) enterEnd(tx *store.Tx, s *state) error {
	s.Closed = r.Now().UTC()
	a := r.acquisition(s)
	a.Ended, a.Counts, a.Note = s.Closed, s.counts(), s.note()
	return r.Ledger.CloseAcquisition(tx, s.Acquisition, a)
}

// fingerprint completes size and hash: of a stream, what was read; of a file,
// that it is still the one that was hashed first.
func (r *run) fingerprint(ctx context.Context) error {
	if r.hash != nil {
		if _, err := io.Copy(io.Discard, r.hash); err != nil {
			return fmt.Errorf("read to the end: %w", err)
		}
		r.state.SHA256, r.state.Size = r.hash.sum(), r.hash.size
		return nil
	}
	sum, size, err := hashFile(ctx, r.file, func(int64) {})
	if err != nil {
		return err
	}
	if sum != r.state.SHA256 || size != r.state.Size {
		return ErrChanged
	}
	return nil
}

// breakOffTime is how long an import that was interrupted may take to enter
// its end: the write takes milliseconds, but waits its turn.
const breakOffTime = 5 * time.Second

// breakOff closes the acquisition of an import that nobody can carry on, with
// what was kept of it, so that it is told of like any other. It returns err.
func (r *run) breakOff(ctx context.Context, reader *reader, why string, err error) error {
	if r.state.Acquisition == 0 {
		return err
	}
	switch {
	case ctx.Err() != nil:
		why = "it was interrupted"
	case errors.Is(err, ErrChanged):
		why = ErrChanged.Error()
	case errors.Is(err, ErrOrder):
		why = ErrOrder.Error()
	}
	late, stop := context.WithTimeout(context.WithoutCancel(ctx), breakOffTime)
	defer stop()
	r.broken = true
	failed := r.commit(late, func(tx *store.Tx, next *state) error {
		next.Ignored, next.SHA256, next.Size = reader.ignored, "", 0 // of the whole, which was not read
		next.Notes = slices.Concat([]string{"broken off: " + why}, next.Notes, reader.notes)
		return r.enterEnd(tx, next)
	})
	if failed != nil {
		return fmt.Errorf("%w; the end of its acquisition could not be entered: %w", err, failed)
	}
	return err
}
