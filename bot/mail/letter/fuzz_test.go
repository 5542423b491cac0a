package letter_test

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"stakeout/bot/mail/letter"
	"stakeout/message"
)

func seeds(f *testing.F, patterns ...string) {
	f.Helper()
	for _, p := range patterns {
		files, err := filepath.Glob(p)
		if err != nil || len(files) == 0 {
			f.Fatal(p, err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
}

// sound checks what holds of every observation, whatever the mail.
func sound(t *testing.T, obs []*message.Observation) {
	t.Helper()
	if len(obs) == 0 {
		t.Fatal("a mail without an observation")
	}
	ids := map[string]bool{}
	for _, o := range obs {
		if o.ID == "" || o.Channel.ID == "" || o.Native == nil || ids[o.ID] {
			t.Fatalf("id %q, channel %q", o.ID, o.Channel.ID)
		}
		ids[o.ID] = true
		texts := append([]string{o.ID, o.Channel.ID, o.Channel.Name, o.Text, o.Privileged, o.Author.ID, o.Author.Name}, append(o.Embeds, o.Links...)...)
		for _, a := range o.Attachments {
			texts = append(texts, a.Name, a.Type)
		}
		for _, s := range texts {
			if !utf8.ValidString(s) {
				t.Fatalf("not UTF-8: %q", s)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	seeds(f, "testdata/mails/*.eml", "testdata/told/*.eml", "testdata/doubt/*.eml")
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, opt := range []letter.Options{firm, {}} {
			if obs, err := letter.Read(raw, opt); err == nil {
				sound(t, obs)
			}
		}
	})
}

// FuzzForward puts any text under counsel's name: what stands above a forward
// must never become public, whatever stands below it.
func FuzzForward(f *testing.F) {
	f.Add("Fwd: x", "look\n", "---------- Forwarded message ---------\nFrom: Marlow <marlow@postbin.example>\nDate: Fri, Mar 13, 2026 at 9:14 AM\nSubject: x\nTo: a@firm.example\n\ntext\n")
	f.Add("FW: x", "look\n", "-----Original Message-----\nFrom: Marlow <marlow@postbin.example>\nSent: 13 March 2026 09:14\nTo: a@firm.example\nSubject: x\n\ntext\n")
	f.Add("Fwd: x", "look\n", "Begin forwarded message:\n\n> From: Marlow <marlow@postbin.example>\n> Date: 13 March 2026 at 09:14:58 GMT\n> Subject: x\n>\n> text\n")
	f.Fuzz(func(t *testing.T, subject, above, below string) {
		for _, kind := range []string{"text/plain; charset=utf-8", "text/plain; charset=utf-8; format=flowed", "text/html; charset=utf-8"} {
			raw := "From: Hannah Wrexley <hannah@firm.example>\nMessage-ID: <1@firm.example>\nSubject: " + oneLine(subject) + "\nContent-Type: " + kind + "\n\n" +
				counselsWord + " alone\n\n" + above + "\n" + below
			if kind == "text/html; charset=utf-8" {
				raw = "From: Hannah Wrexley <hannah@firm.example>\nMessage-ID: <1@firm.example>\nSubject: " + oneLine(subject) + "\nContent-Type: " + kind + "\n\n<p>" +
					counselsWord + " alone</p>" + above + below
			}
			obs, err := letter.Read([]byte(raw), firm)
			if err != nil {
				t.Fatal(err)
			}
			sound(t, obs)
			if p := public(t, obs); contains(p, counselsWord) {
				t.Fatalf("public: %s", p)
			}
		}
	})
}
