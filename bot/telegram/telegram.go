// Package telegram watches Telegram groups and channels as a bot, over the Bot
// API (https://core.telegram.org/bots/api) by long polling.
//
// It promises: an update is confirmed, which makes Telegram forget it, only
// after the ledger has committed it; every message is read from the bytes as
// received, which are kept; of chats that are not on the allow-list, and of
// private chats, nothing is kept but id, title and count; only methods that
// change nothing are called, so the bot sends nothing, not even a sign that it
// is typing; and the token, which stands in every address, appears in no error,
// log line or panic.
//
// It cannot give what the Bot API does not tell: deletions, messages from before
// the bot joined, posts of other bots, and updates older than 24 hours. A
// Telegram Desktop export of the same chat fills those in; its messages are told
// from those known by chat and message id.
package telegram

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"stakeout/bot"
	"stakeout/message"
)

// limits is what coverage says that this way of watching cannot show.
const limits = "deletions; messages from before the bot joined; posts of other bots"

// Times of the watch.
const (
	// pollFor is how long an empty poll is held by the server. Each one that
	// comes back moves the end of what is covered.
	pollFor = 15 * time.Second
	// kept is how long Telegram keeps updates that nobody fetched.
	kept = 24 * time.Hour
	// grace is how long polls may fail before the watch counts as interrupted.
	grace = time.Minute
	// checkEvery is how often the bot's rights are looked at unasked.
	checkEvery = time.Hour
)

// noChat stops a watch of nothing, which would look like a quiet one.
var noChat = &bot.Fault{What: "no chat is on the allow-list", Mend: "stakeout channels telegram lists those that the bot is in; name them under channels:"}

// Connector watches with one bot.
type Connector struct {
	cfg Config
	log *slog.Logger

	pollFor      time.Duration
	first, limit time.Duration // pauses after failures: the first, the longest

	look    func(raw []byte) update
	observe func(u *update, account string) (*message.Observation, error)
}

// New makes a connector for a valid configuration. It calls nobody.
func New(cfg Config, log *slog.Logger) *Connector {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if cfg.APIURL == "" {
		cfg.APIURL = DefaultAPIURL
	}
	return &Connector{cfg: cfg, log: log, pollFor: pollFor, first: time.Second, limit: time.Minute, look: readUpdate, observe: (*update).observe}
}

// Name is "telegram".
func (c *Connector) Name() string { return "telegram" }

// Run watches until ctx ends. It returns a *bot.Fault where somebody has to
// mend something: a token that is refused, a webhook that is set.
func (c *Connector) Run(ctx context.Context, in *bot.Intake) error {
	if len(c.cfg.Channels) == 0 {
		return noChat
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	api, err := dial(ctx, c.cfg, c.pollFor+answerTime)
	if err != nil {
		return err
	}
	defer api.close()
	w := &watch{c: c, api: api, in: in, log: c.log}
	t := troubles{w: w, lastOK: in.Now()}
	for {
		began := in.Now()
		err := w.prepare()
		if err == nil {
			break
		}
		if err := t.after(ctx, err, began); err != nil {
			return faultOf(err)
		}
	}
	if err := w.open(ctx); err != nil {
		return err
	}
	return faultOf(w.run(ctx))
}

// faultOf makes a bot.Fault of an error that does not go away by itself.
func faultOf(err error) error {
	var e *apiError
	switch {
	case !errors.As(err, &e):
		return err
	case e.Code == 401:
		return &bot.Fault{What: "Telegram refuses the bot's token", Mend: "take the current token from @BotFather (/mybots, API Token) and set it; a bot that was deleted needs a new one"}
	case e.Code == 404:
		return &bot.Fault{What: "the Bot API server knows no such bot (404)", Mend: "check that the token is complete, and api_url, if it is set"}
	case e.webhook():
		return &bot.Fault{What: "a webhook is set for this bot, so updates go there and none can be fetched", Mend: "find out who set it; then call deleteWebhook with the bot's token, or make a bot of your own for Stakeout"}
	}
	return err
}

// watch is one run.
type watch struct {
	c   *Connector
	api *api
	in  *bot.Intake
	acq *bot.Acquisition
	log *slog.Logger

	me      user
	account string
	state   state
	checked time.Time // when the rights were looked at; zero: look now
	live    bool      // all that was pending has been fetched
	// through is up to when everything told is in the ledger, by our clock, and
	// reached the same while pending updates are still being fetched.
	through, reached time.Time
	broken           int    // answers in a row that could not be read
	quarantined      string // digest of the last answer with an update's id put there
	strange          bool   // one without stands there
}

// prepare learns who the bot is.
func (w *watch) prepare() error {
	raw, err := w.api.call("getMe", map[string]any{})
	if err != nil {
		return err
	}
	if read(raw, &w.me); w.me.ID == 0 {
		return &answerError{method: "getMe", reason: "names no bot"}
	}
	w.account = w.me.ID.String()
	return nil
}

// open reads what an earlier run left and opens the acquisition.
func (w *watch) open(ctx context.Context) (err error) {
	if err := w.load(ctx); err != nil {
		return err
	}
	if w.through, err = w.in.Through(ctx); err != nil {
		return err
	}
	w.reached = w.through
	w.acq, err = w.in.Acquire(ctx, bot.Method{
		Account: strings.TrimSpace(w.account + " @" + string(w.me.Username)),
		How:     "Telegram Bot API, getUpdates by long polling; cannot show: " + limits,
	})
	return err
}

// run polls, by telebot's loop, until ctx ends or there is something to mend.
func (w *watch) run(ctx context.Context) error {
	p := &poller{ctx: ctx, watch: w, done: make(chan error, 1)}
	w.api.bot.Poller = p
	started := make(chan struct{})
	go func() {
		defer close(started)
		w.api.bot.Start()
	}()
	err := <-p.done
	w.api.bot.Stop()
	<-started
	return err
}
