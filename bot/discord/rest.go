package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"

	"stakeout/bot"
)

// rest reads from Discord's REST interface, one request at a time: it keeps the
// limits of each route and of all, waits as long as Discord asks, and tries
// again what may pass.
type rest struct {
	dg *discordgo.Session
	// waiting is told the reason and the end of a wait, and gives what to call
	// after it.
	waiting func(reason string, until time.Time) func()

	mu sync.Mutex // held by the one request under way
}

// refused is an answer that asking again does not change.
type refused struct {
	status, code int // HTTP's and Discord's own
	path         string
	body         []byte // as received
}

func (e *refused) Error() string {
	return fmt.Sprintf("Discord answers %d (code %d) to %s", e.status, e.code, e.path)
}

// Discord's error codes.
//
// Source: Discord API reference, "Opcodes and Status Codes", JSON.
const (
	unknownMessage = 10008
	missingAccess  = 50001
)

// lost reports that an error says of a channel that it is gone or closed to
// the bot.
func lost(err error) (*refused, bool) {
	var e *refused
	ok := errors.As(err, &e) && (e.status == http.StatusForbidden || e.status == http.StatusNotFound) && e.code != unknownMessage
	return e, ok
}

const (
	tries      = 6 // of one request, before the failure is told
	firstRetry = 500 * time.Millisecond
	lastRetry  = 20 * time.Second
	// shortWait is not worth telling anybody.
	shortWait = time.Second
)

// get reads path, which begins with a slash and may have a query. Requests of
// the same route share a limit. Its errors hold nothing of the answer.
func (c *rest) get(ctx context.Context, route, path string) ([]byte, error) {
	pause := firstRetry
	for try := 1; ; try++ {
		b, err := c.once(ctx, http.MethodGet, route, path, nil)
		if err == nil && !json.Valid(b) {
			err = errors.New("the answer is not JSON")
		}
		var again *later
		switch {
		case err == nil || ctx.Err() != nil:
			return b, err
		case errors.As(err, &again):
			try-- // what Discord asks for itself is no failure
			if err := c.wait(ctx, "Discord asks to wait (rate limit)", again.wait); err != nil {
				return nil, err
			}
			continue
		case errors.As(err, new(*refused)), errors.As(err, new(*bot.Fault)), try == tries:
			return nil, err
		}
		if err := c.wait(ctx, "Discord's REST interface does not answer", pause/2+rand.N(pause)); err != nil {
			return nil, err
		}
		pause = min(2*pause, lastRetry)
	}
}

// later asks for a wait.
type later struct{ wait time.Duration }

func (e *later) Error() string { return "rate limited for " + e.wait.String() }

func (c *rest) once(ctx context.Context, method, route, path string, data any) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		wait := c.dg.Ratelimiter.GetWaitTime(c.dg.Ratelimiter.GetBucket(route), 1)
		if wait <= 0 {
			break
		}
		c.mu.Unlock()
		err := c.wait(ctx, "Discord's rate limit is used up", wait)
		c.mu.Lock()
		if err != nil {
			return nil, err
		}
	}
	b, err := c.dg.RequestWithBucketID(method, defaultAPI+path, data, route, discordgo.WithContext(ctx))
	if err != nil {
		return nil, plain(err, strings.SplitN(path, "?", 2)[0])
	}
	return b, nil
}

// plain makes errors of discordgo's that hold no part of an answer.
func plain(err error, path string) error {
	var answer *discordgo.RESTError
	var limited *discordgo.RateLimitError
	switch {
	case errors.As(err, &limited):
		// A little more, so that many clients do not come back at one moment.
		return &later{limited.RetryAfter + rand.N(250*time.Millisecond)}
	case errors.As(err, &answer):
		status := answer.Response.StatusCode
		if status == http.StatusUnauthorized {
			return errToken()
		}
		if status >= 500 {
			return fmt.Errorf("%s is answered %d", path, status)
		}
		e := &refused{status: status, path: path, body: answer.ResponseBody}
		if answer.Message != nil {
			e.code = answer.Message.Code
		}
		return e
	case errors.Is(err, errForbidden):
		return errForbidden
	case errors.Is(err, context.Canceled):
		return context.Canceled
	}
	return fmt.Errorf("ask Discord for %s: %T", path, err)
}

func errToken() *bot.Fault {
	return &bot.Fault{What: "Discord refuses the bot's token", Mend: "make a new one in the developer portal under Bot, Reset Token, and set discord.token or STAKEOUT_DISCORD_TOKEN_FILE"}
}

func (c *rest) wait(ctx context.Context, reason string, d time.Duration) error {
	if c.waiting != nil && d >= shortWait {
		defer c.waiting(reason, time.Now().Add(d))()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// read is get with its answer decoded leniently.
func (c *rest) read(ctx context.Context, route, path string, into any) error {
	b, err := c.get(ctx, route, path)
	if err != nil {
		return err
	}
	if err := lenient(b, into); err != nil {
		return fmt.Errorf("read Discord's answer to %s: %w", path, errNotObject)
	}
	return nil
}
