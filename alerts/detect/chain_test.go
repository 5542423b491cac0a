package detect

import (
	"fmt"
	"testing"
	"time"

	"stakeout/alerts/rules"
)

// Pieces are looked for after a dox, but a piece must not be the ground for
// looking further: ordinary talk of rows and numbers would be masked for ever.
func TestPiecesAfterADoxDoNotLeadOnForEver(t *testing.T) {
	set, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	w := rules.ExampleWatchlist()
	e := New(set, w)
	sent := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	found := 0
	for i := range 80 {
		text := fmt.Sprintf("nothing much going on in row %d tonight", i)
		if i == 0 {
			text = w.Protected[0].Name + " lives at 12 Alder Street, call her on 202-555-0143"
		}
		if len(e.Observe(Message{Seq: int64(i + 1), ID: fmt.Sprint(i), Channel: "c", Author: fmt.Sprint("author", i%5), Sent: sent.Add(time.Duration(i) * time.Minute), Text: text})) > 0 {
			found = i
		}
	}
	if found > 12 {
		t.Errorf("message %d is still taken for a piece of the first", found)
	}
}
