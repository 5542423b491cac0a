package bottest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// Sample is what a child process uses at a moment.
type Sample struct {
	RSS        int64 // bytes, anonymous memory alone: mapped pages of the database are the kernel's to keep
	Heap       int64 // bytes of the Go heap that were in use after the last collection
	Files      int   // open descriptors
	Goroutines int   // a moment ago
}

// Sample reads what the child uses from /proc.
func (c *Child) Sample(dir string) (Sample, error) {
	var s Sample
	proc := filepath.Join("/proc", strconv.Itoa(c.cmd.Process.Pid))
	status, err := os.ReadFile(filepath.Join(proc, "status"))
	if err != nil {
		return s, err
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte("RssAnon:")); ok {
			if _, err := fmt.Sscanf(string(rest), "%d kB", &s.RSS); err != nil {
				return s, err
			}
			s.RSS <<= 10
		}
	}
	fds, err := os.ReadDir(filepath.Join(proc, "fd"))
	if err != nil {
		return s, err
	}
	s.Files = len(fds)
	if b, err := os.ReadFile(filepath.Join(dir, inside)); err == nil {
		if _, err := fmt.Sscan(string(b), &s.Goroutines, &s.Heap); err != nil {
			return s, err
		}
	}
	return s, nil
}
