package disk

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// Config says when room on the disk is scarce.
type Config struct {
	Warn string `yaml:"warn" jsonschema_description:"With less free space than this where the data lives, an alert is raised; such as 2GiB, 500MB or a number of bytes. 0: never."`
	Stop string `yaml:"stop" jsonschema_description:"With less free space than this, collection stops cleanly and goes on by itself once there is room. 0: only when the disk is full."`
}

// DefaultConfig warns a few days ahead, and keeps as much as the database needs
// to put itself in order.
func DefaultConfig() Config { return Config{Warn: "2GiB", Stop: "256MiB"} }

// Bounds are Warn and Stop in bytes; 0 for one that cannot be read, which
// Validate refuses.
func (c Config) Bounds() (low, full uint64) {
	low, _ = parseSize(c.Warn)
	full, _ = parseSize(c.Stop)
	return low, full
}

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	low, lowErr := parseSize(c.Warn)
	full, fullErr := parseSize(c.Stop)
	var errs []error
	if lowErr != nil {
		errs = append(errs, fmt.Errorf("warn: %w", lowErr))
	}
	if fullErr != nil {
		errs = append(errs, fmt.Errorf("stop: %w", fullErr))
	}
	if len(errs) == 0 && low != 0 && low < full {
		errs = append(errs, fmt.Errorf("warn: %s is less than stop (%s): the warning would come too late", c.Warn, c.Stop))
	}
	return errors.Join(errs...)
}

var sizePattern = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?(B|[kKMGT]B|[KMGT]iB)?$`)

// parseSize reads a number of bytes with IEC (KiB, 1024) or SI (kB, 1000)
// prefixes.
func parseSize(s string) (uint64, error) {
	wants := fmt.Errorf("wants a size such as 2GiB, 500MB or a number of bytes, not %q", s)
	parts := sizePattern.FindStringSubmatch(s)
	if parts == nil {
		return 0, wants
	}
	value, err := strconv.ParseFloat(parts[1], 64)
	if err != nil {
		return 0, wants
	}
	unit, base := parts[2], 1000.0
	if len(unit) == 3 {
		base = 1024
	}
	if len(unit) > 1 {
		value *= math.Pow(base, float64(1+indexFold(unit[0])))
	}
	if value >= 1<<63 { // far more than any disk, and safe to add to
		return 0, wants
	}
	return uint64(value), nil
}

// indexFold is the place of a prefix among K, M, G and T.
func indexFold(prefix byte) int {
	for i := range len(prefixes) {
		if prefixes[i] == prefix || prefixes[i]+'a'-'A' == prefix {
			return i
		}
	}
	return -1 // the pattern lets none through
}
