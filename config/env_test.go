package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestEveryScalarHasItsOwnVariable keeps two settings from sharing a name in
// the environment.
func TestEveryScalarHasItsOwnVariable(t *testing.T) {
	c, names := Default(), map[string]string{}
	walk(reflect.ValueOf(&c).Elem(), "", func(path string, v reflect.Value) {
		for _, name := range []string{variable(path), variable(path) + "_FILE"} {
			if other, twice := names[name]; twice {
				t.Errorf("%s overrides both %s and %s", name, other, path)
			}
			names[name] = path
			if v.Type() != secretType {
				break
			}
		}
	})
	if len(names) == 0 {
		t.Error("no settings")
	}
}

func TestEnvironmentOverridesTheFile(t *testing.T) {
	file := write(t, "zone: Europe/Berlin\nweb:\n  listen: 127.0.0.1:1\n")
	c, err := Load(file, []string{
		"HOME=/nowhere",
		"STAKEOUT_ZONE=America/New_York",
		"STAKEOUT_WEB_LISTEN=", // empty: absent
		"STAKEOUT_LOG_LEVEL=debug",
		"STAKEOUT_CONFIG=" + file,
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.Zone != "America/New_York" || c.Web.Listen != "127.0.0.1:1" || c.Log.Level != "debug" || len(c.Warnings()) != 0 {
		t.Errorf("got %+v, warnings %q", c, c.Warnings())
	}
}

func TestEnvironmentErrorsNameTheVariable(t *testing.T) {
	_, err := Load(write(t, "log:\n  level: loud\n"), []string{"STAKEOUT_ZONE=Middle/Earth", "STAKEOUT_CONTROL_MODE=0777"})
	if err == nil {
		t.Fatal("nothing refused")
	}
	for _, want := range []string{
		`STAKEOUT_ZONE: zone: "Middle/Earth" is not the name of an IANA time zone`,
		"STAKEOUT_CONTROL_MODE: control.mode: 0777 lets every user",
		"stakeout.yaml:2:3: log.level: wants debug",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
}

func TestUnknownVariableIsAWarning(t *testing.T) {
	c, err := Load("", []string{"STAKEOUT_WEB_LISTENN=off", "STAKEOUT_SERVICE_HOST=192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(c.Warnings(), "\n")
	if !strings.Contains(got, "STAKEOUT_WEB_LISTENN: no such setting; did you mean STAKEOUT_WEB_LISTEN?") || len(c.Warnings()) != 2 {
		t.Errorf("got %s", got)
	}
}

func TestSecretFile(t *testing.T) {
	dir := t.TempDir()
	make := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the umask
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct{ name, path, want, err string }{
		{"plain", make("plain", "xoxb-hush", 0o400), "xoxb-hush", ""},
		{"one line end is cut", make("line", "xoxb-hush\r\n", 0o640), "xoxb-hush", ""},
		{"only one", make("lines", "xoxb\n\n", 0o600), "xoxb\n", ""},
		{"open to all", make("open", "xoxb-hush", 0o644), "", "chmod o-r"},
		{"empty", make("empty", "\n", 0o600), "", "is empty"},
		{"huge", make("huge", strings.Repeat("x", maxSecret+1), 0o600), "", "larger than"},
		{"folder", dir, "", "is a folder"},
		{"the secret itself, by mistake", "xoxb-hush", "", "wants the name of a file"},
		{"absent", filepath.Join(dir, "none"), "", "no such file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readSecret(tt.path)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got error %v, want %q", err, tt.err)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Error("the secret is told")
			}
		})
	}
}
