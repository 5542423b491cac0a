package config

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestProblemsAreToldAtOnce loads every testdata/*.yaml and compares what is
// said about it with the golden lines beside it.
func TestProblemsAreToldAtOnce(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := Load(file, nil)
			got := "ok\n"
			if err != nil {
				got = strings.ReplaceAll(err.Error(), "testdata/", "") + "\n"
			}
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
			if strings.Contains(got, "hush") {
				t.Error("a secret is told")
			}
		})
	}
}

func TestLoadKeepsDefaultsOfWhatIsNotSet(t *testing.T) {
	file := write(t, "web:\n  public_url: https://stakeout.example\nlog:\n")
	c, err := Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Web.PublicURL = "https://stakeout.example"
	if fmt.Sprint(c) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

func TestNoFileMeansDefaults(t *testing.T) {
	c, err := Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(c) != fmt.Sprint(Default()) {
		t.Errorf("got %+v", c)
	}
}

func TestMissingFileIsTold(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "no.yaml"), nil)
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestHugeFileIsRefused(t *testing.T) {
	_, err := Load(write(t, strings.Repeat("# chat\n", maxFile)), nil)
	if err == nil || !strings.Contains(err.Error(), "not a configuration") {
		t.Errorf("got %v", err)
	}
}

func TestPathsAreTakenFromTheFilesFolder(t *testing.T) {
	file := write(t, "data: case\nwatchlist: /etc/w.yaml\nrules: ../rules\n")
	c, err := Load(file, []string{"STAKEOUT_RULES=here"})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(file)
	for _, tt := range []struct{ got, want string }{
		{c.Data, filepath.Join(dir, "case")},
		{c.Watchlist, "/etc/w.yaml"},
		{c.Rules, "here"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestCheckLooksForWhatIsNamed(t *testing.T) {
	file := write(t, "watchlist: people.yaml\nrules: stakeout.yaml\ndata: stakeout.yaml\n")
	_, err := Check(file, nil)
	if err == nil {
		t.Fatal("nothing found")
	}
	for _, want := range []string{"watchlist: stat", "rules: ", "is not a folder", "data: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
	if _, err := Check(write(t, "zone: UTC\n"), nil); err != nil {
		t.Error(err)
	}
}

func TestOpenPageIsAWarning(t *testing.T) {
	for listen, want := range map[string]int{"127.0.0.1:8080": 0, "localhost:1": 0, "[::1]:8080": 0, "off": 0, "0.0.0.0:8080": 1, ":8080": 1, "192.0.2.7:80": 1} {
		c, err := Load("", []string{"STAKEOUT_WEB_LISTEN=" + listen})
		if err != nil {
			t.Errorf("%s: %v", listen, err)
		}
		if len(c.Warnings()) != want {
			t.Errorf("%s: %q", listen, c.Warnings())
		}
	}
}

func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(Example()))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parse("fuzz.yaml", data, nil)
		var bad *Error
		switch {
		case err == nil:
			for key, p := range c.parts() {
				if err := p.Validate(); err != nil {
					t.Errorf("handed out with bad %s: %v", key, err)
				}
			}
		case !errors.As(err, &bad) || len(bad.Problems) == 0:
			t.Errorf("an error without problems: %v", err)
		}
	})
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "stakeout.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
