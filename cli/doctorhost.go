package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"stakeout/bot"
	"stakeout/disk"
)

// How much room is little: a busy server brings some hundred megabytes a week,
// and a search index being rebuilt needs as much again as it has.
const (
	littleRoom = 5 << 30   // bytes
	noRoom     = 512 << 20 // bytes
)

// hostFindings looks at the folder of the data, or where it will be made, and
// at the clock. It makes and opens nothing.
func hostFindings(data string) []bot.Finding {
	finding := func(subject, state, what, mend string) bot.Finding {
		return bot.Finding{Source: hostSource, Subject: subject, State: state, What: what, Mend: mend}
	}
	var out []bot.Finding
	place, missing := existing(data)
	switch err := unix.Access(place, unix.W_OK|unix.X_OK); {
	case errors.Is(err, fs.ErrPermission):
		out = append(out, finding("data", bot.Faulted, "this user may not write to "+place, "run it as the user that stakeout run has, or name another folder in data:"))
	case err != nil:
		out = append(out, finding("data", bot.Faulted, place+": "+err.Error(), "name another folder in data:"))
	case missing:
		out = append(out, finding("data", bot.OK, data+" is made at the first start", ""))
	default:
		out = append(out, finding("data", bot.OK, data, ""))
	}
	free, err := disk.Free(place)
	switch {
	case err != nil:
		out = append(out, finding("disk", bot.Warn, err.Error(), ""))
	case free < noRoom:
		out = append(out, finding("disk", bot.Faulted, fmt.Sprintf("%s are free, which is next to nothing: collection stops when the disk is full", disk.Bytes(free)), "make room, or name a folder on another disk in data:"))
	case free < littleRoom:
		out = append(out, finding("disk", bot.Warn, disk.Bytes(free)+" are free", "make room before it is needed"))
	default:
		out = append(out, finding("disk", bot.OK, disk.Bytes(free)+" are free", ""))
	}
	switch kept, known := clockKept(); {
	case !known:
		out = append(out, finding("clock", bot.Warn, "whether it is kept right cannot be seen here", "see to it that this host follows a time server: the record's times are its own"))
	case !kept:
		out = append(out, finding("clock", bot.Warn, "the kernel says that nothing keeps it right", "switch on a time service (systemd-timesyncd, chrony): the record's times are this clock's"))
	default:
		out = append(out, finding("clock", bot.OK, "the kernel says that a time service keeps it right", ""))
	}
	return out
}

// existing is the path, or the nearest folder above it that is there.
func existing(path string) (place string, missing bool) {
	for {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path, missing
		}
		up := filepath.Dir(path)
		if up == path {
			return path, true
		}
		path, missing = up, true
	}
}
