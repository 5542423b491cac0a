package export

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

var tested = time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)

func testOptions() Options {
	return Options{Zone: time.FixedZone("+02:00", 7200), Account: "4242", Now: func() time.Time { return tested }}
}

// readAll reads b and gives each record in one line, and the error that ended
// it.
func readAll(t testing.TB, name string, b []byte, opt Options) ([]Record, error) {
	t.Helper()
	var recs []Record
	for rec, err := range Read(t.Context(), Input{Name: name, Reader: bytes.NewReader(b)}, opt) {
		if err != nil {
			return recs, err
		}
		recs = append(recs, rec)
	}
	return recs, nil
}

func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			recs, err := readAll(t, file, b, testOptions())
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			for _, rec := range recs {
				if !bytes.Contains(b, rec.Raw) {
					t.Errorf("%s: the bytes are not those of the file", rec.Place)
				}
				out.WriteString(rec.Place + " ")
				if rec.Err != nil {
					out.WriteString("cannot be read: " + rec.Err.Error() + "\n")
					continue
				}
				j, err := json.Marshal(rec.Obs)
				if err != nil {
					t.Fatal(err)
				}
				out.Write(append(j, '\n'))
			}
			golden := strings.TrimSuffix(file, filepath.Ext(file)) + ".golden"
			if *update {
				if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out.Bytes(), want) {
				t.Errorf("got\n%s\nwant\n%s", out.Bytes(), want)
			}
		})
	}
}
