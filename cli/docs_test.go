package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stakeout/config"
)

// pages are the pages that lead a newcomer, as they stand.
var pages = []string{"discord", "telegram", "mail", "coverage"}

// fences gives the fenced blocks of a page, by the word after the fence.
func fences(t *testing.T, page string) map[string][]string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "docs", page+".md"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for i, part := range strings.Split(string(b), "\n```") {
		if i%2 == 1 {
			kind, block, _ := strings.Cut(part, "\n")
			out[kind] = append(out[kind], block)
		}
	}
	return out
}

func TestTheConfigurationsOfTheDocsLoad(t *testing.T) {
	dir := t.TempDir()
	secrets := map[string]string{"discord": "DISCORD_TOKEN", "telegram": "TELEGRAM_TOKEN", "mail": "MAIL_PASSWORD"}
	// An invented token of the form that Telegram's have.
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("5550100:"+strings.Repeat("fictional", 4)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, page := range pages {
		for _, block := range fences(t, page)["yaml"] {
			seen++
			var environ []string
			for section, name := range secrets {
				if strings.Contains("\n"+block, "\n"+section+":\n") {
					environ = append(environ, "STAKEOUT_"+name+"_FILE="+secret)
				}
			}
			if len(environ) != 1 {
				t.Errorf("%s: a block without a section, or with several:\n%s", page, block)
			}
			file := filepath.Join(dir, "stakeout.yaml")
			if err := os.WriteFile(file, []byte(block), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Load(file, environ)
			if err != nil {
				t.Errorf("%s: %v\n%s", page, err, block)
			}
			if w := cfg.Warnings(); len(w) > 0 {
				t.Errorf("%s: %q", page, w)
			}
		}
	}
	if seen < 5 {
		t.Errorf("only %d configurations found", seen)
	}
}

func TestTheCommandsOfTheDocsAreCommands(t *testing.T) {
	seen := 0
	for _, page := range pages {
		for _, block := range fences(t, page)[""] {
			for line := range strings.Lines(block) {
				line, _, _ = strings.Cut(strings.TrimSpace(line), "#")
				words := strings.Fields(line)
				if len(words) < 2 || words[0] != "stakeout" {
					continue
				}
				seen++
				cmd, rest, err := (&session{}).root().Find(words[1:])
				if err == nil {
					err = cmd.ParseFlags(rest)
				}
				if err == nil {
					err = cmd.ValidateArgs(cmd.Flags().Args())
				}
				if err != nil || !cmd.HasParent() {
					t.Errorf("%s: %q is no command: %v", page, line, err)
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d commands found", seen)
	}
}
