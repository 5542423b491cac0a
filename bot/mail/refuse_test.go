package mail

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"stakeout/bot"
	"stakeout/bot/bottest"
	"stakeout/bot/mail/letter"
	"stakeout/ledger"
	"stakeout/message"
)

// fault is what a server does wrong.
type fault struct {
	wrong   sync.Mutex
	refused imap.UIDSet // mails whose body is not given
	code    imap.ResponseCode
	vanish  imap.UIDSet // mails that nobody finds when their body is asked for
	widest  int         // the most mails that one question brought
	login   *imap.Error // the answer to every login
}

func (p *peer) spoil(change func(f *fault)) {
	p.wrong.Lock()
	defer p.wrong.Unlock()
	change(&p.fault)
}

// faulty is a session of a server with faults.
type faulty struct {
	imapserver.Session
	p *peer
}

func (s faulty) Login(name, password string) error {
	s.p.wrong.Lock()
	defer s.p.wrong.Unlock()
	if s.p.login != nil {
		return s.p.login
	}
	return s.Session.Login(name, password)
}

func (s faulty) Fetch(w *imapserver.FetchWriter, set imap.NumSet, o *imap.FetchOptions) error {
	s.p.wrong.Lock()
	defer s.p.wrong.Unlock()
	asked := set.(imap.UIDSet)
	box, err := s.Session.Search(imapserver.NumKindUID, &imap.SearchCriteria{UID: []imap.UIDSet{asked}}, &imap.SearchOptions{})
	if err != nil {
		return err
	}
	var give imap.UIDSet
	no, n := false, 0
	for _, uid := range box.AllUIDs() {
		switch {
		case len(o.BodySection) > 0 && s.p.refused.Contains(uid):
			no = true
		case len(o.BodySection) > 0 && s.p.vanish.Contains(uid):
		default:
			give.AddNum(uid)
			n++
		}
	}
	s.p.widest = max(s.p.widest, n)
	if n > 0 {
		if err := s.Session.Fetch(w, give, o); err != nil {
			return err
		}
	}
	if no {
		return &imap.Error{Type: imap.StatusResponseTypeNo, Code: s.p.code, Text: "cannot give it"}
	}
	return nil
}

// hasty does not wait before it asks again.
func hasty(c *Connector) *Connector {
	c.again = time.Millisecond
	return quiet(c)
}

func missing(t *testing.T, l *bottest.Ledger) (out []ledger.Coverage) {
	t.Helper()
	for _, e := range entries(t, l, ledger.Covered) {
		if e.Cov.Change == ledger.Missing {
			out = append(out, *e.Cov)
		}
	}
	return out
}

// A mail that the server does not give keeps back no other, and is on record.
func TestARefusedMailIsPassedOver(t *testing.T) {
	for name, c := range map[string]struct {
		code   imap.ResponseCode
		number int // of the refused mail
		before int // mails in the folder
		later  int // that come in while it is watched
	}{
		"in the middle":  {number: 3, before: 5},
		"a server's bug": {imap.ResponseCodeServerBug, 3, 5, 0},
		"as it comes in": {number: 3, before: 2, later: 1},
		"with others":    {number: 3, before: 2, later: 4},
		"alone":          {number: 1, before: 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := serve(t, idling(), nil, false)
			p.spoil(func(f *fault) { f.refused, f.code = imap.UIDSetNum(imap.UID(c.number)), c.code })
			for n := range c.before {
				p.put("INBOX", written(n+1))
			}
			l := bottest.Temp(t, "mail")
			watch(t, hasty(New(p.settings(), nil)), l)
			covered(t, l, is(ledger.Watching))
			for n := range c.later {
				p.put("INBOX", written(c.before+n+1))
			}
			covered(t, l, is(ledger.Missing))
			p.put("INBOX", written(9))
			es := until(t, l, c.before+c.later, ledger.Observation)
			place := fmt.Sprintf("1/%d", c.number)
			if _, ok := ids(es)[fmt.Sprintf("%d@postbin.example", c.number)]; ok {
				t.Error("the refused mail was read")
			}
			m := missing(t, l)
			if len(m) != 1 || m[0].Count != 1 || m[0].FromID != place || m[0].ToID != place {
				t.Errorf("%+v", m)
			}
			qs, err := l.Quarantines(t.Context(), 0, 0)
			if err != nil || len(qs) != 1 || len(qs[0].Bytes) > 0 || qs[0].Place != "folder INBOX, mail "+place {
				t.Errorf("%+v, %v", qs, err)
			}
			if len(l.Alarms()) != 1 {
				t.Errorf("%v", l.Alarms())
			}
		})
	}
}

// A server that gives nothing at all, or asks for patience, is waited for.
func TestNothingIsPassedOverWhereTheServerFails(t *testing.T) {
	var all imap.UIDSet
	all.AddRange(1, 100)
	for name, f := range map[string]struct {
		refused imap.UIDSet
		code    imap.ResponseCode
	}{
		"all are refused": {all, ""},
		"throttled":       {imap.UIDSetNum(2), "THROTTLED"},
	} {
		t.Run(name, func(t *testing.T) {
			p := serve(t, idling(), nil, false)
			p.spoil(func(x *fault) { x.refused, x.code = f.refused, f.code })
			for n := range 3 {
				p.put("INBOX", written(n))
			}
			l := bottest.Temp(t, "mail")
			watch(t, hasty(New(p.settings(), nil)), l)
			if err := l.Until(t.Context(), func() (bool, error) { return len(l.Alarms()) > 0, nil }); err != nil {
				t.Fatal(err)
			}
			if a := l.Alarms()[0]; a.Channel == nil || !strings.Contains(a.Detail, "refuses to give the folder's mails") {
				t.Errorf("%+v", a)
			}
			if m := missing(t, l); len(m) > 0 {
				t.Errorf("%+v", m)
			}
			if qs, err := l.Quarantines(t.Context(), 0, 0); err != nil || len(qs) > 0 {
				t.Error(qs, err)
			}
		})
	}
}

// A server that is busy has not refused the password.
func TestThrottlingAtTheLoginIsNoFault(t *testing.T) {
	p := serve(t, idling(), nil, false)
	p.spoil(func(f *fault) {
		f.login = &imap.Error{Type: imap.StatusResponseTypeNo, Code: "THROTTLED", Text: "later"}
	})
	l := bottest.Temp(t, "mail")
	err := New(p.settings(), nil).Run(t.Context(), l.Intake)
	var wrong *bot.Fault
	if err == nil || errors.As(err, &wrong) {
		t.Errorf("got %v", err)
	}
}

func TestWhatVanishesAfterTheListIsMissing(t *testing.T) {
	p := serve(t, idling(), nil, false)
	for n := range 6 {
		p.put("INBOX", written(n+1))
	}
	p.spoil(func(f *fault) { f.vanish = imap.UIDSetNum(2, 5) })
	l := bottest.Temp(t, "mail")
	watch(t, quiet(New(p.settings(), nil)), l)
	until(t, l, 4, ledger.Observation)
	m := covered(t, l, is(ledger.Missing))
	if m.Count != 2 || m.FromID != "1/2" || m.ToID != "1/5" || m.Reason == "" {
		t.Errorf("%+v", m)
	}
}

// However many mails there are, no question is for all of them, and few
// questions cross the numbers that are not used.
func TestALargeFolderIsListedInPieces(t *testing.T) {
	p := serve(t, idling(), nil, false)
	for n := range 400 {
		p.put("INBOX", written(n))
	}
	var out imap.UIDSet
	out.AddRange(1, 200)
	expunge(t, p, out)
	l := bottest.Temp(t, "mail")
	c := quiet(New(p.settings(), nil))
	c.step = 20
	p.spoil(func(f *fault) { f.widest = 0 })
	watch(t, c, l)
	covered(t, l, is(ledger.Watching))
	if es := entries(t, l, ledger.Observation); len(es) != 200 {
		t.Errorf("%d mails", len(es))
	}
	p.spoil(func(f *fault) {
		if f.widest > 100 {
			t.Errorf("%d mails at once", f.widest)
		}
	})
	lists := strings.Count(p.everything(), "RFC822.SIZE")
	if lists < 8 || lists > 20 {
		t.Errorf("%d questions", lists)
	}
}

// A mail that the program cannot bear costs itself, at the first reading, and
// shows nothing of what it says.
func TestAMailThatPanicsGoesToQuarantine(t *testing.T) {
	p := serve(t, idling(), nil, false)
	for n := range 3 {
		p.put("INBOX", written(n))
	}
	var log strings.Builder
	l := bottest.Temp(t, "mail")
	c := quiet(New(p.settings(), slog.New(slog.NewTextHandler(&log, nil))))
	c.parse = func(raw []byte, o letter.Options) ([]*message.Observation, error) {
		if string(raw) == written(1) {
			panic(fmt.Errorf("said: %s", raw))
		}
		return letter.Read(raw, o)
	}
	stop := watch(t, c, l)
	covered(t, l, is(ledger.Watching))
	stop()
	qs, err := l.Quarantines(t.Context(), 0, 0)
	if err != nil || len(qs) != 1 || string(qs[0].Bytes) != written(1) || qs[0].Reason != "panicked (*fmt.wrapError)" && qs[0].Reason != "panicked (*errors.errorString)" {
		t.Errorf("%+v, %v", qs, err)
	}
	if es := entries(t, l, ledger.Observation); len(es) != 2 || len(l.Alarms()) != 1 {
		t.Errorf("%d mails, alarms %v", len(es), l.Alarms())
	}
	if s := log.String(); strings.Contains(s, "Marlow") || !strings.Contains(s, "refuse_test.go") {
		t.Errorf("the log holds the mail, or no stack: %s", s)
	}
}
