package mail

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/bot/bottest"
	"stakeout/ledger"
)

func discard(bot.Visible) error { return nil }

// certificate is one for 127.0.0.1, and a pool that trusts it.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{RootCAs: pool}
}

func TestConnectionIsKeptSecret(t *testing.T) {
	server, client := certificate(t)
	for _, mode := range []string{TLS, StartTLS} {
		t.Run(mode, func(t *testing.T) {
			p := serve(t, idling(), server, mode == TLS)
			p.put("INBOX", written(1))
			cfg := p.settings()
			cfg.TLS = mode
			c := New(cfg, nil)
			for _, f := range c.Doctor(t.Context()) {
				if f.Subject == "login" && (f.State != bot.Faulted || !strings.Contains(f.What, "certificate")) {
					t.Errorf("an unknown certificate: %+v", f)
				}
			}
			c.roots = client
			l := bottest.Temp(t, "mail")
			watch(t, quiet(c), l)
			until(t, l, 1, ledger.Observation)
			if strings.Contains(p.everything(), password) || strings.Contains(p.everything(), "EXAMINE") {
				t.Error("readable on the way")
			}
		})
	}
}

func TestWrongPasswordIsAFaultAndNeverShown(t *testing.T) {
	p := serve(t, idling(), nil, false)
	cfg := p.settings()
	cfg.Password = "not-the-password"
	var log bytes.Buffer
	c := New(cfg, slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	l := bottest.Temp(t, "mail")
	err := c.Run(t.Context(), l.Intake)
	var fault *bot.Fault
	if !errors.As(err, &fault) || fault.Mend == "" {
		t.Fatalf("got %v", err)
	}
	found := false
	for _, f := range c.Doctor(t.Context()) {
		found = found || f.Subject == "login" && f.State == bot.Faulted && f.Mend != ""
		if strings.Contains(f.What+f.Mend, "not-the-password") {
			t.Errorf("shown: %+v", f)
		}
	}
	if !found || strings.Contains(log.String()+err.Error(), "not-the-password") {
		t.Error(log.String(), err)
	}
}

func TestSilentServerIsGivenUp(t *testing.T) {
	p := serve(t, idling(), nil, false)
	proxy, err := bottest.NewProxy(p.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer proxy.Close()
	cfg := p.settings()
	cfg.Server = proxy.Addr()
	c := New(cfg, nil)
	c.beat, c.answer = 10*time.Millisecond, 200*time.Millisecond
	l := bottest.Temp(t, "mail")
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { ended <- c.Run(ctx, l.Intake) }()
	covered(t, l, is(ledger.Watching))
	proxy.Pause(true)
	if err := <-ended; err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestDoctorAndChannels(t *testing.T) {
	p := serve(t, idling(), nil, false)
	if err := p.user.Create("Threats", nil); err != nil {
		t.Fatal(err)
	}
	cfg := p.settings()
	cfg.Folders, cfg.Counsel = []string{"INBOX", "Gone"}, nil
	c := New(cfg, nil)
	states := map[string]string{}
	for _, f := range c.Doctor(t.Context()) {
		states[f.Subject] = f.State
		if f.State == bot.Faulted && f.Mend == "" {
			t.Errorf("no mend: %+v", f)
		}
	}
	for subject, want := range map[string]string{"counsel": bot.Warn, "login": bot.OK, "tls": bot.Warn, "idle": bot.OK, "INBOX": bot.OK, "Gone": bot.Faulted} {
		if states[subject] != want {
			t.Errorf("%s: %q, want %q", subject, states[subject], want)
		}
	}
	var got []bot.Visible
	if err := c.Channels(t.Context(), func(v bot.Visible) error { got = append(got, v); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].ID != "INBOX" || !got[0].Listed || got[1].ID != "Threats" || got[1].Listed {
		t.Errorf("%+v", got)
	}
}
