package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	api "github.com/slack-go/slack"

	"stakeout/alerts/notify/slack"
	"stakeout/bot"
)

// slackTime bounds the one question to Slack.
const slackTime = 15 * time.Second

// postScope is the one permission that posting needs.
const postScope = "chat:write"

// slackFindings asks Slack, by auth.test, which changes nothing, who the token
// is and what it may do (https://docs.slack.dev/reference/methods/auth.test,
// header x-oauth-scopes). A webhook cannot be asked: all it does is post.
func slackFindings(ctx context.Context, c slack.Config) []bot.Finding {
	finding := func(subject, state, what, mend string) []bot.Finding {
		return []bot.Finding{{Source: slackSource, Subject: subject, State: state, What: what, Mend: mend}}
	}
	const try = "stakeout alerts test posts a marked test"
	switch {
	case !c.Enabled():
		return finding("receiver", bot.Warn, "none is configured: alerts are kept and listed, but posted nowhere", "set slack.webhook_url or slack.token")
	case !c.Token.Set():
		return finding("webhook", bot.OK, "is set; whether it works cannot be seen without posting: "+try, "")
	}
	ctx, cancel := context.WithTimeout(ctx, slackTime)
	defer cancel()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	options := []api.Option{api.OptionHTTPClient(client)}
	if c.APIURL != "" {
		options = append(options, api.OptionAPIURL(strings.TrimSuffix(c.APIURL, "/")+"/"))
	}
	me, err := api.New(c.Token.Reveal(), options...).AuthTestContext(ctx)
	var refused api.SlackErrorResponse
	switch {
	case errors.As(err, &refused):
		return finding("token", bot.Faulted, "Slack refuses it: "+slackWord(refused.Err), "take the Bot User OAuth Token (xoxb-…) from the app's page, OAuth & Permissions, and set it")
	case err != nil: // its text may hold the address
		return finding("token", bot.Faulted, "Slack could not be asked", "see whether this host reaches Slack's API, and slack.api_url if it is set")
	}
	out := finding("token", bot.OK, fmt.Sprintf("is that of %q in the workspace %q", me.User, me.Team), "")
	var scopes []string
	for _, s := range strings.Split(me.Header.Get("X-Oauth-Scopes"), ",") {
		if s = strings.TrimSpace(s); s != "" {
			scopes = append(scopes, s)
		}
	}
	switch {
	case len(scopes) == 0:
		out = append(out, finding("scopes", bot.Warn, "Slack did not say what the token may do", try)...)
	case !slices.Contains(scopes, postScope):
		out = append(out, finding("scopes", bot.Faulted, "the token may not post: it has "+strings.Join(scopes, ", "), "add the scope "+postScope+" on the app's page, OAuth & Permissions, and install the app again")...)
	case len(scopes) > 1:
		out = append(out, finding("scopes", bot.Warn, "it has "+strings.Join(scopes, ", ")+"; "+postScope+" is all that is needed", "take the others away")...)
	default:
		out = append(out, finding("scopes", bot.OK, postScope, "")...)
	}
	return append(out, finding("channel", bot.OK, c.Channel+"; whether the bot is its member cannot be seen without posting: "+try, "")...)
}

// slackErrors are Slack's words for what is wrong; anything else is not shown.
var slackErrors = regexp.MustCompile(`^[a-z_]{1,60}$`)

func slackWord(s string) string {
	if slackErrors.MatchString(s) {
		return s
	}
	return "with a word that is not Slack's"
}
