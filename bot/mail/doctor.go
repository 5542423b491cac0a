package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"

	"github.com/emersion/go-imap/v2"

	"stakeout/bot"
)

// Doctor looks at the mailbox by LIST and EXAMINE.
func (c *Connector) Doctor(ctx context.Context) []bot.Finding {
	var out []bot.Finding
	add := func(subject, state, what, mend string) {
		out = append(out, bot.Finding{Source: c.Name(), Subject: subject, State: state, What: what, Mend: mend})
	}
	if len(c.cfg.Counsel) == 0 {
		add("counsel", bot.Warn, "nobody is named as counsel: what anybody writes who forwards something is privileged, and a mail that forwards nothing is taken for its sender's own", "name the legal team's addresses or domains in counsel:")
	}
	if len(c.cfg.Readers) == 0 {
		add("readers", bot.OK, "nobody may read what is privileged", "")
	}
	s, err := c.dial(ctx)
	if err != nil {
		add("login", bot.Faulted, err.Error(), mend(err, "see that server: is right and can be reached from here"))
		return out
	}
	defer s.close()
	add("login", bot.OK, "the mail server takes the user name and the password", "")
	if _, secure := s.conn.(*tls.Conn); secure || c.cfg.TLS == StartTLS {
		add("tls", bot.OK, "the connection is encrypted, and the server's certificate is good", "")
	} else {
		add("tls", bot.Warn, "the connection is not encrypted", "set tls: to tls or starttls, unless the server runs on this machine")
	}
	if s.idles {
		add("idle", bot.OK, "the server tells of new mails at once (IDLE)", "")
	} else {
		add("idle", bot.Warn, "the server cannot tell of new mails (no IDLE); it is asked every "+c.beat.String(), "")
	}
	for _, name := range c.cfg.Folders {
		var box *imap.SelectData
		err := s.do(ctx, s.answer, func() (err error) {
			box, err = s.client.Select(name, &imap.SelectOptions{ReadOnly: true}).Wait()
			return err
		})
		if err != nil {
			add(name, bot.Faulted, "the folder cannot be opened: "+err.Error(), mend(err, "name it in folders: as stakeout channels lists it, and let the user read it"))
			continue
		}
		add(name, bot.OK, fmt.Sprintf("opened for reading alone, %d mails", box.NumMessages), "")
	}
	return out
}

func mend(err error, otherwise string) string {
	var fault *bot.Fault
	if errors.As(err, &fault) {
		return fault.Mend
	}
	return otherwise
}

// Channels lists the mailbox's folders.
func (c *Connector) Channels(ctx context.Context, emit func(bot.Visible) error) error {
	s, err := c.dial(ctx)
	if err != nil {
		return err
	}
	defer s.close()
	var folders []*imap.ListData
	err = s.do(ctx, s.answer, func() (err error) {
		folders, err = s.client.List("", "*", nil).Collect()
		return err
	})
	if err != nil {
		return fmt.Errorf("list folders: %w", err)
	}
	for _, f := range folders {
		if slices.Contains(f.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(f.Attrs, imap.MailboxAttrNonExistent) {
			continue
		}
		err := emit(bot.Visible{
			Source: c.Name(), Server: c.account(), ID: f.Mailbox, Name: f.Mailbox, Type: "mailbox", Listed: slices.Contains(c.cfg.Folders, f.Mailbox),
		})
		if err != nil {
			return err
		}
	}
	return nil
}
