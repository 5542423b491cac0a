package config

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// part is a section that validates itself. Every line of its error begins
// with the name of a setting of that section and a colon.
type part interface{ Validate() error }

// parts are the sections by their key in the file.
func (c *Config) parts() map[string]part {
	return map[string]part{
		"discord":   c.Discord,
		"telegram":  c.Telegram,
		"mail":      c.Mail,
		"alerts":    c.Alerts,
		"slack":     c.Slack,
		"digest":    c.Digest,
		"web":       c.Web,
		"control":   c.Control,
		"disk":      c.Disk,
		"heartbeat": c.Heartbeat,
		"log":       c.Log,
	}
}

// paths are the settings that name a file or a folder.
func (c *Config) paths() map[string]*string {
	return map[string]*string{
		"data":           &c.Data,
		"watchlist":      &c.Watchlist,
		"rules":          &c.Rules,
		"control.socket": &c.Control.Socket,
	}
}

// validate adds what the parts have to say, each with the place where the
// setting stands: the file, or the variable in set.
func (d *decoder) validate(c *Config, set map[string]string) {
	told := map[string]bool{}
	for _, p := range d.problems {
		told[p.Key] = true
	}
	add := func(key, message string) {
		if told[key] {
			return // its value could not even be read
		}
		p := Problem{Where: d.file, Key: key, Message: message}
		if name, ok := set[key]; ok {
			p.Where = name
		} else if at := d.places[key]; at != nil {
			p.Line, p.Column = at.Line, at.Column
		}
		d.problems = append(d.problems, p)
	}
	for _, r := range c.Digest.Receivers {
		if r != "" && r != SlackReceiver {
			add("digest.receivers", fmt.Sprintf("there is no receiver %q; the only one is %s", r, SlackReceiver))
		}
	}
	if r := c.Discord.Canary.Receiver; r != "" && r != SlackReceiver {
		add("discord.canary.receiver", fmt.Sprintf("there is no receiver %q; the only one is %s", r, SlackReceiver))
	}
	if c.Data == "" {
		add("data", "wants the path of a folder")
	}
	if c.Zone == "" || c.Zone == "Local" {
		add("zone", "wants the name of a zone, such as Europe/Berlin or UTC, so that it does not depend on the host")
	} else if _, err := time.LoadLocation(c.Zone); err != nil {
		add("zone", fmt.Sprintf("%q is not the name of an IANA time zone, such as Europe/Berlin", c.Zone))
	}
	for section, part := range c.parts() {
		err := part.Validate()
		if err == nil {
			continue
		}
		for line := range strings.Lines(err.Error()) {
			line = strings.TrimSpace(line)
			name, message, ok := strings.Cut(line, ": ")
			if !ok || strings.Contains(name, " ") {
				add(section, line)
				continue
			}
			add(join(section, strings.TrimPrefix(name, section+".")), message)
		}
	}
}

// byPlace orders problems as they stand in the file, those from elsewhere by
// their key.
func byPlace(a, b Problem) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Key, b.Key))
}

// holdsSecret reports whether any secret is set in c.
func holdsSecret(c *Config) bool {
	found := false
	walk(reflect.ValueOf(c).Elem(), "", func(_ string, v reflect.Value) {
		if v.Type() == secretType && v.Len() > 0 {
			found = true
		}
	})
	return found
}
