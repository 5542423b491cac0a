package telegramtest

import (
	"maps"
	"strings"
	"time"
)

// User is who writes.
type User struct {
	ID                    int64
	First, Last, Username string
	Bot                   bool
}

func (u User) json() map[string]any {
	m := map[string]any{"id": u.ID, "is_bot": u.Bot, "first_name": u.First}
	optional(m, "last_name", u.Last)
	optional(m, "username", u.Username)
	return m
}

func optional(m map[string]any, key, value string) {
	if value != "" {
		m[key] = value
	}
}

// Chat is a chat as the bot finds it. Status is the bot's: administrator,
// member, restricted, left or kicked.
type Chat struct {
	ID                            int64
	Type, Title, Username, Status string

	last     int64 // message id
	migrated int64
	said     map[int64]map[string]any
}

func (c *Chat) json() map[string]any {
	m := map[string]any{"id": c.ID, "type": c.Type}
	optional(m, "username", c.Username)
	if c.Type == "private" {
		m["first_name"] = c.Title
	} else {
		m["title"] = c.Title
	}
	return m
}

// member is the bot as a ChatMember.
func (c *Chat) member(status string) map[string]any {
	m := map[string]any{"status": status, "user": botUser()}
	switch status {
	case "administrator":
		for _, right := range []string{"can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
			"can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories"} {
			m[right] = false
		}
	case "restricted":
		for _, right := range []string{"can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos", "can_send_video_notes",
			"can_send_voice_notes", "can_send_polls", "can_send_other_messages", "can_add_web_page_previews", "can_react_to_messages", "can_edit_tag",
			"can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics"} {
			m[right] = false
		}
		m["is_member"], m["until_date"] = true, 0
	case "kicked":
		m["until_date"] = 0
	}
	return m
}

// Add makes a chat. Its messages count from 1, those of private chats and small
// groups with all such chats together.
func (s *Server) Add(c Chat) {
	s.change(func() {
		c.said = map[int64]map[string]any{}
		s.chats[c.ID] = &c
	})
}

// Said is a message as the server has it.
type Said struct {
	ID   int64
	At   time.Time // by the server's clock
	Date int64     // or, of an edit, edit_date
}

// Say has a user write. extra are further members of the Message, or others
// for those written here.
func (s *Server) Say(chat int64, from User, words string, extra map[string]any) Said {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chat]
	at := s.now()
	id := s.newID(c)
	m := map[string]any{"message_id": id, "date": at.Unix(), "chat": c.json()}
	optional(m, "text", words)
	if c.Type == "channel" {
		m["sender_chat"] = c.json()
	} else {
		m["from"] = from.json()
	}
	maps.Copy(m, extra)
	c.said[id] = m
	s.tell(c, "message", m, from, words)
	return Said{id, at, at.Unix()}
}

func (s *Server) newID(c *Chat) int64 {
	if c.Type == "supergroup" || c.Type == "channel" {
		c.last++
		return c.last
	}
	s.account++
	return s.account
}

// Edit gives a message other words.
func (s *Server) Edit(chat, id int64, words string) Said {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chat]
	at := s.now()
	m := maps.Clone(c.said[id])
	m["text"], m["edit_date"] = words, at.Unix()
	c.said[id] = m
	from := User{}
	if u, ok := m["from"].(map[string]any); ok {
		from.Bot, _ = u["is_bot"].(bool)
	}
	s.tell(c, "edited_message", m, from, words)
	return Said{id, at, at.Unix()}
}

// tell tells the bot, if it may know. It is called with the lock.
func (s *Server) tell(c *Chat, kind string, m map[string]any, from User, words string) {
	switch {
	case from.Bot, c.Status == "left", c.Status == "kicked":
		return
	case c.Type == "channel":
		if c.Status != "administrator" {
			return
		}
		kind = strings.Replace(kind, "message", "channel_post", 1)
	case c.Type != "private" && c.Status != "administrator" && !s.readsAll && !strings.HasPrefix(words, "/"):
		return
	}
	s.push(kind, m)
}

// SetStatus changes the bot's position in a chat and tells it so.
func (s *Server) SetStatus(chat int64, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[chat]
	s.push("my_chat_member", map[string]any{
		"chat": c.json(), "from": User{ID: 5550001, First: "Ida"}.json(), "date": s.now().Unix(),
		"old_chat_member": c.member(c.Status), "new_chat_member": c.member(status),
	})
	c.Status = status
}

// Migrate makes a supergroup of a group; the group's members go along.
func (s *Server) Migrate(group, supergroup int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.chats[group]
	next := &Chat{ID: supergroup, Type: "supergroup", Title: old.Title, Status: old.Status, said: map[int64]map[string]any{}}
	s.chats[supergroup] = next
	from := User{ID: 5550001, First: "Ida"}
	at := s.now().Unix()
	s.tell(old, "message", map[string]any{"message_id": s.newID(old), "date": at, "chat": old.json(), "from": from.json(), "migrate_to_chat_id": supergroup}, from, "")
	s.tell(next, "message", map[string]any{"message_id": s.newID(next), "date": at, "chat": next.json(), "from": from.json(), "migrate_from_chat_id": group}, from, "")
	old.migrated = supergroup
}
