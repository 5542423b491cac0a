package discord

import (
	"strings"
	"testing"
	"time"

	"stakeout/bot"
)

func TestValidateNamesWhatCannotWork(t *testing.T) {
	good := func() Config {
		c := DefaultConfig()
		c.Token, c.Servers = "fictional.token", []string{"Harbour"}
		c.Terms = bot.Terms{Authority: "R. Okafor", Basis: "order", Matter: "26-cv-0107", Until: "2099-12-31", Retention: "730d"}
		return c
	}
	if err := good().Validate(); err != nil {
		t.Errorf("a good configuration: %v", err)
	}
	if err := DefaultConfig().Validate(); err != nil || DefaultConfig().Enabled() {
		t.Errorf("the default: %v, enabled %v", err, DefaultConfig().Enabled())
	}
	for want, change := range map[string]func(*Config){
		"token: has white space":       func(c *Config) { c.Token = "x " },
		"token: give it without":       func(c *Config) { c.Token = "Bot hush" },
		"token: is a user's":           func(c *Config) { c.Token = "mfa.hush" },
		"channels: name at least one":  func(c *Config) { c.Servers = nil },
		"servers: an entry is empty":   func(c *Config) { c.Servers = []string{" "} },
		"channels: an entry is empty":  func(c *Config) { c.Channels = []string{"#"} },
		"rescan: wants a time":         func(c *Config) { c.Rescan = 91 * 24 * time.Hour },
		"api_url: wants an https":      func(c *Config) { c.APIURL = "http://discord.example/api" },
		"canary.channel: wants the id": func(c *Config) { c.Canary.Channel = "general" },
		"canary.every: wants a time":   func(c *Config) { c.Canary = Canary{Channel: "5", Every: time.Second} },
		"authority: is needed":         func(c *Config) { c.Terms.Authority = "" },
	} {
		c := good()
		change(&c)
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%v, want %s…", err, want)
		}
	}
}

func TestAnAllowListMeansWhatItSays(t *testing.T) {
	world := func() *directory {
		d := newDirectory("9")
		for _, g := range []struct{ id, name string }{{"100", "Harbour"}, {"200", "Inland"}} {
			d.setGuild(&wireGuild{ID: g.id, Name: g.name, Channels: []wireChannel{
				{ID: g.id + "1", Name: "general"}, {ID: g.id + "2", Name: g.name + "-talk"},
				{ID: g.id + "3", Name: "back rooms", Type: kindCategory}, {ID: g.id + "4", Name: "den", ParentID: g.id + "3"},
			}, Threads: []wireChannel{{ID: g.id + "5", Name: "general", Type: kindPublicThread, ParentID: g.id + "4"}}})
		}
		return d
	}
	for name, c := range map[string]struct {
		cfg      Config
		want     string
		troubles int
	}{
		"a server by name":             {Config{Servers: []string{"harbour"}}, "1001 1002 1003 1004 1005", 0},
		"a server by id":               {Config{Servers: []string{"200"}}, "2001 2002 2003 2004 2005", 0},
		"a channel by id":              {Config{Channels: []string{"1002"}}, "1002", 0},
		"a channel by name":            {Config{Channels: []string{"#Harbour-talk"}}, "1002", 0},
		"a name that stands twice":     {Config{Channels: []string{"general"}}, "", 1},
		"with its server":              {Config{Channels: []string{"inland/general"}}, "2001", 0},
		"a category and what it holds": {Config{Channels: []string{"200/back rooms"}}, "2003 2004 2005", 0},
		"a channel and its threads":    {Config{Channels: []string{"Harbour/den"}}, "1004 1005", 0},
		"what is not there":            {Config{Channels: []string{"nowhere"}, Servers: []string{"300"}}, "", 2},
		"the canary's channel":         {Config{Canary: Canary{Channel: "2002"}}, "2002", 0},
	} {
		d := world()
		s := selection{cfg: c.cfg, found: map[string]string{}}
		troubles, _ := s.resolve(d)
		var got []string
		for _, v := range d.visible(&s) {
			if v.Listed {
				got = append(got, v.ID)
			}
		}
		if len(troubles) != c.troubles || !sameWords(got, c.want) {
			t.Errorf("%s: %v, %d troubles; want %s, %d", name, got, len(troubles), c.want, c.troubles)
		}
	}

	d := world()
	s := selection{cfg: Config{Channels: []string{"Harbour-talk"}}, found: map[string]string{}}
	s.resolve(d)
	d.channels["1002"].name = "renamed"
	d.channels["1001"].name = "Harbour-talk"
	if s.resolve(d); !s.on["1002"] || s.on["1001"] {
		t.Error("the list does not follow a renamed channel")
	}
	delete(d.channels, "1002")
	if s.resolve(d); !s.on["1001"] {
		t.Error("the list does not look for the name again when the channel is gone")
	}
}

func sameWords(got []string, want string) bool {
	have := map[string]bool{}
	for _, g := range got {
		have[g] = true
	}
	words := strings.Fields(want)
	for _, w := range words {
		if !have[w] {
			return false
		}
	}
	return len(words) == len(got)
}

func TestPermissionsAreComputedInDiscordsOrder(t *testing.T) {
	const me, all, r1, r2 = "9", "100", "11", "12"
	view, history, both := "1024", "65536", "66560"
	for name, c := range map[string]struct {
		everyone, one string
		overwrites    []wireOverwrite
		want          string
	}{
		"by @everyone":                   {both, "0", nil, ""},
		"by a role":                      {view, history, nil, ""},
		"nothing":                        {"0", "0", nil, "View Channel, Read Message History"},
		"administrator":                  {"8", "0", []wireOverwrite{{all, 0, "0", both}, {me, 1, "0", both}}, ""},
		"denied to all":                  {both, "0", []wireOverwrite{{all, 0, "0", history}}, "Read Message History"},
		"denied to all, allowed a role":  {both, "0", []wireOverwrite{{r1, 0, history, "0"}, {all, 0, "0", history}}, ""},
		"one role denies, another gives": {both, "0", []wireOverwrite{{r1, 0, "0", history}, {r2, 0, history, "0"}}, ""},
		"denied to the bot":              {both, "0", []wireOverwrite{{me, 1, "0", view}, {r1, 0, view, "0"}}, "View Channel"},
		"another member's is no matter":  {both, "0", []wireOverwrite{{"77", 1, "0", both}}, ""},
	} {
		d := newDirectory(me)
		d.setGuild(&wireGuild{ID: all, Roles: []wireRole{{ID: all, Permissions: c.everyone}, {ID: r1, Permissions: c.one}, {ID: r2, Permissions: "0"}},
			Members:  []wireJoined{{User: wireUser{ID: me}, Roles: []string{r1, r2}}},
			Channels: []wireChannel{{ID: "5", Overwrites: c.overwrites}}, Threads: []wireChannel{{ID: "6", ParentID: "5", Type: kindPrivate}}})
		for _, id := range []string{"5", "6"} {
			if got := strings.Join(d.lacks(d.channels[id]), ", "); got != c.want {
				t.Errorf("%s: channel %s lacks %q, want %q", name, id, got, c.want)
			}
		}
	}
}
