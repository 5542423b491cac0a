package app

import (
	"errors"
	"path/filepath"

	"stakeout/config"
	"stakeout/ledger"
	"stakeout/store"
)

// Inspect opens the ledger of a data directory to verify it, also one so
// damaged that Open refuses it. Nothing in the directory is changed but the
// lock's note of who has it. done gives everything up again.
func Inspect(cfg config.Config, command string) (l *ledger.Ledger, done func() error, err error) {
	lock, err := lockDir(cfg.Data, command, false)
	if err != nil {
		return nil, nil, err
	}
	db, err := store.OpenReadOnly(filepath.Join(cfg.Data, "ledger.db"))
	if err != nil {
		return nil, nil, errors.Join(err, lock.release())
	}
	done = func() error { return errors.Join(db.Close(), lock.release()) }
	if l, err = ledger.Inspect(db, cfg.Data); err != nil {
		return nil, nil, errors.Join(err, done())
	}
	return l, done, nil
}
