package alerts

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"stakeout/alerts/rules"
)

// Config says how findings become posts.
type Config struct {
	GroupInterval time.Duration `yaml:"group_interval" jsonschema_description:"Findings of one rule in one channel about one person within this time are one alert with a count, posted once; if the count grew, it is posted once more at the end."`
	PostFrom      string        `yaml:"post_from" jsonschema_description:"Lowest level that is posted: informational, low, medium, high or critical. Alerts below it are kept and listed."`
	Context       int           `yaml:"context" jsonschema_description:"How many of the last ledger entries are read again after a start, so that a message that continues an earlier one is understood."`
}

// DefaultConfig posts everything, in groups of half an hour.
func DefaultConfig() Config {
	return Config{GroupInterval: 30 * time.Minute, PostFrom: "informational", Context: 2000}
}

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	var errs []error
	if c.GroupInterval < 0 || c.GroupInterval > 24*time.Hour {
		errs = append(errs, fmt.Errorf("group_interval: wants a time from 0s to 24h, not %s", c.GroupInterval))
	}
	if !slices.Contains(rules.Levels, c.PostFrom) {
		errs = append(errs, fmt.Errorf("post_from: wants one of %s, not %q", strings.Join(rules.Levels, ", "), c.PostFrom))
	}
	if c.Context < 0 || c.Context > 1_000_000 {
		errs = append(errs, fmt.Errorf("context: wants a number from 0 to 1000000, not %d", c.Context))
	}
	return errors.Join(errs...)
}
