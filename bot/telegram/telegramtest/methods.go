package telegramtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer runs a method.
func (s *Server) answer(r *http.Request, method string, p map[string]any, f *Fault) reply {
	switch method {
	case "getUpdates":
		return s.getUpdates(r, p, f)
	case "getMe":
		s.mu.Lock()
		defer s.mu.Unlock()
		me := botUser()
		me["can_join_groups"], me["can_read_all_group_messages"], me["supports_inline_queries"] = true, s.readsAll, false
		return success(me)
	case "getWebhookInfo":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.expire()
		return success(map[string]any{"url": s.webhook, "has_custom_certificate": false, "pending_update_count": len(s.queue)})
	case "getChat", "getChatMember", "getChatAdministrators":
		return s.aboutChat(method, p)
	}
	return failure(http.StatusNotFound, "Not Found", nil)
}

func botUser() map[string]any {
	return map[string]any{"id": BotID, "is_bot": true, "first_name": "Watcher", "username": "watcher_test_bot"}
}

// aboutChat answers what is asked about a chat, to a bot that is a member.
func (s *Server) aboutChat(method string, p map[string]any) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.lookup(text(p["chat_id"]))
	if c == nil {
		return failure(http.StatusBadRequest, "Bad Request: chat not found", nil)
	}
	if c.migrated != 0 {
		return failure(http.StatusBadRequest, "Bad Request: group chat was upgraded to a supergroup chat", map[string]any{"migrate_to_chat_id": c.migrated})
	}
	if c.Status == "kicked" && method != "getChatMember" {
		return failure(http.StatusForbidden, "Forbidden: bot was kicked from the "+c.Type+" chat", nil)
	}
	switch method {
	case "getChat":
		full := c.json()
		full["accent_color_id"], full["max_reaction_count"] = 1, 11
		full["accepted_gift_types"] = map[string]any{"unlimited_gifts": false, "limited_gifts": false, "unique_gifts": false, "premium_subscription": false, "gifts_from_channels": false}
		return success(full)
	case "getChatAdministrators":
		admins := []any{map[string]any{"status": "creator", "user": User{ID: 5550001, First: "Ida"}.json(), "is_anonymous": false}}
		if c.Status == "administrator" {
			admins = append(admins, c.member(c.Status))
		}
		return success(admins)
	}
	if text(p["user_id"]) != strconv.Itoa(BotID) {
		return failure(http.StatusBadRequest, "Bad Request: member not found", nil)
	}
	return success(c.member(c.Status))
}

// lookup finds a chat by id or @username. It is called with the lock.
func (s *Server) lookup(id string) *Chat {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil {
		return s.chats[n]
	}
	for _, c := range s.chats {
		if c.Username != "" && strings.EqualFold(id, "@"+c.Username) {
			return c
		}
	}
	return nil
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func whole(v any, otherwise int64) int64 {
	if n, err := strconv.ParseInt(text(v), 10, 64); err == nil {
		return n
	}
	return otherwise
}

const conflict = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"

// getUpdates holds the request until there are updates, its time is over, or a
// newer poll comes.
func (s *Server) getUpdates(r *http.Request, p map[string]any, f *Fault) reply {
	limit := min(max(whole(p["limit"], 100), 1), 100)
	timer := time.NewTimer(time.Duration(min(whole(p["timeout"], 0), 50)) * time.Second)
	defer timer.Stop()
	s.mu.Lock()
	if s.webhook != "" {
		s.mu.Unlock()
		return failure(http.StatusConflict, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first", nil)
	}
	if s.poll != nil {
		close(s.poll)
	}
	mine, held := make(chan struct{}), false
	s.poll = mine
	s.subscribe(p["allowed_updates"])
	s.confirm(whole(p["offset"], 0))
	for {
		s.expire()
		if a := s.page(int(limit), f); len(a) > 0 || limitless(p) {
			s.release(mine)
			s.mu.Unlock()
			return reply{http.StatusOK, fmt.Appendf(nil, `{"ok":true,"result":[%s]}`, bytes.Join(a, []byte(",")))}
		}
		if !held {
			held = true
			s.notify() // whoever waits for a poll that is held
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
			s.mu.Lock()
			if s.webhook != "" {
				s.release(mine)
				s.mu.Unlock()
				return failure(http.StatusConflict, "Conflict: terminated by setWebhook request", nil)
			}
		case <-mine:
			return failure(http.StatusConflict, conflict, nil)
		case <-timer.C:
			s.mu.Lock()
			s.release(mine)
			s.mu.Unlock()
			return success([]any{})
		case <-r.Context().Done():
			s.mu.Lock()
			s.release(mine)
			s.mu.Unlock()
			return success([]any{})
		case <-s.closed:
			return failure(http.StatusServiceUnavailable, "Service Unavailable", nil)
		}
	}
}

// limitless reports a short poll.
func limitless(p map[string]any) bool { return whole(p["timeout"], 0) <= 0 }

func (s *Server) release(mine chan struct{}) {
	if s.poll == mine {
		s.poll = nil
	}
}

// subscribe takes over allowed_updates, which holds for updates to come.
func (s *Server) subscribe(v any) {
	switch v := v.(type) {
	case []any:
		s.allowed = nil
		for _, e := range v {
			s.allowed = append(s.allowed, text(e))
		}
	case string:
		var list []string
		if json.Unmarshal([]byte(v), &list) == nil {
			s.allowed = list
		}
	}
}
