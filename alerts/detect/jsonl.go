package detect

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// Line is a finding as `stakeout detect` prints it. It holds no message text.
type Line struct {
	MessageID string  `json:"message_id"`
	Label     string  `json:"label"`
	Rule      string  `json:"rule"`
	Level     string  `json:"level"`
	Score     float64 `json:"score"`
	Reason    string  `json:"reason"`
}

// labelled is a message in the labelled sets' form.
type labelled struct {
	ID           string    `json:"id"`
	Conversation string    `json:"conversation"`
	Platform     string    `json:"platform"`
	Channel      string    `json:"channel"`
	Author       string    `json:"author"`
	Time         time.Time `json:"time"`
	ReplyTo      string    `json:"reply_to"`
	Text         string    `json:"text"`
}

// maxLine is the longest line read, well above any message's.
const maxLine = 16 << 20

// Lines reads messages in the labelled sets' form from r, one JSON object a
// line, and judges them in their order as if they came live. Messages of one
// conversation share its window; without a conversation the platform and
// channel tell. Empty lines are skipped. At a line that cannot be read it
// yields an error that names file and line, and ends.
func Lines(e *Engine, name string, r io.Reader) iter.Seq2[Line, error] {
	return func(yield func(Line, error) bool) {
		in := bufio.NewScanner(r)
		in.Buffer(make([]byte, 64<<10), maxLine)
		n := 0
		for in.Scan() {
			n++
			line := bytes.TrimSpace(in.Bytes())
			if n == 1 {
				line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
			}
			if len(line) == 0 {
				continue
			}
			m, err := parseLine(line)
			if err != nil {
				yield(Line{}, fmt.Errorf("%s:%d: %w", name, n, err))
				return
			}
			m.Seq = int64(n)
			for _, f := range e.Observe(m) {
				if !yield(Line{f.ID, f.Label, f.Rule, f.Level, f.Score, f.Reason}, nil) {
					return
				}
			}
		}
		if err := in.Err(); err != nil {
			yield(Line{}, fmt.Errorf("%s:%d: %w", name, n+1, err))
		}
	}
}

func parseLine(line []byte) (Message, error) {
	var l labelled
	if err := json.Unmarshal(line, &l); err != nil {
		return Message{}, plain(err)
	}
	if l.ID == "" {
		return Message{}, errors.New("the message has no id")
	}
	channel := "conversation\x00" + l.Conversation
	if l.Conversation == "" {
		channel = l.Platform + "\x00" + l.Channel
	}
	return Message{ID: l.ID, Platform: l.Platform, Channel: channel, Author: l.Author, ReplyTo: l.ReplyTo, Sent: l.Time, Text: l.Text}, nil
}

// plain says what is wrong with a JSON line without quoting it.
func plain(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("not a JSON object: broken at byte %d", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Errorf("%s: %s where %s should stand", kind.Field, kind.Value, kind.Type)
	}
	return errors.New("not a message: time is not RFC 3339")
}
