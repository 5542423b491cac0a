package telegram

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"stakeout/message"
)

const stateName = "state"

// state is what a watch must know after a restart. It is committed with every
// page.
type state struct {
	Chats map[string]*watched `json:"chats"` // by id
	// Seen are the digests of the updates of the last page: it may come again
	// when we die between its commit and its confirmation.
	Seen []string `json:"seen,omitempty"`
}

// watched is a chat on the allow-list.
type watched struct {
	ID       number `json:"id"`
	Type     text   `json:"type"`
	Title    text   `json:"title,omitempty"`
	Username text   `json:"username,omitempty"`
	// Entry is the entry of the allow-list that named it. It holds on when the
	// chat gets another title.
	Entry string `json:"entry"`
	// Known: the bot's rights were looked at, or are about to be. Hears: it
	// gets the messages, since then.
	Known bool   `json:"known,omitempty"`
	Hears bool   `json:"hears,omitempty"`
	Moved number `json:"moved,omitempty"` // to this supergroup
	Last  int64  `json:"last,omitempty"`  // the highest message id, where ids run on
	// Until is up to when the watch is without a hole; zero: it never began.
	Until time.Time `json:"until,omitzero"`
	Gap   *gap      `json:"gap,omitempty"`
	since time.Time
	// sure is when a look at the bot's rights last showed that it hears the
	// chat, or else when the watch began.
	sure time.Time
}

// gap is a time whose updates are lost.
type gap struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to,omitzero"` // zero: up to the next watch
	Reason string    `json:"reason"`
	After  int64     `json:"after,omitempty"` // the last message id before it
	First  int64     `json:"first,omitempty"` // the first after it
	Told   bool      `json:"told,omitempty"`  // it stands in the record, without its count
}

func (w *watched) chat() *chat {
	return &chat{ID: w.ID, Type: w.Type, Title: w.Title, Username: w.Username}
}

func (w *watched) channel(account string) message.Channel { return w.chat().channel(account) }

// learn takes over how the chat is called now.
func (w *watched) learn(c *chat) {
	w.ID, w.Type, w.Title, w.Username = c.ID, c.Type, c.Title, c.Username
}

// lost begins a gap, unless there is one that has not ended.
func (w *watched) lost(from, to time.Time, reason string) {
	if g := w.Gap; g != nil && !g.Told {
		if !g.To.IsZero() { // else it goes on up to the next watch in any case
			g.To = to
		}
		return
	}
	w.Gap = &gap{From: from, To: to, Reason: reason, After: w.Last}
}

// load reads what an earlier run left, and forgets the chats that are not on
// the allow-list any more.
func (w *watch) load(ctx context.Context) error {
	b, err := w.in.Checkpoint(ctx, stateName)
	if err != nil {
		return err
	}
	if b != nil {
		if err := json.Unmarshal(b, &w.state); err != nil {
			return fmt.Errorf("read the checkpoint %s: %w", stateName, err)
		}
	}
	if w.state.Chats == nil {
		w.state.Chats = map[string]*watched{}
	}
	list := w.c.cfg.Channels
	for id, c := range w.state.Chats {
		if slices.Contains(list, c.Entry) {
			continue
		}
		i := slices.IndexFunc(list, func(entry string) bool { return lists(entry, c.chat()) })
		if i < 0 {
			delete(w.state.Chats, id)
			continue
		}
		c.Entry = list[i] // the same chat by another name
	}
	return nil
}

func (s *state) save() ([]byte, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("write the checkpoint %s: %w", stateName, err)
	}
	return b, nil
}

// find gives the chat that an update is of, nil when it is not on the
// allow-list. A supergroup that a listed group became is listed with it.
func (s *state) find(c *chat, body []byte, list []string) *watched {
	if c.private() {
		return nil
	}
	if w := s.Chats[c.ID.String()]; w != nil {
		return w
	}
	for _, entry := range list {
		if lists(entry, c) {
			return s.add(c, entry)
		}
	}
	if from, ok := integer(member(body, "migrate_from_chat_id")); ok {
		if old := s.Chats[strconv.FormatInt(from, 10)]; old != nil {
			return s.add(c, old.Entry)
		}
	}
	return nil
}

func (s *state) add(c *chat, entry string) *watched {
	w := &watched{Entry: entry}
	w.learn(c)
	s.Chats[c.ID.String()] = w
	return w
}
