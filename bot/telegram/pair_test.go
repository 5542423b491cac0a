package telegram

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"

	"stakeout/bot/export"
	"stakeout/ledger"
	"stakeout/message"
)

// A chat that was watched and is then imported from an export, or the other way
// round: each message stands in the ledger once, and what one side lacked comes
// from the other.
func TestAnExportOfAWatchedChatMerges(t *testing.T) {
	live, err := os.ReadFile("testdata/pair-live.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	exported, err := os.ReadFile("testdata/pair-export.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range []string{"watched first", "imported first"} {
		t.Run(order, func(t *testing.T) {
			b := newBench(t)
			watch := func() {
				stop := b.running()
				b.settled()
				for line := range strings.Lines(string(live)) {
					b.server.PushRaw(func(id int64) string {
						return strings.Replace(strings.TrimSpace(line), `"update_id":0`, `"update_id":`+number(id).String(), 1)
					})
				}
				b.settled()
				stop()
			}
			load := func() {
				im := &export.Importer{Ledger: b.ledger.Ledger, Version: "test"}
				if _, err := im.Import(t.Context(), export.Input{Name: "result.json", Reader: bytes.NewReader(exported)}, export.Options{}, nil); err != nil {
					t.Fatal(err)
				}
			}
			if order == "watched first" {
				watch()
				load()
			} else {
				load()
				watch()
			}
			// 12 messages, what 45 said before it was edited, and 39 of the export.
			want(t, "rejected", b.in.Health().Rejected, 0)
			want(t, "observations", len(b.entries(ledger.Observation)), 13)
			want(t, "sightings", len(b.entries(ledger.Sighting)), 11)
			for _, e := range b.entries(ledger.Observation, ledger.Sighting) {
				if e.Differs {
					t.Errorf("message %s differs", e.Obs.ID)
				}
			}
		})
	}
}

// What the ledger does not compare comes out the same as well.
func TestAnExportReadsAsTheLiveMessage(t *testing.T) {
	live, err := os.ReadFile("testdata/pair-live.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("testdata/pair-export.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	exported := map[string]*message.Observation{}
	for rec, err := range export.Read(t.Context(), export.Input{Name: "result.json", Reader: f}, export.Options{}) {
		if err != nil || rec.Err != nil {
			t.Fatal(err, rec.Err)
		}
		exported[rec.Obs.ID] = rec.Obs
	}
	for line := range strings.Lines(string(live)) {
		o, err := Parse([]byte(strings.Replace(line, `"update_id":0`, `"update_id":1`, 1)), "5550100")
		if err != nil {
			t.Fatal(err)
		}
		x := exported[o.ID]
		if o.Kind != x.Kind {
			continue // before it was edited
		}
		type same struct {
			Channel              message.Channel
			Text, Event          string
			Author, Name         string
			Sent, Edited         message.Time
			ReplyTo              *message.Ref
			Links                []string
			From, FromID, FromCh string
		}
		of := func(o *message.Observation) same {
			s := same{Channel: o.Channel, Text: o.Text, Event: o.Event, Author: o.Author.ID, Name: o.Author.Name, Sent: o.Sent, Edited: o.Edited, ReplyTo: o.ReplyTo, Links: o.Links}
			if o.Forward != nil {
				s.From, s.FromID, s.FromCh = o.Forward.From, o.Forward.FromID, o.Forward.Channel
			}
			return s
		}
		if !reflect.DeepEqual(of(o), of(x)) {
			t.Errorf("message %s\n live   %+v\n export %+v", o.ID, of(o), of(x))
		}
		if len(o.Attachments) != len(x.Attachments) {
			t.Errorf("message %s: %d files live, %d in the export", o.ID, len(o.Attachments), len(x.Attachments))
		}
	}
}
