package letter_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"stakeout/bot/mail/letter"
	"stakeout/message"
)

// In these mails every line of counsel's own holds the word KESTREL and the
// original the word MAGPIE. Below testdata/told the two can be told apart, and
// below testdata/doubt they cannot.
const (
	counselsWord  = "KESTREL"
	originalsWord = "MAGPIE"
)

// public is all of an observation that is not privileged.
func public(t *testing.T, obs []*message.Observation) string {
	t.Helper()
	var b strings.Builder
	for _, o := range obs {
		c := *o
		c.Privileged = ""
		j, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(j)
	}
	return b.String()
}

func readAll(t *testing.T, pattern string, opt letter.Options, check func(*testing.T, []*message.Observation)) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal(pattern, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			obs, err := letter.Read(raw, opt)
			if err != nil {
				t.Fatal(err)
			}
			check(t, obs)
		})
	}
}

func TestForwardsAreToldFromTheirForwarder(t *testing.T) {
	for name, opt := range map[string]letter.Options{"named": firm, "unnamed": {}} {
		t.Run(name, func(t *testing.T) {
			readAll(t, "testdata/told/*.eml", opt, func(t *testing.T, obs []*message.Observation) {
				o := obs[0]
				if strings.Contains(public(t, obs), counselsWord) {
					t.Errorf("counsel's words are public: %s", public(t, obs))
				}
				if !strings.Contains(o.Text, originalsWord) || !strings.Contains(o.Privileged, counselsWord) {
					t.Errorf("text %q\nprivileged %q", o.Text, o.Privileged)
				}
				if o.Author.ID != "marlow@postbin.example" || !strings.HasPrefix(o.Author.Name, "Marlow") {
					t.Errorf("author %+v", o.Author)
				}
				if !strings.Contains(o.Channel.Name, "wrong man") || strings.Contains(strings.ToLower(o.Channel.Name), "fw") {
					t.Errorf("subject %q", o.Channel.Name)
				}
				want := time.Date(2026, 3, 13, 9, 14, 0, 0, time.UTC)
				if got := o.Sent.UTC.Truncate(time.Minute); !got.Equal(want) {
					t.Errorf("sent %v, want %v", got, want)
				}
			})
		})
	}
}

func TestWhatIsInDoubtIsPrivileged(t *testing.T) {
	readAll(t, "testdata/doubt/*.eml", firm, func(t *testing.T, obs []*message.Observation) {
		o := obs[0]
		if p := public(t, obs); len(obs) != 1 || strings.Contains(p, counselsWord) || strings.Contains(p, originalsWord) {
			t.Errorf("public: %s", p)
		}
		if o.Text != "" || o.Channel.Name != "" || o.Author != (message.Author{}) || o.Embeds != nil || o.Links != nil || o.Attachments != nil || o.Forward != nil {
			t.Errorf("not wholly privileged: %+v", o)
		}
		if !strings.Contains(o.Privileged, counselsWord) {
			t.Errorf("privileged: %q", o.Privileged)
		}
	})
}

// A mail from outside is its sender's word, however much of a forward it seems.
func TestNobodyHidesBehindAForward(t *testing.T) {
	readAll(t, "testdata/told/*.eml", letter.Options{Counsel: []string{"@elsewhere.example"}}, func(t *testing.T, obs []*message.Observation) {
		if obs[0].Privileged != "" || len(obs) != 1 || !strings.Contains(public(t, obs), originalsWord) || !strings.Contains(public(t, obs), counselsWord) {
			t.Errorf("%+v", obs[0])
		}
	})
}

func contains(s, what string) bool { return strings.Contains(s, what) }

func oneLine(s string) string {
	return strings.NewReplacer("\n", " ", "\r", " ", "\x00", " ").Replace(s)
}

// Where nobody is named as counsel, a mail with any sign of a forward that
// cannot be told apart is privileged, and any other is its sender's own.
func TestNobodyIsNamed(t *testing.T) {
	for _, c := range []struct {
		subject, text string
		public        bool
	}{
		{"hello", "MAGPIE alone", true},
		{"Re: hello", "MAGPIE\n\nOn Monday, Jo <jo@a.test> wrote:\n> text", true},
		{"Fwd: hello", "KESTREL see below\n\nMAGPIE", false},
		{"Re: Fwd: hello", "KESTREL\n\n> MAGPIE", false},
		{"hello", "KESTREL\n\n> ---------- Forwarded message ---------\n> From: a@b.test\n", false},
		{"RE: hello", "KESTREL\n\nFrom: Jo <jo@a.test>\nSent: Monday, March 2, 2026 9:14 AM\nTo: x\nSubject: hello\n\nMAGPIE", false},
	} {
		raw := "From: Jo <jo@b.test>\nMessage-ID: <1@b.test>\nSubject: " + c.subject + "\n\n" + c.text + "\n"
		obs, err := letter.Read([]byte(raw), letter.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if p := public(t, obs); contains(p, originalsWord) != c.public || contains(p, counselsWord) || (obs[0].Privileged == "") != c.public {
			t.Errorf("%q, %q: %+v", c.subject, c.text, obs[0])
		}
	}
}
