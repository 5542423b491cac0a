package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"stakeout/config"
)

// What a backup keeps of the configuration must be one that can be used again.
func TestTheSettingsOfABackupLoadAndHoldNoSecret(t *testing.T) {
	dir := t.TempDir()
	cfg, err := config.Load("", []string{"STAKEOUT_DATA=" + dir, "STAKEOUT_SLACK_TOKEN=xoxb-hush", "STAKEOUT_SLACK_CHANNEL=C0123456789",
		"STAKEOUT_DIGEST_RECEIVERS=slack", "STAKEOUT_ZONE=Europe/Berlin", "STAKEOUT_ALERTS_GROUP_INTERVAL=90s", "STAKEOUT_WATCHLIST=" + filepath.Join(dir, "list: #1.yaml")})
	if err != nil {
		t.Fatal(err)
	}
	b, err := settings(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "hush") || !strings.Contains(string(b), `token: "" # was set`) {
		t.Errorf("the settings say\n%s", b)
	}
	path := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := config.Load(path, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	if got, err := settings(again); err != nil || string(got) != strings.ReplaceAll(string(b), " # was set; a secret is not copied", "") {
		t.Errorf("read again:\n%s\n%v", got, err)
	}
}
