// Package slack posts notifications to one Slack channel, by incoming webhook
// or by bot token.
//
// It promises that what came from a watched channel stands only in plain_text
// elements with emoji off, which Slack does not parse; that the fallback text
// holds none of it; that nothing is unfurled; and that neither token nor
// webhook address is in any error. A post counts as delivered only when Slack
// itself said so.
//
// It does not retry, queue or deduplicate: that is its caller's. Each message
// carries the notification's id as the block_id of its first block, and, with
// a token, in its metadata.
package slack

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"stakeout/alerts/notify"
	"stakeout/secret"
)

// Receiver posts to one channel. It is safe for concurrent use.
type Receiver struct {
	name    string
	webhook secret.Value
	token   secret.Value
	channel string
	apiURL  string
	timeout time.Duration
	base    http.RoundTripper
}

// postTime bounds one post from dialling to the last byte. Slack answers
// within a second; a receiver that takes longer is tried again.
const postTime = 15 * time.Second

// New is a receiver known to its caller as name. The configuration has been
// validated.
func New(name string, c Config) *Receiver {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.MaxResponseHeaderBytes = 64 << 10
	r := &Receiver{
		name: name, webhook: c.WebhookURL, token: c.Token, channel: c.Channel,
		apiURL: api.APIURL, timeout: postTime, base: base,
	}
	if c.APIURL != "" {
		r.apiURL = strings.TrimSuffix(c.APIURL, "/") + "/"
	}
	return r
}

// Name is what the outbox calls this receiver.
func (r *Receiver) Name() string { return r.name }

// Send posts one notification. Its error is a *notify.RetryAfter, a
// *notify.Refused, or else passing.
func (r *Receiver) Send(ctx context.Context, n notify.Notification) error {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	answer := &answer{base: r.base}
	client := &http.Client{
		Transport: answer,
		// A redirect would carry the post, and with a token the token, to
		// whoever the answer names.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	var err error
	if r.token.Set() {
		err = r.post(ctx, client, n)
	} else {
		err = r.hook(ctx, client, n)
	}
	return r.verdict(ctx, answer, err)
}

func (r *Receiver) hook(ctx context.Context, client *http.Client, n notify.Notification) error {
	off := false
	return api.PostWebhookCustomHTTPContext(ctx, r.webhook.Reveal(), client, &api.WebhookMessage{
		Text: fallback(n), Blocks: &api.Blocks{BlockSet: blocks(n)}, UnfurlLinks: &off, UnfurlMedia: &off,
	})
}

func (r *Receiver) post(ctx context.Context, client *http.Client, n notify.Notification) error {
	c := api.New(r.token.Reveal(), api.OptionHTTPClient(client), api.OptionAPIURL(r.apiURL))
	_, stamp, err := c.PostMessageContext(ctx, r.channel,
		api.MsgOptionText(fallback(n), false), // escaped by fallback
		api.MsgOptionBlocks(blocks(n)...),
		api.MsgOptionDisableLinkUnfurl(), api.MsgOptionDisableMediaUnfurl(),
		api.MsgOptionMetadata(api.SlackMetadata{EventType: "stakeout_notification", EventPayload: map[string]any{
			"id": n.ID, "kind": string(n.Kind),
		}}))
	if err == nil && stamp == "" {
		return errStranger // slack-go takes {"ok":false} without a reason for success
	}
	return err
}

var errStranger = errors.New("gave an answer that is not Slack's")

// verdict turns slack-go's error into one that holds no secret (slack-go
// quotes the webhook's address) and says what the caller should do.
func (r *Receiver) verdict(ctx context.Context, a *answer, err error) error {
	var limited *api.RateLimitedError
	var refused api.SlackErrorResponse
	switch {
	case errors.As(err, &limited):
		return &notify.RetryAfter{Wait: max(limited.RetryAfter, time.Second)}
	case a.status == http.StatusTooManyRequests:
		return &notify.RetryAfter{Wait: 30 * time.Second} // Slack gave no readable time
	case errors.As(err, &refused):
		return told(word(refused.Err))
	case a.status == 0 && ctx.Err() != nil:
		return errors.New("no answer in time")
	case a.status == 0:
		return errors.New("could not be reached")
	case a.status >= 500, a.status == http.StatusRequestTimeout:
		return errors.New("answered " + http.StatusText(a.status))
	case a.status != http.StatusOK:
		return told(strings.TrimSpace(http.StatusText(a.status) + " " + word(a.body())))
	case err != nil:
		return errStranger
	case !r.token.Set() && a.body() != "ok":
		return errStranger // a proxy's log-in page, for one
	}
	return nil
}

// passing are the words with which Slack's API speaks of its own trouble.
var passing = map[string]bool{
	"internal_error": true, "fatal_error": true, "service_unavailable": true,
	"request_timeout": true, "team_added_to_org": true, "rollup_error": true,
}

func told(reason string) error {
	if passing[reason] {
		return errors.New("answered " + reason)
	}
	return &notify.Refused{Reason: reason}
}
