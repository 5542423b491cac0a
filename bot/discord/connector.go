// Package discord watches channels of Discord with a bot of one's own.
//
// It promises: every message of a listed channel, and of its threads, that was
// there while the bot could see the channel is handed over, live by the gateway
// or afterwards by REST, with the bytes as received; a channel's checkpoint
// never moves over what has not been fetched; after a gap what lies behind it
// is read again for edits and absences; what cannot be read goes to quarantine;
// a missing token, intent or permission is said with its mend.
//
// It sends nothing but what it takes to listen (identify, resume, heartbeat)
// and reading requests, and the canary where one is configured. It keeps no
// messages in memory, judges nothing, and takes no absence for a deletion
// unless the whole range was read and Discord says that the message is unknown.
//
// Sources: Discord API reference (https://discord.com/developers/docs),
// gateway and REST v9, as discordgo v0.29 speaks them.
package discord

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"github.com/bwmarrin/discordgo"
)

// Name of the source.
const Name = "discord"

// Connector is one bot. It is safe for concurrent use, but has one Run at a
// time.
type Connector struct {
	cfg Config
	log *slog.Logger

	mu  sync.Mutex
	out *rest // for Post, made at its first call
}

// New makes a connector; nothing is connected before Run. A nil log is silent.
func New(cfg Config, log *slog.Logger) *Connector {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	routeLog(log)
	return &Connector{cfg: cfg, log: log}
}

// Name is the source's name.
func (c *Connector) Name() string { return Name }

// rest makes a client whose requests end with ctx.
func (c *Connector) rest(ctx context.Context) (*rest, error) {
	dg, err := c.session(ctx)
	if err != nil {
		return nil, err
	}
	return &rest{dg: dg}, nil
}

// session makes a session of discordgo that does nothing by itself: no state,
// no retries, no log with contents.
func (c *Connector) session(ctx context.Context) (*discordgo.Session, error) {
	dg, err := discordgo.New("Bot " + c.cfg.Token.Reveal())
	if err != nil {
		return nil, errors.New("make a Discord session")
	}
	dg.Client = c.client(ctx)
	dg.SyncEvents = true
	dg.StateEnabled = false
	dg.ShouldReconnectOnError = false
	dg.ShouldReconnectVoiceOnSessionError = false
	dg.ShouldRetryOnRateLimit = false
	dg.MaxRestRetries = 0
	dg.LogLevel = discordgo.LogWarning
	dg.UserAgent = "DiscordBot (https://github.com/bwmarrin/discordgo, v" + discordgo.VERSION + ") Stakeout"
	dg.Identify.Intents = discordgo.IntentGuilds | discordgo.IntentGuildMessages | discordgo.IntentMessageContent
	return dg, nil
}

// Post says text in the canary's channel and gives the message's id. No other
// channel can be posted to.
func (c *Connector) Post(ctx context.Context, channel, text string) (string, error) {
	if channel == "" || channel != c.cfg.Canary.Channel {
		return "", fmt.Errorf("post to Discord: %s is not the canary's channel", channel)
	}
	c.mu.Lock()
	if c.out == nil {
		out, err := c.rest(context.Background())
		if err != nil {
			c.mu.Unlock()
			return "", err
		}
		c.out = out
	}
	out := c.out
	c.mu.Unlock()
	path := "/channels/" + channel + "/messages"
	data := map[string]any{"content": text, "allowed_mentions": map[string]any{"parse": []string{}}}
	b, err := out.once(ctx, http.MethodPost, "POST "+path, path, data)
	if err != nil {
		return "", fmt.Errorf("post the canary: %w", err)
	}
	var m wireMessage
	if err := decode(b, &m); err != nil {
		return "", fmt.Errorf("post the canary: the answer %w", err)
	}
	id, err := snowflake("id", m.ID)
	if err != nil {
		return "", fmt.Errorf("post the canary: %w", err)
	}
	return id, nil
}
