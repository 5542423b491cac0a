package app

import (
	"context"
	"errors"

	"stakeout/config"
	"stakeout/ledger"
)

// Inspect opens the ledger of a data directory to verify it, also one so
// damaged that Open refuses it. Nothing in the directory is changed but the
// lock's note of who has it; a directory of another version is refused
// (ErrVersion). done gives everything up again.
func Inspect(ctx context.Context, cfg config.Config, command string) (l *ledger.Ledger, done func() error, err error) {
	lock, err := lockDir(cfg.Data, command, false)
	if err != nil {
		return nil, nil, err
	}
	db, schema, err := openAsIs(ctx, cfg.Data)
	if err != nil {
		return nil, nil, errors.Join(err, lock.release())
	}
	done = func() error { return errors.Join(db.Close(), lock.release()) }
	if err := olderLedger(schema); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	if l, err = ledger.Inspect(db, cfg.Data); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return l, done, nil
}
