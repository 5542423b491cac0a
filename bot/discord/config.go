package discord

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"stakeout/bot"
	"stakeout/secret"
)

// Config says which servers and channels are watched, by which bot, and under
// whose authority. Without a token nothing is.
type Config struct {
	Token    secret.Value  `yaml:"token" jsonschema_description:"Token of your own Discord bot. Better set it by STAKEOUT_DISCORD_TOKEN_FILE. A user's token is refused."`
	Servers  []string      `yaml:"servers" jsonschema_description:"Servers to watch with all their channels, by id or name."`
	Channels []string      `yaml:"channels" jsonschema_description:"Channels to watch, by id, by name, or as server/channel where a name stands twice. Threads and forum posts of a channel come along, and the channels of a category."`
	Rescan   time.Duration `yaml:"rescan" jsonschema_description:"After an outage, how far behind what was known the channels are read again for edits and deletions."`
	Canary   Canary        `yaml:"canary" jsonschema_description:"A message that the bot itself posts in a channel of your own, to measure the way to the alert and to notice that nothing arrives."`
	APIURL   string        `yaml:"api_url" jsonschema_description:"Where Discord's API is, for a proxy of your own. Empty: https://discord.com/api/v9."`

	bot.Terms `yaml:",inline"`
}

// Canary is the one thing that the bot may post.
type Canary struct {
	Channel string        `yaml:"channel" jsonschema_description:"Id of a channel of your own, where nobody minds. It is watched like the others. Empty: the bot posts nothing anywhere."`
	Every   time.Duration `yaml:"every" jsonschema_description:"How often the canary is posted."`
	// Receiver is known to config, which checks it.
	Receiver string `yaml:"receiver" jsonschema_description:"Receiver to which each canary sends a test alert as well: slack. Empty: none, for a test every few minutes is noise where people read."`
}

// defaultAPI is where Discord's API is; the version is the one that discordgo
// speaks on the gateway.
const defaultAPI = "https://discord.com/api/v9"

// DefaultConfig watches nothing until a token is set.
func DefaultConfig() Config {
	return Config{Rescan: 7 * 24 * time.Hour, Canary: Canary{Every: 15 * time.Minute}}
}

// Enabled reports that there is a source to watch.
func (c Config) Enabled() bool { return c.Token.Set() }

const maxRescan = 90 * 24 * time.Hour

// Validate names every setting that cannot work. No secret stands in its
// errors.
func (c Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Rescan < 0 || c.Rescan > maxRescan {
		bad("rescan: wants a time from 0s to %s, not %s", maxRescan, c.Rescan)
	}
	if c.APIURL != "" && !usable(c.APIURL) {
		bad("api_url: wants an https address (http is taken on loopback alone)")
	}
	for _, l := range []struct {
		name string
		list []string
	}{{"servers", c.Servers}, {"channels", c.Channels}} {
		if slices.ContainsFunc(l.list, func(s string) bool { return strings.TrimSpace(strings.Trim(s, "#/")) == "" }) {
			bad("%s: an entry is empty", l.name)
		}
	}
	if c.Canary.Channel != "" {
		if !isID(c.Canary.Channel) {
			bad("canary.channel: wants the id of a channel, which stakeout channels lists")
		}
		if c.Canary.Every < time.Minute || c.Canary.Every > 24*time.Hour {
			bad("canary.every: wants a time from 1m to 24h, not %s", c.Canary.Every)
		}
	}
	if !c.Enabled() {
		return errors.Join(errs...)
	}
	if err := tokenError(c.Token.Reveal()); err != nil {
		errs = append(errs, err)
	}
	if len(c.Servers)+len(c.Channels) == 0 {
		bad("channels: name at least one channel or server to watch; stakeout channels lists what the bot can see")
	}
	return errors.Join(append(errs, c.Terms.Validate())...)
}

func tokenError(token string) error {
	switch {
	case strings.TrimSpace(token) != token:
		return errors.New("token: has white space around it")
	case strings.HasPrefix(token, "Bot "):
		return errors.New("token: give it without \"Bot \"")
	case strings.HasPrefix(token, "mfa."), strings.HasPrefix(token, "Bearer "):
		return errors.New("token: is a user's, not a bot's; Stakeout watches with a bot of its own alone")
	}
	return nil
}

// usable reports that what is sent to the address stays secret on the way.
func usable(address string) bool {
	u, kept := secret.Address(address)
	return kept && u.RawQuery == ""
}

func (c Config) api() string {
	if c.APIURL == "" {
		return defaultAPI
	}
	if u, err := url.Parse(c.APIURL); err == nil && strings.Trim(u.Path, "/") == "" {
		return strings.TrimSuffix(c.APIURL, "/") + "/api/v9" // a host alone: as at Discord itself
	}
	return strings.TrimSuffix(c.APIURL, "/")
}
