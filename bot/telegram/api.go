package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	tele "gopkg.in/telebot.v3"
)

const (
	// answerTime is how long an answer may take, beyond the time that a poll
	// is held.
	answerTime = 20 * time.Second
	// maxAnswer bounds an answer: a hundred updates of the largest messages,
	// with room to spare.
	maxAnswer = 64 << 20
)

// api calls the Bot API. All that goes out goes through telebot's Raw, which
// gives the bytes of the answer.
type api struct {
	bot   *tele.Bot
	base  *http.Transport
	token string
}

// close lets go of idle connections.
func (a *api) close() { a.base.CloseIdleConnections() }

// apiError is an answer that says no. https://core.telegram.org/bots/api#making-requests
type apiError struct {
	method     string
	Code       int
	text       string // Telegram's description, scrubbed
	RetryAfter time.Duration
	MigratedTo int64
}

func (e *apiError) Error() string {
	return fmt.Sprintf("%s: Telegram says %d %s", e.method, e.Code, e.text)
}

// webhook tells of the two kinds of conflict the one with a webhook.
func (e *apiError) webhook() bool { return e.Code == 409 && strings.Contains(e.text, "webhook") }

// gone reports that the chat cannot be seen.
func (e *apiError) gone() bool { return e.Code == 403 || e.Code == 400 }

// answerError is an answer that cannot be read.
type answerError struct {
	method, reason string
	body           []byte
}

func (e *answerError) Error() string { return e.method + ": the answer " + e.reason }

// dial makes a bot without calling anybody. Its requests end with ctx.
func dial(ctx context.Context, cfg Config, timeout time.Duration) (*api, error) {
	token := cfg.Token.Reveal()
	base := http.DefaultTransport.(*http.Transport).Clone()
	bot, err := tele.NewBot(tele.Settings{
		URL:     strings.TrimRight(cfg.APIURL, "/"),
		Token:   token,
		Offline: true,
		Client: &http.Client{
			Transport: &transport{ctx: ctx, base: base},
			Timeout:   timeout,
			// An answer that points elsewhere would carry the token there.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		OnError: func(error, tele.Context) {}, // the default prints it, and the token with it
	})
	a := &api{bot: bot, base: base, token: token}
	if err != nil {
		return nil, a.scrub("make a bot", err)
	}
	return a, nil
}

// transport ends requests with a context, which telebot has none of, and
// bounds the answers.
type transport struct {
	ctx  context.Context
	base *http.Transport
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	stop := context.AfterFunc(t.ctx, func() { cancel(context.Cause(t.ctx)) })
	resp, err := t.base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		stop()
		cancel(nil)
		return nil, err
	}
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK && !strings.HasPrefix(kind, "application/json") {
		_ = resp.Body.Close()
		stop()
		cancel(nil)
		return nil, fmt.Errorf("HTTP %d %s, not from the Bot API", resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	resp.Body = &body{Reader: io.LimitReader(resp.Body, maxAnswer), Closer: resp.Body, end: func() { stop(); cancel(nil) }}
	return resp, nil
}

type body struct {
	io.Reader
	io.Closer
	end func()
}

func (b *body) Close() error {
	defer b.end()
	return b.Closer.Close()
}

// answer is what every method answers.
type answer struct {
	OK          truth           `json:"ok"`
	Code        number          `json:"error_code"`
	Description text            `json:"description"`
	Result      json.RawMessage `json:"result"`
	Parameters  struct {
		RetryAfter number `json:"retry_after"`
		MigrateTo  number `json:"migrate_to_chat_id"`
	} `json:"parameters"`
}

// call calls a method and gives its result. The errors are *apiError,
// *answerError, or of the network; none holds the token.
func (a *api) call(method string, params map[string]any) (json.RawMessage, error) {
	data, err := a.raw(method, params)
	var ans answer
	// telebot takes an answer that is no JSON for a good one, and words an
	// answer that says no in its own way: the bytes count, whatever it says.
	if data != nil && json.Valid(data) && kind(bytes.TrimLeft(data, " \t\r\n")) == '{' {
		_ = json.Unmarshal(data, &ans)
		if ans.OK {
			return ans.Result, nil
		}
		if ans.Code != 0 {
			return nil, &apiError{
				method: method, Code: int(ans.Code), text: a.clean(string(ans.Description)),
				RetryAfter: time.Duration(max(0, ans.Parameters.RetryAfter)) * time.Second, MigratedTo: int64(ans.Parameters.MigrateTo),
			}
		}
	}
	if data == nil && err != nil {
		return nil, a.scrub(method, err)
	}
	return nil, &answerError{method: method, reason: "is none of the Bot API's", body: data}
}

var errRaw = errors.New("telebot gave up on the answer")

// raw contains telebot's panics on an answer of another form than documented.
func (a *api) raw(method string, params map[string]any) (data []byte, err error) {
	defer func() {
		if recover() != nil {
			data, err = nil, errRaw
		}
	}()
	return a.bot.Raw(method, params)
}

const maxReason = 200 // characters of a description

// clean takes the token out of a text, in every form that an address gives it.
func (a *api) clean(s string) string {
	for _, form := range []string{a.token, url.PathEscape(a.token), url.QueryEscape(a.token)} {
		if form != "" {
			s = strings.ReplaceAll(s, form, "[secret]")
		}
	}
	if _, secret, ok := strings.Cut(a.token, ":"); ok && secret != "" {
		s = strings.ReplaceAll(s, secret, "[secret]")
	}
	if r := []rune(s); len(r) > maxReason {
		s = string(r[:maxReason]) + "…"
	}
	return s
}

// scrub words an error of the network without the address. The original is not
// wrapped: it holds the token.
func (a *api) scrub(method string, err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", method, context.Canceled)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w", method, context.DeadlineExceeded)
	}
	return errors.New(method + ": " + a.clean(err.Error()))
}
