package discord

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"stakeout/bot"
	"stakeout/bot/bottest"
	"stakeout/message"
)

const quay = "1000000000000000000" // a channel's id

// still makes a run with one watched channel that nothing works on, against a
// REST interface that answers as told.
func still(t *testing.T, answer http.HandlerFunc) (*catching, *watch) {
	t.Helper()
	peer := httptest.NewServer(answer)
	t.Cleanup(peer.Close)
	cfg := DefaultConfig()
	cfg.Token, cfg.Servers, cfg.APIURL = "fictional", []string{"7"}, peer.URL
	c := New(cfg, nil)
	l := bottest.Temp(t, Name)
	r := &run{
		Connector: c, in: l.Intake, events: make(chan event, queued), wake: make(chan struct{}, 1), seen: newRepeats(), me: "5",
		watches: map[string]*watch{}, nicks: nicks{}, jobs: newJobs(), listed: map[string]int{}, strange: map[string]bool{},
		dir: newDirectory("5"), sel: selection{cfg: cfg, found: map[string]string{}},
	}
	var err error
	if r.rest, err = c.rest(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.dir.setGuild(&wireGuild{ID: "7", Name: "Harbour", Channels: []wireChannel{{ID: quay, Name: "quay"}}})
	w := &watch{place: r.dir.place(r.dir.channels[quay]), guild: "7", ok: true}
	r.watches[quay] = w
	return &catching{run: r}, w
}

func post(id uint64) string {
	return fmt.Sprintf(`{"id":"%d","channel_id":%q,"timestamp":%q,"content":"the ferry is late","author":{"id":"9","username":"rook"}}`, id, quay, timeOf(id).Format(time.RFC3339Nano))
}

// hold puts observations of one message into the ledger.
func hold(t *testing.T, c *catching, w *watch, id uint64, kinds ...message.Kind) {
	t.Helper()
	var b bot.Batch
	for _, k := range kinds {
		o := &message.Observation{Kind: k, Channel: w.place, ID: decimal(id), Via: message.Live}
		if k == message.Posted {
			o.Sent, o.Text = message.Time{UTC: timeOf(id), Digits: 3}, "the ferry is late"
		} else {
			o.Grade = message.Told
		}
		b.Observations = append(b.Observations, o)
	}
	if err := c.hand(t.Context(), false, b); err != nil {
		t.Fatal(err)
	}
}

// A refusal may mean that the gateway tells nothing either, so what comes live
// after it must not move the mark over what was said meanwhile.
func TestAChannelRefusedWhileReadAgainHasAHole(t *testing.T) {
	c, w := still(t, func(http.ResponseWriter, *http.Request) {})
	w.mark = mark{Last: firstAt(time.Now()), known: true}
	if err := c.judge(t.Context(), job{rescan, quay}, unread(&refused{status: http.StatusForbidden, code: missingAccess})); err != nil {
		t.Fatal(err)
	}
	if !w.refused || !w.filling || w.mark.ScanTo == 0 {
		t.Errorf("%+v", w)
	}
}

func TestAGapWhileAPageIsOnItsWayIsReadAgainToItsEnd(t *testing.T) {
	first := firstAt(time.Now().Add(-time.Hour))
	var c *catching
	var w *watch
	var once sync.Once
	c, w = still(t, func(rw http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.RawQuery, fmt.Sprint("after=", first)) {
			_, _ = rw.Write([]byte("[]"))
			return
		}
		once.Do(func() { // the session ends before the page has come
			c.mu.Lock()
			w.broken(c.cfg.Rescan)
			c.mu.Unlock()
		})
		_, _ = rw.Write([]byte("[" + post(first+2) + "," + post(first+1) + "]"))
	})
	w.mark, w.filling = mark{Last: first, known: true}, true
	if err := c.fetch(t.Context(), quay); err != nil {
		t.Fatal(err)
	}
	if w.mark.Last != first+2 || w.mark.ScanTo != first+2 || !w.filling || !c.jobs.in[job{rescan, quay}] {
		t.Errorf("%+v", w)
	}
}

func TestAMessageThatAPageWithholdsAndThatCannotBeReadGoesToQuarantine(t *testing.T) {
	id := firstAt(time.Now().Add(-time.Hour))
	c, w := still(t, func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/messages") {
			_, _ = rw.Write([]byte("[]"))
			return
		}
		_, _ = rw.Write([]byte(strings.Replace(post(id), `"the ferry is late"`, `{"x":1}`, 1)))
	})
	hold(t, c, w, id, message.Posted)
	w.mark = mark{Last: id + 1, ScanFrom: id - 1, ScanTo: id + 1, known: true}
	if err := c.rescan(t.Context(), quay); err != nil {
		t.Fatal(err)
	}
	if c.in.Health().Rejected != 1 || w.mark.ScanTo != 0 {
		t.Errorf("%d rejected, %+v", c.in.Health().Rejected, w)
	}
}

func TestADeletionThatIsKnownIsNotAskedForAgain(t *testing.T) {
	id := firstAt(time.Now().Add(-time.Hour))
	asked := 0
	c, w := still(t, func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/messages") {
			_, _ = rw.Write([]byte("[]"))
			return
		}
		asked++
		rw.WriteHeader(http.StatusNotFound)
		_, _ = rw.Write([]byte(`{"code":10008,"message":"Unknown Message"}`))
	})
	hold(t, c, w, id, message.Posted, message.Deleted)
	w.mark = mark{Last: id + 1, ScanFrom: id - 1, ScanTo: id + 1, known: true}
	if err := c.rescan(t.Context(), quay); err != nil || asked != 0 {
		t.Errorf("asked for %d times, %v", asked, err)
	}
}

// A busy bot is never quiet, yet a server that does not come must be told of.
func TestServersThatDoNotComeAreOverdueWithoutQuiet(t *testing.T) {
	c, _ := still(t, func(http.ResponseWriter, *http.Request) {})
	at := time.Now()
	err := c.run.take(t.Context(), []event{
		{name: "READY", raw: []byte(`{"guilds":[{"id":"7","unavailable":true}]}`), at: at},
		{name: "MESSAGE_CREATE", raw: []byte(`{"id":"12","channel_id":"13","guild_id":"14"}`), at: at.Add(time.Second)},
	})
	if err != nil || c.waited {
		t.Fatal(c.waited, err)
	}
	err = c.run.take(t.Context(), []event{{name: "MESSAGE_CREATE", raw: []byte(`{"id":"15","channel_id":"13","guild_id":"14"}`), at: at.Add(2 * comeTime)}})
	if h := c.in.Health(); err != nil || len(h.Channels) != 1 || h.Channels[0].Reason != outage.reason {
		t.Errorf("%v, %+v", err, h.Channels)
	}
}

// The message that made a thread be asked for may be the only one in it.
func TestAThreadThatCouldNotBeAskedForIsAskedForAgain(t *testing.T) {
	c, _ := still(t, func(http.ResponseWriter, *http.Request) {})
	for id, err := range map[string]error{"11": unread(errors.New("is answered 503")), "12": unread(&refused{status: http.StatusNotFound})} {
		if err := c.judge(t.Context(), job{lookUp, id}, err); err != nil {
			t.Fatal(err)
		}
	}
	c.retry()
	if !c.jobs.in[job{lookUp, "11"}] || c.jobs.in[job{lookUp, "12"}] || !c.strange["12"] {
		t.Errorf("asked for again: %v; not asked for: %v", c.jobs.in, c.strange)
	}
}
