package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// A Migration runs once in the life of a file, in the order given to Open.
// Name is unique for ever: the part, a slash and a number that grows
// ("ledger/1"). SQL may hold several statements and must not change once
// released.
type Migration struct{ Name, SQL string }

// Schema compares the migrations that have run on a file with those that this
// program has.
type Schema struct {
	Applied []string // have run, by name
	Missing []string // would be run by Open, in that order
	Unknown []string // have run, but this program does not have them: the file is newer
}

// NewerError refuses a file that a newer version has written: what its tables
// mean is not known here.
type NewerError struct{ Unknown []string }

func (e *NewerError) Error() string {
	return fmt.Sprintf("written by a newer version of Stakeout (%s not known here); nothing was changed: install that version or a later one, or go back to a backup that this version made", few(e.Unknown))
}

func few(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more are", strings.Join(names[:most], ", "), len(names)-most)
	}
	if len(names) == 1 {
		return names[0] + " is"
	}
	return strings.Join(names, ", ") + " are"
}

// Older tells that the file is of an older version; an empty one is not.
func (s Schema) Older() bool { return len(s.Applied) > 0 && len(s.Missing) > 0 }

// Steps says, part by part, from which migration to which Open will lead an
// older file: "alerts/2 to alerts/4, bot/1".
func (s Schema) Steps() string {
	var steps []string
	for i, name := range s.Missing {
		part := partOf(name)
		if i > 0 && partOf(s.Missing[i-1]) == part {
			steps[len(steps)-1] = stepTo(s, part, name)
			continue
		}
		steps = append(steps, stepTo(s, part, name))
	}
	return strings.Join(steps, ", ")
}

func stepTo(s Schema, part, to string) string {
	// Applied is in the order of the migrations, so the last is the highest.
	for _, from := range slices.Backward(s.Applied) {
		if partOf(from) == part {
			return from + " to " + to
		}
	}
	return to
}

func partOf(name string) string {
	part, _, _ := strings.Cut(name, "/")
	return part
}

// Schema looks at the open file.
func (db *DB) Schema(ctx context.Context, migrations ...Migration) (Schema, error) {
	s, err := schema(ctx, db.read, migrations)
	if err != nil {
		return s, fmt.Errorf("migrations of %s: %w", db.path, err)
	}
	return s, nil
}

// Newer is a *NewerError if the file is of a newer version.
func (db *DB) Newer(s Schema) error {
	if len(s.Unknown) == 0 {
		return nil
	}
	return fmt.Errorf("database %s: %w", db.path, &NewerError{s.Unknown})
}

// Look is Schema for a file that is not open yet, so that one can say what Open
// is going to do. Where there is no file everything is missing.
func Look(ctx context.Context, path string, migrations ...Migration) (Schema, error) {
	db, err := OpenReadOnly(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Schema{Missing: names(migrations)}, nil
	}
	if err != nil {
		return Schema{}, err
	}
	s, err := db.Schema(ctx, migrations...)
	return s, errors.Join(err, db.Close())
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func schema(ctx context.Context, db querier, migrations []Migration) (Schema, error) {
	have, err := column(ctx, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'store_migration'`)
	if err == nil && len(have) > 0 {
		have, err = column(ctx, db, `SELECT name FROM store_migration ORDER BY name`)
	}
	if err != nil {
		return Schema{}, err
	}
	var s Schema
	for _, name := range names(migrations) {
		if slices.Contains(have, name) {
			s.Applied = append(s.Applied, name)
		} else {
			s.Missing = append(s.Missing, name)
		}
	}
	s.Unknown = slices.DeleteFunc(have, func(name string) bool { return slices.Contains(s.Applied, name) })
	return s, nil
}

func column(ctx context.Context, db querier, query string) (out []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

func names(migrations []Migration) (out []string) {
	for _, m := range migrations {
		out = append(out, m.Name)
	}
	return out
}

func (db *DB) migrate(ctx context.Context, migrations []Migration) error {
	s, err := schema(ctx, db.write, migrations)
	if err != nil {
		return err
	}
	if len(s.Unknown) > 0 {
		return &NewerError{s.Unknown}
	}
	if _, err := db.write.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS store_migration(name TEXT PRIMARY KEY) WITHOUT ROWID`); err != nil {
		return full(err)
	}
	for _, m := range migrations {
		if !slices.Contains(s.Missing, m.Name) {
			continue
		}
		tx, err := db.write.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, m.SQL)
		if err == nil {
			_, err = tx.ExecContext(ctx, `INSERT INTO store_migration VALUES(?)`, m.Name)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("migration %s: %w", m.Name, full(err)), tx.Rollback())
		}
		if err := tx.Commit(); err != nil {
			return fmt.Errorf("migration %s: %w", m.Name, full(err))
		}
	}
	return nil
}
