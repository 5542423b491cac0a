package slack

import (
	"errors"
	"strings"

	"stakeout/secret"
)

// Config says how to reach Slack: by an incoming webhook, or by a bot's token
// and a channel. Neither means that nothing is posted.
type Config struct {
	WebhookURL secret.Value `yaml:"webhook_url" jsonschema_description:"Slack incoming webhook. It works like a password: better set it by STAKEOUT_SLACK_WEBHOOK_URL_FILE."`
	Token      secret.Value `yaml:"token" jsonschema_description:"Slack bot token (xoxb-…) with the scope chat:write, instead of a webhook. Better set it by STAKEOUT_SLACK_TOKEN_FILE."`
	Channel    string       `yaml:"channel" jsonschema_description:"With a token: the id of the Slack channel to post to, such as C0123456789. The bot must be its member."`
	APIURL     string       `yaml:"api_url" jsonschema_description:"With a token: where Slack's API is. Empty: https://slack.com/api/."`
}

// Enabled reports that there is something to post to.
func (c Config) Enabled() bool { return c.WebhookURL.Set() || c.Token.Set() }

// Validate names every setting that cannot work. No secret stands in its
// errors.
func (c Config) Validate() error {
	var errs []error
	switch {
	case c.WebhookURL.Set() && c.Token.Set():
		errs = append(errs, errors.New("webhook_url: set either this or token, not both"))
	case c.Token.Set() && c.Channel == "":
		errs = append(errs, errors.New("channel: a token needs the id of a channel to post to"))
	case c.WebhookURL.Set() && c.Channel != "":
		errs = append(errs, errors.New("channel: a webhook posts to the channel it was made for; leave this empty"))
	}
	if c.WebhookURL.Set() && !usable(c.WebhookURL.Reveal()) {
		errs = append(errs, errors.New("webhook_url: wants an https address (http is taken on loopback alone)"))
	}
	if c.APIURL != "" && !usable(c.APIURL) {
		errs = append(errs, errors.New("api_url: wants an https address (http is taken on loopback alone)"))
	}
	if strings.TrimSpace(c.Token.Reveal()) != c.Token.Reveal() {
		errs = append(errs, errors.New("token: has white space around it"))
	}
	return errors.Join(errs...)
}

// usable reports that what is sent to the address stays secret on the way.
func usable(address string) bool {
	_, kept := secret.Address(address)
	return kept
}
