package mail

import (
	"strings"
	"testing"

	"stakeout/bot"
)

func TestConfigIsChecked(t *testing.T) {
	good := Config{Server: "imap.firm.example:993", TLS: TLS, Username: "watch@firm.example", Password: "x", Terms: bot.Terms{Authority: "a", Basis: "b", Matter: "c", Until: "2027-01-31", Retention: "365d"}}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	if err := DefaultConfig().Validate(); err != nil || DefaultConfig().Enabled() {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Config){
		"server: ":    func(c *Config) { c.Server = "imap.firm.example" },
		"tls: none":   func(c *Config) { c.TLS = Plain },
		"tls: wants":  func(c *Config) { c.TLS = "ssl" },
		"username: ":  func(c *Config) { c.Username = " x" },
		"password: ":  func(c *Config) { c.Password = "a\r\nb" },
		"folders: ":   func(c *Config) { c.Folders = []string{"INBOX", "INBOX"} },
		"counsel: ":   func(c *Config) { c.Counsel = []string{"firm.example"} },
		"readers: ":   func(c *Config) { c.Readers = []string{""} },
		"authority: ": func(c *Config) { c.Authority = "" },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	local := good
	local.Server, local.TLS = "127.0.0.1:143", Plain
	if err := local.Validate(); err != nil {
		t.Error(err)
	}
}
