package alerts

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"stakeout/alerts/notify"
	"stakeout/message"
)

// Place is how a channel is told: by its name, masked, where that is a name. A
// mail's is its subject and a Discord thread's mostly the beginning of its
// first message, which are part of what was written: there the id stands (of
// a mail a hash, since its id may be the subject), and for a thread the channel
// that it hangs on.
func (a *Alerts) Place(c message.Channel) notify.Foreign {
	switch {
	case c.IsMail():
		return a.Mask(fmt.Sprintf("(subject not shown) %.3x", sha256.Sum256([]byte(c.ID))))
	case c.Platform == message.Discord && c.Parent != nil:
		return a.Mask(strings.TrimSpace(c.Parent.Name + " (thread " + c.ID + ")"))
	case c.Name == "":
		return a.Mask(c.ID)
	}
	return a.Mask(c.Name)
}

// place is Place for the channel of a message: by its id where the name is the
// message over again.
func (a *Alerts) place(o *message.Observation) notify.Foreign {
	if quotes(string(a.Place(o.Channel)), words(o)) {
		return a.name(o.Channel.Name, o.Channel.ID, o)
	}
	return a.Place(o.Channel)
}

// name is how a person's or a server's name is told: masked, and by its id
// where the name is the message over again.
func (a *Alerts) name(name, id string, o *message.Observation) notify.Foreign {
	if quotes(name, words(o)) {
		name = "(named after a message) " + id
	}
	return a.Mask(name)
}

// quoteRun is how long a stretch that a name shares with a message may be
// before the name is taken for a quotation. Shorter ones are handles and
// channel names that people mention.
const quoteRun = 16

// quotes reports that a name repeats a stretch of several words of a message.
func quotes(name, text string) bool {
	n := []rune(squeeze(name))
	if len(n) < quoteRun {
		return false
	}
	t := squeeze(text)
	for i := 0; i+quoteRun <= len(n); i++ {
		run := string(n[i : i+quoteRun])
		if strings.Contains(strings.TrimSpace(run), " ") && strings.Contains(t, run) {
			return true
		}
	}
	return false
}

// squeeze levels case and whatever stands between words.
func squeeze(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return r == '-' || r == '_' || r == ' ' || r == '\n' || r == '\t' || r == '\u00a0'
	}), " ")
}
