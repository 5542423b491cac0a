package discordtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"stakeout/bot/discord/discordtest"
)

// home sends discordgo's requests to a server on loopback.
type home struct{ addr string }

func (h home) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = "http", h.addr, ""
	return http.DefaultTransport.RoundTrip(r)
}

// client is an unmodified discordgo that notes the events it gets.
type client struct {
	*discordgo.Session
	mu     sync.Mutex
	events []*discordgo.Event
	came   chan struct{}
}

func newClient(t *testing.T, s *discordtest.Server, token string) *client {
	t.Helper()
	d, err := discordgo.New("Bot " + token)
	if err != nil {
		t.Fatal(err)
	}
	c := &client{Session: d, came: make(chan struct{}, 1)}
	d.Client = &http.Client{Transport: home{s.Addr()}}
	d.SyncEvents = true
	d.StateEnabled = false
	d.Identify.Intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessages | discordgo.IntentMessageContent
	d.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) {
		c.mu.Lock()
		c.events = append(c.events, e)
		c.mu.Unlock()
		select {
		case c.came <- struct{}{}:
		default:
		}
	})
	t.Cleanup(func() { _ = d.Close() })
	return c
}

// until waits for an event of a type, with this text somewhere in it, and
// returns all that came before and it.
func (c *client) until(t *testing.T, name, text string) []*discordgo.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		c.mu.Lock()
		all := slices.Clone(c.events)
		c.mu.Unlock()
		for i, e := range all {
			if e.Type == name && (text == "" || json.Valid(e.RawData) && containsText(e.RawData, text)) {
				return all[:i+1]
			}
		}
		select {
		case <-c.came:
		case <-ctx.Done():
			t.Fatalf("no %s came", name)
		}
	}
}

func containsText(raw []byte, text string) bool {
	return slices.Contains(slices.Collect(func(yield func(string) bool) {
		var m struct {
			ID, Content, Name string
		}
		_ = json.Unmarshal(raw, &m)
		_ = yield(m.ID) && yield(m.Content) && yield(m.Name)
	}), text)
}

func world(t *testing.T, opt discordtest.Options) (s *discordtest.Server, guild, channel string) {
	t.Helper()
	s = discordtest.New(opt)
	t.Cleanup(s.Close)
	guild = s.AddGuild("Harbour")
	return s, guild, s.AddChannel(guild, "", "general", discordtest.Text)
}

func TestUnmodifiedDiscordgoIsDriven(t *testing.T) {
	s, _, general := world(t, discordtest.Options{Heartbeat: 50 * time.Millisecond})
	before := s.Post(general, "before the bot came")
	c := newClient(t, s, discordtest.Token)
	if err := c.Open(); err != nil {
		t.Fatal(err)
	}
	c.until(t, "GUILD_CREATE", "Harbour")
	id := s.Post(general, "hello")
	c.until(t, "MESSAGE_CREATE", "hello")
	s.Edit(general, id, "hello there")
	c.until(t, "MESSAGE_UPDATE", "hello there")
	thread := s.AddThread(general, "aside", discordtest.PublicThread)
	c.until(t, "THREAD_CREATE", "aside")
	s.Post(thread, "in the thread")
	c.until(t, "MESSAGE_CREATE", "in the thread")
	s.Delete(general, id)
	c.until(t, "MESSAGE_DELETE", id)

	// What is said while the connection is away comes by the resume, in order.
	s.Drop()
	s.Post(general, "meanwhile 1")
	s.Post(general, "meanwhile 2")
	all := c.until(t, "RESUMED", "")
	for i, e := range all {
		if e.Sequence != int64(i+1) {
			t.Errorf("event %d has number %d", i+1, e.Sequence)
		}
	}
	ms, err := c.ChannelMessages(general, 100, "", "", "")
	if err != nil || len(ms) != 3 || ms[0].Content != "meanwhile 2" || ms[2].ID != before {
		t.Errorf("the channel has %d messages, %v", len(ms), err)
	}
	if w := s.Wire(); w.Frames[2] != 1 || w.Frames[6] != 1 || w.Frames[1] == 0 || len(w.Unknown) > 0 || len(w.Sent) > 0 {
		t.Errorf("the wire had %+v", w)
	}
}

func TestSessionsEndAsDiscordEndsThem(t *testing.T) {
	s, _, general := world(t, discordtest.Options{})
	c := newClient(t, s, discordtest.Token)
	if err := c.Open(); err != nil {
		t.Fatal(err)
	}
	c.until(t, "GUILD_CREATE", "Harbour")
	s.Forget()
	s.Drop()
	s.Post(general, "missed")
	for len(s.Wire().Identify) < 2 { // it cannot resume and identifies anew
		<-c.came
	}
	c.until(t, "READY", "")
	s.Invalidate(false)
	for len(s.Wire().Identify) < 3 {
		<-c.came
	}
	s.Post(general, "seen")
	for _, e := range c.until(t, "MESSAGE_CREATE", "seen") {
		if containsText(e.RawData, "missed") {
			t.Error("a new session replays the old one's events")
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, x := range []struct {
		name    string
		opt     discordtest.Options
		token   string
		intents discordgo.Intent
		code    int
	}{
		{"a wrong token", discordtest.Options{}, "wrong", discordgo.IntentsGuilds, 4004},
		{"a privileged intent that is switched off", discordtest.Options{Flags: discordtest.NoFlags}, discordtest.Token, discordgo.IntentMessageContent, 4014},
		{"an intent that does not exist", discordtest.Options{}, discordtest.Token, 1 << 30, 4013},
	} {
		s := discordtest.New(x.opt)
		ws, _, err := websocket.DefaultDialer.Dial("ws://"+s.Addr()+"/?v=9&encoding=json", nil)
		if err != nil {
			t.Fatal(err)
		}
		id := map[string]any{"op": 2, "d": map[string]any{"token": "Bot " + x.token, "intents": x.intents, "properties": map[string]string{}}}
		if err := ws.WriteJSON(id); err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, _, err = ws.ReadMessage()
		}
		if e := (*websocket.CloseError)(nil); !errors.As(err, &e) || e.Code != x.code {
			t.Errorf("%s ends with %v, want %d", x.name, err, x.code)
		}
		_ = ws.Close()
		s.Close()
	}
}

func TestContentIsHiddenWithoutTheIntent(t *testing.T) {
	s, _, general := world(t, discordtest.Options{Flags: discordtest.NoFlags})
	s.PostDraft(general, discordtest.Draft{Content: "unseen", Extra: map[string]any{"embeds": []any{map[string]any{"title": "unseen"}}}})
	c := newClient(t, s, discordtest.Token)
	c.Identify.Intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessages
	if err := c.Open(); err != nil {
		t.Fatal(err)
	}
	id := s.Post(general, "unseen too")
	e := c.until(t, "MESSAGE_CREATE", id)
	if containsText(e[len(e)-1].RawData, "unseen too") {
		t.Error("the gateway shows content without the intent")
	}
	ms, err := c.ChannelMessages(general, 10, "", "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range ms {
		if m.Content != "" || len(m.Embeds) > 0 {
			t.Error("a page shows content without the intent")
		}
	}
}

func get(t *testing.T, s *discordtest.Server, path string, query url.Values) (*http.Response, []string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.Addr()+"/api/v10"+path+"?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bot "+discordtest.Token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var page []struct {
		ID string `json:"id"`
	}
	_ = json.NewDecoder(resp.Body).Decode(&page)
	var ids []string
	for _, m := range page {
		ids = append(ids, m.ID)
	}
	return resp, ids
}

func TestPagesAreNewestFirst(t *testing.T) {
	s, _, general := world(t, discordtest.Options{})
	var ids []string
	for range 7 {
		ids = append(ids, s.Post(general, "x"))
	}
	s.Delete(general, ids[3])
	path := "/channels/" + general + "/messages"
	for _, x := range []struct {
		query url.Values
		want  []string
	}{
		{url.Values{"limit": {"2"}}, []string{ids[6], ids[5]}},
		{url.Values{"limit": {"2"}, "after": {"0"}}, []string{ids[1], ids[0]}},
		{url.Values{"limit": {"3"}, "after": {ids[1]}}, []string{ids[5], ids[4], ids[2]}},
		{url.Values{"limit": {"2"}, "before": {ids[4]}}, []string{ids[2], ids[1]}},
		{url.Values{"limit": {"4"}, "around": {ids[3]}}, []string{ids[5], ids[4], ids[2], ids[1]}},
		{url.Values{"after": {ids[6]}}, nil},
	} {
		if _, got := get(t, s, path, x.query); !slices.Equal(got, x.want) {
			t.Errorf("%v gives %v, want %v", x.query, got, x.want)
		}
	}
	for _, bad := range []url.Values{{"limit": {"101"}}, {"limit": {"0"}}, {"after": {"x"}}, {"after": {"1"}, "before": {"2"}}} {
		if resp, _ := get(t, s, path, bad); resp.StatusCode != 400 {
			t.Errorf("%v is answered %d", bad, resp.StatusCode)
		}
	}
	s.Deny(general, discordtest.ReadMessageHistory)
	if resp, got := get(t, s, path, nil); resp.StatusCode != 200 || len(got) != 0 {
		t.Errorf("without the history's permission: %d, %v", resp.StatusCode, got)
	}
	s.Deny(general, discordtest.ViewChannel)
	if resp, _ := get(t, s, path, nil); resp.StatusCode != 403 {
		t.Errorf("without sight of the channel: %d", resp.StatusCode)
	}
	s.DeleteChannel(general)
	if resp, _ := get(t, s, path, nil); resp.StatusCode != 404 {
		t.Errorf("of a deleted channel: %d", resp.StatusCode)
	}
}

func TestRateLimits(t *testing.T) {
	s, _, general := world(t, discordtest.Options{PerBucket: 2})
	path := "/channels/" + general + "/messages"
	for i, want := range []int{200, 200, 429} {
		resp, _ := get(t, s, path, nil)
		if resp.StatusCode != want || resp.Header.Get("X-RateLimit-Limit") != "2" || resp.Header.Get("X-RateLimit-Bucket") == "" {
			t.Errorf("request %d: %d, %v", i, resp.StatusCode, resp.Header)
		}
		if want == 429 && (resp.Header.Get("Retry-After") == "" || resp.Header.Get("X-RateLimit-Scope") != "user") {
			t.Errorf("request %d: %v", i, resp.Header)
		}
	}
	s.Spoil(discordtest.Limited(time.Second, true).On("/users/@me").For(1))
	if resp, _ := get(t, s, "/users/@me", nil); resp.StatusCode != 429 || resp.Header.Get("X-RateLimit-Global") != "true" {
		t.Errorf("a global limit is told as %d, %v", resp.StatusCode, resp.Header)
	}
}
