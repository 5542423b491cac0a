package store

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrFull is what Write returns (errors.Is) when the disk had no room, or
// could not be written. Nothing of the group was kept, in the file or in
// memory; the same Write may be tried again once there is room.
var ErrFull = errors.New("the disk is full or cannot be written")

// full adds ErrFull to an error of SQLite's that says so.
func full(err error) error {
	if err == nil || errors.Is(err, ErrFull) || !isFull(err) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrFull, err)
}

// isFull knows the result codes (https://sqlite.org/rescode.html) of a file
// that cannot grow. SQLite says SQLITE_FULL for ENOSPC alone; a quota that is
// used up, a file-size limit and a full disk found out as late as fsync come
// as an I/O error of writing.
func isFull(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code() {
	case sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC, sqlite3.SQLITE_IOERR_TRUNCATE,
		sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP:
		return true
	}
	return e.Code()&0xff == sqlite3.SQLITE_FULL // the low byte is the primary code
}
