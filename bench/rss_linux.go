package main

import (
	"os"
	"syscall"
)

// peakRSS is the largest resident size of a process that ended, in bytes
// (getrusage(2) counts kilobytes on Linux).
func peakRSS(p *os.ProcessState) int64 {
	return p.SysUsage().(*syscall.Rusage).Maxrss << 10
}
