package alerts_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"stakeout/alerts/detect"
	"stakeout/ledger"
	"stakeout/message"
)

// reads is an engine that finds something in every message, panics with the
// text of some, and keeps what it was given.
type reads struct {
	triggers
	texts *[]string
}

func (r reads) Observe(m detect.Message) []detect.Finding {
	*r.texts = append(*r.texts, m.Text)
	return r.triggers.Observe(m)
}

func TestNothingPrivilegedIsJudgedOrPosted(t *testing.T) {
	const counsel = "quaggamire"
	var obs []*message.Observation
	for i := range 40 {
		o := &message.Observation{
			Kind: message.Posted, Via: message.Live, ID: strconv.Itoa(i), Observed: time.Unix(0, 0), Author: message.Author{Name: "ann"},
			Channel: message.Channel{Platform: message.Mail, ID: "thread " + strconv.Itoa(i%7)}, Privileged: counsel, Native: []byte(counsel), Format: "mail",
		}
		if i%2 == 0 {
			o.Text = "the forwarded original " + strconv.Itoa(i)
		}
		obs = append(obs, o)
	}
	var texts []string
	posts := told(t, reads{texts: &texts}, obs, ledger.Acquisition{Kind: "connector", Source: "mail"})
	if len(posts) < 4 {
		t.Fatalf("only %d posts", len(posts))
	}
	if len(texts) != len(obs) || strings.Contains(strings.Join(texts, " "), counsel) {
		t.Errorf("the rules were given %q", texts)
	}
	for _, p := range posts {
		for _, reading := range readings(t, p) {
			if strings.Contains(reading, counsel) {
				t.Fatalf("what is privileged left in %s", reading)
			}
		}
	}
}
