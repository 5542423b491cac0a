package disk

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Free is how many bytes this user may still write to the file system that dir
// stands on (statfs(2), f_bavail: without what is kept back for root).
func Free(dir string) (uint64, error) {
	free, _, err := Space(dir)
	return free, err
}

// Space is Free, and the size of the whole file system in bytes.
func Space(dir string) (free, size uint64, err error) {
	var st unix.Statfs_t
	for {
		err := unix.Statfs(dir, &st)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0, 0, fmt.Errorf("free space of %s: %w", dir, err)
		}
		return uint64(st.Bavail) * uint64(st.Bsize), st.Blocks * uint64(st.Bsize), nil
	}
}

// Bytes writes a size as a person reads it: "1.5 GiB".
func Bytes(n uint64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d bytes", n)
	}
	value, prefix := float64(n)/unit, 0
	for value >= unit && prefix < len(prefixes)-1 {
		value /= unit
		prefix++
	}
	return fmt.Sprintf("%.1f %ciB", value, prefixes[prefix])
}

const prefixes = "KMGTPE"
