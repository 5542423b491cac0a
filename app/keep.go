package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/goccy/go-yaml"

	"stakeout/backup"
	"stakeout/config"
	"stakeout/secret"
)

// Backup copies the directory of this running service into dir. Who had it
// done is written down first, and so stands in the copy as well.
func (a *App) Backup(ctx context.Context, uid int, dir string, progress backup.Progress) (backup.Manifest, error) {
	if err := a.RecordAccess(ctx, uid, "backup", dir, ""); err != nil {
		return backup.Manifest{}, err
	}
	settings, err := settings(a.Config)
	if err != nil {
		return backup.Manifest{}, err
	}
	return backup.Make(ctx, backup.Source{DB: a.DB, Data: a.Config.Data, Version: a.Version, Settings: settings, Now: a.Now()}, dir, progress)
}

// BackupAtRest copies a directory that nobody serves into dir. It changes
// nothing in it: one of an older version is copied as it is.
func BackupAtRest(ctx context.Context, cfg config.Config, version, dir string, progress backup.Progress) (m backup.Manifest, err error) {
	lock, err := lockDir(cfg.Data, "backup", false)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	db, _, err := openAsIs(ctx, cfg.Data)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	settings, err := settings(cfg)
	if err != nil {
		return m, err
	}
	return backup.Make(ctx, backup.Source{DB: db, Data: cfg.Data, Version: version, Settings: settings, Now: time.Now()}, dir, progress)
}

// CheckBackup proves the backup in dir.
func CheckBackup(ctx context.Context, dir string, progress backup.Progress) (backup.Manifest, error) {
	return backup.Check(ctx, dir, migrations(), progress)
}

// Restore checks the backup in dir and puts it into the data directory, which
// must be vacant or not be there at all. A directory that it made and could
// not fill is taken away again.
func Restore(ctx context.Context, cfg config.Config, dir string, progress backup.Progress) (m backup.Manifest, err error) {
	if err := backup.Vacant(cfg.Data); err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	_, missing := os.Stat(cfg.Data)
	lock, err := lockDir(cfg.Data, "restore", true)
	if err != nil {
		return m, err
	}
	defer func() {
		if err != nil && errors.Is(missing, os.ErrNotExist) {
			_ = os.Remove(filepath.Join(cfg.Data, "lock"))
			_ = os.Remove(cfg.Data) // fails where anything stands in it: then it is left alone
		}
		err = errors.Join(err, lock.release())
	}()
	return backup.Restore(ctx, dir, cfg.Data, migrations(), progress)
}

// shownSecret finds a secret as YAML shows it: secret.Value never gives more.
var shownSecret = regexp.MustCompile(`(?m): *['"]?` + regexp.QuoteMeta(secret.Value("x").String()) + `['"]?$`)

// settings is the configuration in force, the environment's part included, in
// the form of the file. Secrets are left empty.
func settings(cfg config.Config) ([]byte, error) {
	b, err := yaml.Marshal(cfg)
	if err != nil {
		return nil, fmt.Errorf("write the configuration: %w", err)
	}
	b = shownSecret.ReplaceAll(b, []byte(`: "" # was set; a secret is not copied`))
	return append([]byte("# The configuration in force when this backup was made, without secrets.\n"), b...), nil
}
