package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// HeldError says who owns a data directory.
type HeldError struct {
	Dir     string
	PID     int
	Command string
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("data directory %s is in use by process %d (stakeout %s); wait for it to end, or work with another directory (--data DIR)", e.Dir, e.PID, e.Command)
}

// Lock is the ownership of a data directory. The kernel gives it up when the
// process ends, however it ends.
type Lock struct{ file *os.File }

type holder struct {
	PID     int    `json:"pid"`
	Command string `json:"command"`
}

// ErrNoData says that there is no data directory where one should be read.
var ErrNoData = errors.New("no data directory stands there")

// lockDir takes the advisory lock of dir, which with create it makes (mode
// 0700) if need be. It does not wait: a *HeldError names the holder.
func lockDir(dir, command string, create bool) (*Lock, error) {
	if create {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("data directory: %w", err)
		}
	} else if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w; stakeout import makes it, --data names another", dir, ErrNoData)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data directory: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock data directory %s: %w", dir, err)
		}
		var h holder
		b, _ := os.ReadFile(f.Name())
		_ = json.Unmarshal(b, &h) // the holder may be writing it this moment: then it stays unnamed
		return nil, &HeldError{dir, h.PID, h.Command}
	}
	b, err := json.Marshal(holder{os.Getpid(), command})
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt(b, 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock data directory %s: %w", dir, err), f.Close())
	}
	return &Lock{f}, nil
}

func (l *Lock) release() error { return l.file.Close() }
