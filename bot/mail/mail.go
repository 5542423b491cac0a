// Package mail watches the folders of a mailbox over IMAP (RFC 3501, RFC 9051),
// such as one that counsel forwards to.
//
// It promises: folders are opened with EXAMINE and mails read with BODY.PEEK,
// so that nothing is marked, moved, changed or deleted, and nothing is ever
// sent but these questions; each mail that lies in a folder stands in the
// ledger once, also when the server numbers its mails anew; a folder's place
// moves on only together with the mails. A mail that the server does not give,
// while it gives others, and one that cannot be read keep back no other: they
// stand in quarantine. What counsel wrote is kept apart from
// what was forwarded, see package letter.
//
// It does not see mails that were deleted or moved away while it was not
// connected; where the server's numbers show that there were such, that is on
// record as missing. A mail that leaves a folder later is no deletion: people
// tidy up.
package mail

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"stakeout/bot"
	"stakeout/bot/mail/letter"
	"stakeout/message"
)

// Connector watches one mailbox.
type Connector struct {
	cfg   Config
	log   *slog.Logger
	roots *tls.Config // nil: the system's

	beat   time.Duration // see folder.watch
	answer time.Duration // longest wait for a server's answer
	most   int64         // bytes of a mail
	again  time.Duration // how long until a refused mail is asked for again
	step   int64         // see folder.list

	parse func(raw []byte, o letter.Options) ([]*message.Observation, error)
}

const (
	// beat is how often a quiet folder is asked whether all is well: an open
	// socket says nothing about it.
	beat = 15 * time.Second
	// answerTime is how long a server may take to answer; searching a large
	// folder takes seconds.
	answerTime = time.Minute
	// againTime is how long a server gets to think better of a refused mail.
	againTime = 5 * time.Second
)

// New makes a connector of a valid configuration.
func New(cfg Config, log *slog.Logger) *Connector {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if len(cfg.Folders) == 0 {
		cfg.Folders = []string{"INBOX"}
	}
	return &Connector{cfg: cfg, log: log, beat: beat, answer: answerTime, most: letter.MaxBytes, again: againTime, step: firstStep, parse: letter.Read}
}

// Name is "mail".
func (c *Connector) Name() string { return message.Mail }

// account names the mailbox, as an address.
func (c *Connector) account() string {
	if strings.Contains(c.cfg.Username, "@") {
		return c.cfg.Username
	}
	host, _, _ := net.SplitHostPort(c.cfg.Server)
	return c.cfg.Username + "@" + host
}

// channel is a folder as a channel, on which its mails' threads hang.
func (c *Connector) channel(folder string) message.Channel {
	return message.Channel{Platform: message.Mail, ID: c.account() + "/" + folder, Name: folder, Type: "mailbox"}
}

func (c *Connector) options(folder string) letter.Options {
	ch := c.channel(folder)
	return letter.Options{Counsel: c.cfg.Counsel, Mailbox: &message.ChannelRef{ID: ch.ID, Name: ch.Name}}
}

// Run watches every folder over a connection of its own, since IDLE tells of
// one folder alone. When one connection fails all begin anew.
func (c *Connector) Run(ctx context.Context, in *bot.Intake) error {
	outside := ctx
	group, ctx := errgroup.WithContext(ctx)
	all := newProgress(c.cfg.Folders)
	for _, name := range c.cfg.Folders {
		f := &folder{Connector: c, in: in, name: name, channel: c.channel(name), mailbox: all}
		group.Go(in.Contain(outside, func() error { return f.run(ctx) }))
	}
	return group.Wait()
}
