package telegram

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"stakeout/bot"
	"stakeout/secret"
)

// DefaultAPIURL is Telegram's own Bot API server.
const DefaultAPIURL = "https://api.telegram.org"

// Config says which chats a bot watches.
type Config struct {
	Token    secret.Value `yaml:"token" jsonschema_description:"Telegram bot token from @BotFather. It works like a password: better set it by STAKEOUT_TELEGRAM_TOKEN_FILE."`
	Channels []string     `yaml:"channels" jsonschema_description:"Allow-list of groups and channels: chat ids (\"-1001234567890\"; stakeout channels lists them), @usernames or exact titles. An id is best: anyone may choose the title of a chat. Nothing is kept of other chats. Empty: nothing is watched, but stakeout channels works."`
	APIURL   string       `yaml:"api_url" jsonschema_description:"Bot API server, when you host one yourself; https, or http on loopback."`

	bot.Terms `yaml:",inline"`
}

// DefaultConfig watches nothing.
func DefaultConfig() Config { return Config{APIURL: DefaultAPIURL} }

// Enabled reports that there is a bot to watch with.
func (c Config) Enabled() bool { return c.Token.Set() }

// tokenForm is what @BotFather gives: the bot's id, a colon and a secret.
var tokenForm = regexp.MustCompile(`^[0-9]{1,20}:[A-Za-z0-9_-]{20,100}$`)

// Validate names every setting that cannot work. No secret stands in its
// errors. A bot that is not enabled needs nothing.
func (c Config) Validate() error {
	if !c.Enabled() {
		return nil
	}
	var errs []error
	if !tokenForm.MatchString(c.Token.Reveal()) {
		errs = append(errs, errors.New("token: is not of the form that @BotFather gives: digits, a colon, letters and digits"))
	}
	for _, entry := range c.Channels {
		if err := checkEntry(entry); err != nil {
			errs = append(errs, fmt.Errorf("channels: %w", err))
		}
	}
	if c.APIURL != "" && !usable(c.APIURL) {
		errs = append(errs, errors.New("api_url: wants an https address (http is taken on loopback alone), since the token is part of every request"))
	}
	return errors.Join(append(errs, c.Terms.Validate())...)
}

func checkEntry(entry string) error {
	if strings.TrimSpace(entry) != entry || entry == "" {
		return fmt.Errorf("%q is empty or has white space around it", entry)
	}
	if n, err := strconv.ParseInt(entry, 10, 64); err == nil && n > 0 {
		return fmt.Errorf("%q is a person's id; groups and channels have negative ids, and private chats are never watched", entry)
	}
	return nil
}

// usable reports that the token stays secret on the way.
func usable(address string) bool {
	u, kept := secret.Address(address)
	return kept && u.RawQuery == "" && u.Fragment == ""
}

// lists reports whether an entry of the allow-list names the chat.
func lists(entry string, c *chat) bool {
	switch {
	case c.private():
		return false
	case entry == c.ID.String():
		return true
	case strings.HasPrefix(entry, "@"):
		return c.Username != "" && strings.EqualFold(entry[1:], string(c.Username))
	}
	return entry == string(c.Title)
}
