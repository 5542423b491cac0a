package export

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// samples lists the real exports that stand beside the repository, if they do.
func samples(t testing.TB) []string { return shared(t, "samples/*/*") }

func shared(t testing.TB, pattern string) []string {
	t.Helper()
	dir := os.Getenv("STAKEOUT_SHARED")
	if dir == "" {
		at, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for dir = filepath.Join(at, "shared"); at != filepath.Dir(at); dir = filepath.Join(at, "shared") {
			if _, err := os.Stat(dir); err == nil {
				break
			}
			at = filepath.Dir(at)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("nothing shared beside the repository")
	}
	return files
}

// census counts what a file holds by walking it as nothing but JSON.
type census struct{ messages, service, edited, reactions, given int64 }

func (c *census) walk(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			c.walk(e)
		}
	case map[string]any:
		if list, ok := v["messages"].([]any); ok {
			for _, m := range list {
				c.message(m.(map[string]any))
			}
			return
		}
		for _, e := range v {
			c.walk(e)
		}
	}
}

func (c *census) message(m map[string]any) {
	c.messages++
	switch kind, _ := m["type"].(string); kind {
	case "message", "Default", "Reply":
	default:
		c.service++
	}
	if m["timestampEdited"] != nil || m["edited_unixtime"] != nil {
		c.edited++
	}
	reactions, _ := m["reactions"].([]any)
	for _, r := range reactions {
		c.reactions++
		c.given += int64(r.(map[string]any)["count"].(float64))
	}
}

func countIndependently(t *testing.T, file string) census {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(file, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if b, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	var c census
	c.walk(v)
	return c
}

func TestSamplesAreReadCompletely(t *testing.T) {
	for _, file := range samples(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want := countIndependently(t, file)
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			var got census
			for rec, err := range Read(t.Context(), Input{Name: file, Reader: f}, Options{}) {
				if err != nil {
					t.Fatal(err)
				}
				if rec.Err != nil {
					t.Errorf("%s: %v", rec.Place, rec.Err)
					continue
				}
				got.messages++
				if rec.Obs.Event != "" {
					got.service++
				}
				if !rec.Obs.Edited.IsZero() {
					got.edited++
				}
				for _, r := range rec.Obs.Reactions {
					got.reactions++
					got.given += int64(r.Count)
				}
				if !json.Valid(rec.Obs.Native) {
					t.Errorf("%s: the native bytes are not one JSON value", rec.Place)
				}
			}
			if got != want {
				t.Errorf("read %+v, the file holds %+v", got, want)
			}
		})
	}
}

func TestLabelledSetsAreRead(t *testing.T) {
	for _, file := range append(shared(t, "eval/*/messages.jsonl"), shared(t, "benign/*.jsonl.gz")...) {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for rec, err := range Read(t.Context(), Input{Name: file, Reader: f}, Options{}) {
			if err != nil || rec.Err != nil {
				t.Fatal(err, rec.Place, rec.Err)
			}
			n++
		}
		if n == 0 {
			t.Errorf("%s: nothing read", file)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
