package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"

	"stakeout/alerts"
	"stakeout/alerts/digest"
	"stakeout/backup"
	"stakeout/ledger"
	"stakeout/store"
)

// ErrVersion says that a data directory is of another version than this
// program, and that it was left alone.
var ErrVersion = errors.New("the data directory is of another version")

// migrations are all parts' migrations, in the order in which they run.
func migrations() []store.Migration {
	return slices.Concat(ledger.Migrations, alerts.Migrations, digest.Migrations, Migrations)
}

func databasePath(dir string) string { return filepath.Join(dir, "ledger.db") }

// openStore opens the database of a data directory. One of an older version is
// migrated, after saying so; one of a newer version is refused.
func openStore(ctx context.Context, dir string, log *slog.Logger) (*store.DB, error) {
	switch broken, err := backup.Unfinished(dir); {
	case err != nil:
		return nil, fmt.Errorf("data directory %s: %w", dir, err)
	case broken:
		return nil, fmt.Errorf("data directory %s: a restore into it was broken off; run stakeout restore again", dir)
	}
	if s, err := store.Look(ctx, databasePath(dir), migrations()...); err == nil && s.Older() && len(s.Unknown) == 0 {
		log.Warn("this data directory is of an older version and is migrated now; the older version cannot open it afterwards",
			"data", dir, "steps", s.Steps(), "hint", "to keep a copy of it as it was, stop and run stakeout backup DIR first: that migrates nothing")
	} // what cannot be looked at cannot be opened either, which says why
	db, err := store.Open(ctx, databasePath(dir), migrations()...)
	var newer *store.NewerError
	if errors.As(err, &newer) {
		return nil, fmt.Errorf("%w: %w", ErrVersion, err)
	}
	return db, err
}

// openAsIs opens the database of a data directory without changing it. A newer
// version is refused, since what its tables say is not known here. A file too
// damaged to tell is let through, for Verify to say what is wrong.
func openAsIs(ctx context.Context, dir string) (*store.DB, store.Schema, error) {
	db, err := store.OpenReadOnly(databasePath(dir))
	if err != nil {
		return nil, store.Schema{}, err
	}
	s, err := db.Schema(ctx, migrations()...)
	if err != nil {
		return db, store.Schema{}, nil
	}
	if err := db.Newer(s); err != nil {
		return nil, s, errors.Join(fmt.Errorf("%w: %w", ErrVersion, err), db.Close())
	}
	return db, s, nil
}

// olderLedger refuses to verify tables that this version's code would read
// wrongly.
func olderLedger(s store.Schema) error {
	if !s.Older() || !slices.ContainsFunc(s.Missing, func(name string) bool { return strings.HasPrefix(name, "ledger/") }) {
		return nil
	}
	return fmt.Errorf("%w: an older one (%s); stakeout backup DIR copies it as it is and stakeout restore --check DIR proves that; stakeout status migrates it", ErrVersion, s.Steps())
}
