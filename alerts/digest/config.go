package digest

import (
	"errors"
	"fmt"
)

// Config says when the digest is made and who gets it.
type Config struct {
	At        string   `yaml:"at" jsonschema_description:"Local time of the daily digest, such as 08:00, or off. Where the clock is put forward over it, the digest comes an hour later on that day; where the clock is put back over it, the first time counts."`
	Cron      string   `yaml:"cron" jsonschema_description:"Instead of at, which it overrides where that is not set: a cron line with five fields, such as 0 8 * * 1-5. At most one digest is made for each local date."`
	Zone      string   `yaml:"zone" jsonschema_description:"IANA time zone of at and cron, such as Europe/London. Empty: the zone of the whole configuration."`
	Receivers []string `yaml:"receivers" jsonschema_description:"Names of the receivers. Empty: every receiver of alerts."`
}

// DefaultConfig is a digest at eight in the morning.
func DefaultConfig() Config { return Config{At: "08:00"} }

// Off reports that no digest is to be made by itself.
func (c Config) Off() bool { return c.At == "off" || c.At == "" && c.Cron == "" }

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	var errs []error
	if c.Cron != "" && c.At != "" && c.At != "off" && c.At != DefaultConfig().At {
		errs = append(errs, errors.New("cron: set either this or at, not both"))
	} else if !c.Off() {
		zone := c.Zone
		if zone == "" {
			zone = "UTC"
		}
		if _, err := NewSchedule(c.At, c.Cron, zone); err != nil {
			errs = append(errs, err)
		}
	}
	for i, r := range c.Receivers {
		if r == "" {
			errs = append(errs, fmt.Errorf("receivers[%d]: is empty", i))
		}
	}
	return errors.Join(errs...)
}
