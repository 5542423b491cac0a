package telegram

import (
	"strings"
	"testing"

	"stakeout/bot"
	"stakeout/bot/telegram/telegramtest"
	"stakeout/secret"
)

func TestConfig(t *testing.T) {
	good := func() Config {
		c := DefaultConfig()
		c.Token, c.Channels = telegramtest.Token, []string{"-1001234567890", "@quay", "Port Radio"}
		c.Terms = bot.Terms{Authority: "R. Okafor", Basis: "order", Matter: "26-cv-0107", Until: "2027-01-31", Retention: "730d"}
		return c
	}
	if err := good().Validate(); err != nil {
		t.Error(err)
	}
	if err := DefaultConfig().Validate(); err != nil || DefaultConfig().Enabled() {
		t.Error("not switched on, and not valid:", err)
	}
	for want, change := range map[string]func(*Config){
		"token: ":                           func(c *Config) { c.Token = secret.Value("hush hush") },
		"channels: \"\" is empty":           func(c *Config) { c.Channels = []string{""} },
		"channels: \"5550001\" is a person": func(c *Config) { c.Channels = []string{"5550001"} },
		"api_url: wants an https":           func(c *Config) { c.APIURL = "http://bots.example" },
		"api_url: ":                         func(c *Config) { c.APIURL = "https://me:pass@bots.example" },
		"authority: ":                       func(c *Config) { c.Authority = "" },
	} {
		c := good()
		change(&c)
		err := c.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", want, err)
		}
	}
}
