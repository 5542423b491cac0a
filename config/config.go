// Package config is the one typed configuration: a YAML file, strict, with
// overrides from the environment. It promises that whatever it hands out has
// been validated, that every problem is told at once with its place in the
// file, and that no secret stands in any of those lines.
//
// It will not open the parts that it configures, nor reach the network. Every
// part declares its own Config with its own Validate; this package only puts
// them together.
package config

import (
	"time"
	_ "time/tzdata" // so that every zone is known on a host or in a container without zone files

	"stakeout/alerts"
	"stakeout/alerts/digest"
	"stakeout/alerts/notify/slack"
	"stakeout/bot/discord"
	"stakeout/bot/mail"
	"stakeout/bot/telegram"
	"stakeout/disk"
	"stakeout/heartbeat"
	"stakeout/web"
)

// Config is everything that can be set. The zero value is not usable: start
// from Default or Load.
type Config struct {
	Data      string `yaml:"data" jsonschema_description:"Folder that holds the ledger, its signing key and the search index. Made at the first start, for its owner alone."`
	Zone      string `yaml:"zone" jsonschema_description:"IANA time zone, such as Europe/Berlin, in which dates without a zone are read and times are shown."`
	Watchlist string `yaml:"watchlist" jsonschema_description:"File of what analysts know beforehand: company, cases, protected people, personas. Empty: rules that need one find nothing."`
	Rules     string `yaml:"rules" jsonschema_description:"Folder of detection rules in YAML. Empty: the rules that come with the program."`

	Discord  discord.Config  `yaml:"discord" jsonschema_description:"Discord servers and channels that a bot of yours watches. Without a token none is."`
	Telegram telegram.Config `yaml:"telegram" jsonschema_description:"Telegram groups and channels that a bot of yours watches. Without a token none is."`
	Mail     mail.Config     `yaml:"mail" jsonschema_description:"The mailbox that counsel forwards to, and who may read what is privileged in mails. Without a server none is watched."`

	Alerts    alerts.Config    `yaml:"alerts" jsonschema_description:"How findings become alerts."`
	Slack     slack.Config     `yaml:"slack" jsonschema_description:"Where alerts and digests are posted. Without a webhook or a token nothing is."`
	Digest    digest.Config    `yaml:"digest" jsonschema_description:"The daily digest."`
	Web       web.Config       `yaml:"web" jsonschema_description:"The analysts' page."`
	Control   Control          `yaml:"control" jsonschema_description:"The socket through which the other commands work while the service runs."`
	Disk      disk.Config      `yaml:"disk" jsonschema_description:"When room on the disk is scarce."`
	Heartbeat heartbeat.Config `yaml:"heartbeat" jsonschema_description:"Whom to call while all is well."`
	Log       Log              `yaml:"log" jsonschema_description:"The service's log. It never holds message text, a protected name, a query or a secret."`

	warnings     []string
	secretInFile bool
}

// SlackReceiver is the name of the receiver that the section slack sets up.
const SlackReceiver = "slack"

// Default is the configuration when nothing is set.
func Default() Config {
	return Config{
		Data:      "./stakeout-data",
		Zone:      "UTC",
		Discord:   discord.DefaultConfig(),
		Telegram:  telegram.DefaultConfig(),
		Mail:      mail.DefaultConfig(),
		Alerts:    alerts.DefaultConfig(),
		Digest:    digest.DefaultConfig(),
		Web:       web.DefaultConfig(),
		Control:   Control{Mode: "0600"},
		Disk:      disk.DefaultConfig(),
		Heartbeat: heartbeat.DefaultConfig(),
		Log:       Log{Level: "info", Format: "text"},
	}
}

// Location is the configured time zone; UTC when Zone does not name one,
// which Load refuses.
func (c Config) Location() *time.Location {
	loc, err := time.LoadLocation(c.Zone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Warnings are what Load found odd but usable, one line each, free of secrets.
func (c Config) Warnings() []string { return c.warnings }
