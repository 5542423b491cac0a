package web

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Config says where the page listens and under which address readers reach it.
type Config struct {
	Listen    string `yaml:"listen" jsonschema_description:"Address and port of the page, or off. The page asks for no password: keep it on loopback, or behind a proxy that asks for one."`
	PublicURL string `yaml:"public_url" jsonschema_description:"Address under which readers reach the page, such as https://stakeout.example. Alerts link to it; empty: alerts name the command instead."`
}

// DefaultConfig is the page on loopback.
func DefaultConfig() Config { return Config{Listen: "127.0.0.1:8080"} }

// Off reports that no page is served.
func (c Config) Off() bool { return c.Listen == "off" }

// Validate names every setting that cannot work.
func (c Config) Validate() error {
	var errs []error
	if !c.Off() {
		if _, port, err := net.SplitHostPort(c.Listen); err != nil {
			errs = append(errs, fmt.Errorf("listen: wants an address and a port such as 127.0.0.1:8080, or off, not %q", c.Listen))
		} else if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			errs = append(errs, fmt.Errorf("listen: wants a port from 0 (the system chooses) to 65535, not %q", port))
		}
	}
	if c.PublicURL != "" {
		u, err := url.Parse(c.PublicURL)
		switch {
		case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
			errs = append(errs, errors.New("public_url: wants an address such as https://stakeout.example"))
		case u.Path != "" && u.Path != "/":
			errs = append(errs, errors.New("public_url: wants an address without a path: the page stands at the root of its host"))
		case u.User != nil || u.RawQuery != "" || u.Fragment != "":
			errs = append(errs, errors.New("public_url: wants an address without user, query or fragment, for it stands in every alert"))
		}
	}
	return errors.Join(errs...)
}

// Open reports that other machines can reach the page.
func (c Config) Open() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil || host == "localhost" {
		return false
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err != nil || !addr.IsLoopback()
}
