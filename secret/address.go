package secret

import (
	"net/netip"
	"net/url"
)

// Address reads an address to which a secret goes, and reports whether it stays
// secret on the way: https, or http on loopback, and nobody's name or password
// in it.
func Address(s string) (*url.URL, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return nil, false
	}
	if u.Scheme == "https" {
		return u, true
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return u, u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && addr.IsLoopback())
}
