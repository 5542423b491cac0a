package export

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"stakeout/ledger"
	"stakeout/store"
)

// Importer writes what it reads into a ledger. It gives way: before each batch
// it waits while the slowest follower lags more than Bound behind. One Importer
// may run several imports, also at once.
type Importer struct {
	Ledger  *ledger.Ledger
	Version string       // of Stakeout, for the acquisition
	Lag     func() int64 // entries that the slowest follower is behind; nil: never wait
	Bound   int64
	Log     *slog.Logger     // nil: silent
	Now     func() time.Time // nil: time.Now
}

// Progress is told after every batch, and when a pause begins and ends.
type Progress struct {
	Done, Size int64 // bytes of the file; Size is 0 when it is not known
	Records    int64
	Hashing    bool // reading the file once to know it again
	Paused     bool // waiting for followers
	Behind     int64
}

// Summary says what an import did. All counts are of the whole import, also
// when it was resumed; where Already is set, of the earlier one.
type Summary struct {
	Acquisition int64 // number of its opening entry
	Source      string
	Format      string
	SHA256      string // of the file's own bytes, hex
	Size        int64  // of the file, bytes
	// Already: the same bytes were imported before with the same options, at
	// Closed; nothing was added.
	Already   bool
	Started   time.Time
	Closed    time.Time
	Resumed   bool // an earlier import of the file was carried on
	Truncated bool // the file breaks off
	// Resumable: this import ended early, and importing the same file again
	// carries it on. A stream, or a file that changed meanwhile, cannot be
	// carried on: what came of it is kept, and its acquisition is closed.
	Resumable bool `json:"-"`

	Records      int64 // messages, service messages and unreadable records
	Observations int64
	Sightings    int64
	Differs      int64 // observations with other text than known
	Quarantined  int64
	Service      int64
	Reactions    int64 // sum of all reactions' counts
	Ignored      int64 // members of an archive that hold no chat
	First, Last  int64 // numbers of the first and the last entry that were added

	DiffersAt []Differing // the first of them
	Notes     []string
}

// Differing names a version whose text is not the one known under its
// identity: different tools, or a forgery.
type Differing struct {
	Platform, Channel, ID string
	Seq                   int64
}

const (
	batchRecords = 500
	batchBytes   = 2 << 20 // a batch of large records must not fill the memory
	maxDiffering = 20
)

// Import reads in and writes it to the ledger in batches; each batch, its
// quarantine and the checkpoint commit together. When ctx ends or reading
// fails, what was committed stays, the summary says what, and, where it is
// Resumable, importing the same file again carries on from there. The error
// then wraps ctx's. Of imports of one file at once, with whichever Importer,
// one goes through and the others end with ErrUnderWay.
func (im *Importer) Import(ctx context.Context, in Input, opt Options, progress func(Progress)) (Summary, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	if im.Now == nil {
		im = &Importer{im.Ledger, im.Version, im.Lag, im.Bound, im.Log, time.Now}
	}
	if opt.Now == nil {
		opt.Now = im.Now
	}
	run := &run{Importer: im, in: in, opt: opt, progress: progress}
	run.state.Source, run.state.Started = baseName(in.Name), im.Now().UTC()
	if err := notDirectory(in); err != nil {
		return run.state.Summary, err
	}
	err := run.do(ctx)
	if err != nil {
		run.state.Resumable = run.file != nil && !run.broken && run.state.Acquisition != 0
		if ctx.Err() != nil {
			err = ctx.Err() // whatever else came of it
		}
		err = fmt.Errorf("import %s: %w", run.state.Source, err)
	}
	return run.state.Summary, err
}

// run is one import.
type run struct {
	*Importer
	in       Input
	opt      Options
	progress func(Progress)

	file   file // nil for a stream
	size   int64
	hash   *hasher
	state  state
	broken bool   // nobody can carry it on
	kept   []byte // the checkpoint as this run last read or wrote it, nil for none
}

func (r *run) do(ctx context.Context) error {
	var seekable bool
	if r.file, r.size, seekable = regular(r.in.Reader); seekable {
		if done, err := r.recognise(ctx); done || err != nil {
			return err
		}
	} else {
		r.hash = newHasher(r.in.Reader)
		r.in.Reader = r.hash
	}
	reader := newReader(r.in, r.opt, nil)
	reader.raw = &rawReader{}
	why, err := r.transfer(ctx, reader)
	if err == nil {
		why, err = "the end of it could not be read or entered", r.close(ctx, reader)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrUnderWay):
		r.state = state{Summary{Source: r.state.Source, SHA256: r.state.SHA256, Size: r.state.Size}}
		return err
	case r.file != nil && !errors.Is(err, ErrChanged):
		return err // to be carried on
	}
	return r.breakOff(ctx, reader, why, err)
}

// transfer reads and writes everything. When it fails, why says in which half.
func (r *run) transfer(ctx context.Context, reader *reader) (why string, err error) {
	reading, stop := context.WithCancel(ctx)
	defer stop()
	defer interrupt(reading, r.in.Reader)()

	var g errgroup.Group
	batches := make(chan batch, 2)
	var failed error // of reading; what was read before is still written
	g.Go(func() error {
		defer close(batches)
		failed = fillBatches(reading, reader, r.state.Records, batches)
		return nil
	})
	g.Go(func() error {
		for b := range batches {
			if err := r.write(ctx, b); err != nil {
				stop()
				return err
			}
		}
		return nil
	})
	if err := g.Wait(); err != nil {
		return "it could not be written to the ledger", err
	}
	return "it could not be read to its end", failed
}

// write gives way and then commits one batch.
func (r *run) write(ctx context.Context, b batch) error {
	p := Progress{Done: b.done, Size: r.size, Records: r.state.Records}
	err := giveWay(ctx, r.Lag, r.Bound, func(paused bool, behind int64) {
		p.Paused, p.Behind = paused, behind
		r.progress(p)
	})
	if err != nil {
		return err
	}
	err = r.commit(ctx, func(tx *store.Tx, next *state) error {
		if err := r.open(tx, next, b.format); err != nil {
			return err
		}
		for _, rec := range b.records {
			if err := r.record(tx, next, rec); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	p.Records = r.state.Records
	r.progress(p)
	return nil
}

// open enters the acquisition, once.
func (r *run) open(tx *store.Tx, s *state, format string) error {
	if s.Acquisition != 0 {
		return nil
	}
	var err error
	s.Format = format
	s.Acquisition, err = r.Ledger.OpenAcquisition(tx, r.acquisition(s))
	return err
}

func (r *run) acquisition(s *state) ledger.Acquisition {
	method := "import of an exported file; times without a zone read as " + zoneName(r.opt.Zone)
	if n := len(r.opt.Counsel); n > 0 {
		method += fmt.Sprintf("; words of counsel (%d addresses and domains) apart", n)
	}
	return ledger.Acquisition{
		Kind: "import", Source: s.Source, Format: s.Format, Version: r.Version, Account: r.opt.Account,
		Method: method, Alert: r.opt.Alert, Size: s.Size, SHA256: s.SHA256, Started: s.Started,
	}
}

// record writes one record and counts it.
func (r *run) record(tx *store.Tx, s *state, rec Record) error {
	s.Records = rec.Number
	if rec.Err != nil {
		s.Quarantined++
		return r.Ledger.Quarantine(tx, ledger.Quarantined{
			Acquisition: s.Acquisition, Place: rec.Place, Reason: rec.Err.Error(), Bytes: rec.Raw,
		})
	}
	rec.Obs.Acquisition = s.Acquisition
	out, err := r.Ledger.Append(tx, rec.Obs)
	if err != nil {
		return fmt.Errorf("%s: %w", rec.Place, err)
	}
	s.count(rec.Obs, out)
	return nil
}
