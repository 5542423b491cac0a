package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"stakeout/bot"
)

// session is one connection, logged in. It is used by one goroutine.
type session struct {
	conn   net.Conn
	client *imapclient.Client
	answer time.Duration
	idles  bool          // the server tells of new mails by itself
	news   chan struct{} // holds one when it did
}

const dialTime = 30 * time.Second

// dial connects and logs in. Errors hold neither the password nor what the
// server said, which may repeat it.
func (c *Connector) dial(ctx context.Context) (*session, error) {
	host, _, err := net.SplitHostPort(c.cfg.Server)
	if err != nil {
		return nil, err
	}
	secure := &tls.Config{}
	if c.roots != nil {
		secure = c.roots.Clone()
	}
	secure.ServerName, secure.NextProtos = host, []string{"imap"}
	reach, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	s := &session{answer: c.answer, news: make(chan struct{}, 1)}
	s.conn, err = (&net.Dialer{}).DialContext(reach, "tcp", c.cfg.Server)
	if err == nil && c.cfg.TLS == TLS {
		over := tls.Client(s.conn, secure)
		if err = over.HandshakeContext(reach); err != nil {
			_ = s.conn.Close()
		}
		s.conn = over
	}
	if err != nil {
		return nil, refused("connect to the mail server", err)
	}
	options := &imapclient.Options{TLSConfig: secure, UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(*imapclient.UnilateralDataMailbox) { s.wake() },
	}}
	err = s.do(ctx, s.answer, func() (err error) {
		if c.cfg.TLS != StartTLS {
			s.client = imapclient.New(s.conn, options)
			return s.client.WaitGreeting()
		}
		s.client, err = imapclient.NewStartTLS(s.conn, options)
		return err
	})
	if err == nil {
		err = s.login(ctx, c.cfg)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *session) login(ctx context.Context, cfg Config) error {
	err := s.do(ctx, s.answer, func() error {
		caps := s.client.Caps()
		switch {
		case caps == nil:
			return errors.New("the server does not say what it can do")
		case slices.Contains(caps.AuthMechanisms(), "PLAIN"):
			return s.client.Authenticate(sasl.NewPlainClient("", cfg.Username, cfg.Password.Reveal()))
		case caps.Has(imap.CapLoginDisabled):
			return &bot.Fault{What: "the mail server takes no password on this connection", Mend: "set tls: to tls or starttls; where the provider wants OAuth alone, have it allow an app password for this mailbox"}
		}
		return s.client.Login(cfg.Username, cfg.Password.Reveal()).Wait()
	})
	var no *saidNo
	if errors.As(err, &no) && !slices.Contains(passing, no.code) {
		return wrongPassword // many servers give no code
	}
	if err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	// Asked for anew: what the client remembers may still be from before the
	// login, when servers name less.
	err = s.do(ctx, s.answer, func() error {
		caps, err := s.client.Capability().Wait()
		s.idles = caps.Has(imap.CapIdle) // IMAP4rev2 implies it
		return err
	})
	if err != nil {
		return fmt.Errorf("ask what the server can do: %w", err)
	}
	return nil
}

// wake notes that the folder changed.
func (s *session) wake() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

func (s *session) close() {
	_ = s.conn.Close()
	if s.client != nil {
		<-s.client.Closed() // its reader ends with the connection
	}
}

// errSilent says that the server stopped to answer.
var errSilent = errors.New("the mail server does not answer")

// do runs one exchange with the server; it ends when ctx does, or after limit.
func (s *session) do(ctx context.Context, limit time.Duration, exchange func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errSilent)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = s.conn.Close() })
	defer stop()
	err := exchange()
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return refused("mail server", err)
}

var wrongPassword = &bot.Fault{What: "the mail server refuses the user name or the password", Mend: "set username: and the password anew (an app password where the provider asks for one)"}

// passing are the codes of refusals that pass by themselves (RFC 9051, section
// 7.1; THROTTLED is not in it, and is said all the same).
var passing = []string{"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "OVERQUOTA", "THROTTLED"}

// refused makes an error that can be shown: what a server says stays out of it.
func refused(doing string, err error) error {
	var fault *bot.Fault
	var said *imap.Error
	var untrusted *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var network net.Error
	switch {
	case errors.As(err, &fault), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &untrusted), errors.As(err, &unknown):
		return &bot.Fault{What: "the mail server's certificate is not to be trusted", Mend: "have the server show a certificate for the name in server:, or let this machine trust its issuer"}
	case errors.As(err, &said):
		switch said.Code {
		case imap.ResponseCodeAuthenticationFailed, imap.ResponseCodeAuthorizationFailed, imap.ResponseCodeExpired:
			return wrongPassword
		}
		return &saidNo{string(said.Type), string(said.Code)}
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: the connection broke, or the answer could not be read (%T)", doing, err)
}

// saidNo is a refusal by its kind, without the server's words.
type saidNo struct{ kind, code string }

func (e *saidNo) Error() string {
	if e.code == "" {
		return "the mail server said " + e.kind
	}
	return fmt.Sprintf("the mail server said %s (%.40q)", e.kind, e.code)
}
