package heartbeat

import (
	"errors"
	"fmt"
	"time"

	"stakeout/secret"
)

// Config says whom to call while all is well.
type Config struct {
	URL   secret.Value  `yaml:"url" jsonschema_description:"Address that is called (GET) for as long as all is well, of a service that raises an alarm when the calls stop, since a dead process cannot. It works like a password: better set it by STAKEOUT_HEARTBEAT_URL_FILE. Empty: none is called."`
	Every time.Duration `yaml:"every" jsonschema_description:"Time between two calls."`
}

// DefaultConfig calls nobody, and would once a minute.
func DefaultConfig() Config { return Config{Every: time.Minute} }

// Enabled reports that there is somebody to call.
func (c Config) Enabled() bool { return c.URL.Set() }

// Validate names every setting that cannot work. The address stands in none of
// its errors.
func (c Config) Validate() error {
	var errs []error
	if c.URL.Set() && !usable(c.URL.Reveal()) {
		errs = append(errs, errors.New("url: wants an https address without user and fragment (http is taken on loopback alone)"))
	}
	if c.Every < 10*time.Second || c.Every > 24*time.Hour {
		errs = append(errs, fmt.Errorf("every: wants a time from 10s to 24h, not %s", c.Every))
	}
	return errors.Join(errs...)
}

// usable reports that the address stays secret on the way.
func usable(address string) bool {
	u, kept := secret.Address(address)
	return kept && u.Fragment == ""
}
