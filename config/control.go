package config

import (
	"errors"
	"fmt"
	"os"
	"strconv"
)

// Control sets up the control socket of the running service.
type Control struct {
	Socket string `yaml:"socket" jsonschema_description:"Path of the Unix socket. Empty: control.sock in the data folder."`
	Mode   string `yaml:"mode" jsonschema:"pattern=^0?[0-7]{3}$" jsonschema_description:"Octal mode of the socket. 0660 lets the members of group in as well."`
	Group  string `yaml:"group" jsonschema_description:"Group that owns the socket. Empty: that of the service."`
}

// FileMode is Mode as a number; 0600 when Mode is not octal, which Validate
// refuses.
func (c Control) FileMode() os.FileMode {
	mode, err := strconv.ParseUint(c.Mode, 8, 32)
	if err != nil {
		return 0o600
	}
	return os.FileMode(mode) & os.ModePerm
}

// Validate refuses modes that shut the service's owner out or let everybody
// on the host in: whoever reaches the socket may reveal masked messages.
func (c Control) Validate() error {
	mode, err := strconv.ParseUint(c.Mode, 8, 32)
	switch {
	case err != nil || mode > 0o777:
		return fmt.Errorf("mode: wants octal permissions such as 0600, not %q", c.Mode)
	case mode&0o600 != 0o600:
		return fmt.Errorf("mode: %s shuts out the owner of the service; 0600 is the least", c.Mode)
	case mode&0o007 != 0:
		return fmt.Errorf("mode: %s lets every user of this host read what was masked; use 0660 and group", c.Mode)
	case c.Group != "" && mode&0o060 != 0o060:
		return errors.New("group: has no effect until mode gives the group access, as 0660 does")
	}
	return nil
}
