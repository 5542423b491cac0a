package slack

import (
	"io"
	"net/http"
	"strings"
)

// answerSize bounds what is read of an answer. Slack's echo of a posted
// message with all its blocks stays far below.
const answerSize = 1 << 20

// keptSize bounds what is kept to tell the reason of a refusal.
const keptSize = 200

// answer passes one request on and keeps the status and the beginning of the
// body, which slack-go does not hand out. It is for one request.
type answer struct {
	base   http.RoundTripper
	status int
	kept   []byte
}

func (a *answer) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := a.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	a.status = resp.StatusCode
	resp.Body = &body{answer: a, Reader: io.LimitReader(resp.Body, answerSize), Closer: resp.Body}
	return resp, nil
}

func (a *answer) body() string { return string(a.kept) }

type body struct {
	io.Reader
	io.Closer
	answer *answer
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if room := keptSize - len(b.answer.kept); room > 0 {
		b.answer.kept = append(b.answer.kept, p[:min(n, room)]...)
	}
	return n, err
}

// Close reads what slack-go left unread, so that the beginning is kept and
// the connection can be used again.
func (b *body) Close() error {
	_, _ = io.Copy(io.Discard, b)
	return b.Closer.Close()
}

// word is Slack's word for what is wrong ("invalid_payload"); anything that
// does not look like one is not repeated.
func word(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 60 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "unknown_reason"
	}
	return s
}
