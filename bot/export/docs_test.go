package export

import (
	"os"
	"regexp"
	"testing"
)

// TestDocumentedLines holds docs/jsonl.md to its word.
func TestDocumentedLines(t *testing.T) {
	doc, err := os.ReadFile("../../docs/jsonl.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```jsonl( refused)?\n(.*?)```").FindAllSubmatch(doc, -1)
	if len(blocks) != 4 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, b := range blocks {
		refused := len(b[1]) > 0
		// An example of refused lines alone would not be known as JSON Lines.
		text := append([]byte(`{"platform":"forum","channel":"c","id":"0"}`+"\n"), b[2]...)
		recs, err := readAll(t, "jsonl.md", text, Options{})
		if err != nil || len(recs) < 2 {
			t.Fatalf("%d records, %v", len(recs), err)
		}
		for _, r := range recs[1:] {
			if (r.Err != nil) != refused {
				t.Errorf("%s\n%v", r.Raw, r.Err)
			}
		}
	}
}

// TestDocumentedKeysAreComplete: what the table names is read, and nothing
// else is.
func TestDocumentedKeysAreComplete(t *testing.T) {
	doc, err := os.ReadFile("../../docs/jsonl.md")
	if err != nil {
		t.Fatal(err)
	}
	for key := range linesKeys {
		if !regexp.MustCompile("`" + key + "`").Match(doc) {
			t.Errorf("%s is not documented", key)
		}
	}
}
