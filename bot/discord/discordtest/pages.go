package discordtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"sort"
	"strconv"
	"time"
)

// getMessages is a page of a channel,
// https://discord.com/developers/docs/resources/message#get-channel-messages
// Newest first, whichever way is asked: before= gives the newest ones before,
// after= the oldest ones after, around= half of either. Without the permission
// to read the history the page is empty, which is no error.
func (s *Server) getMessages(r *http.Request, c *channel) answer {
	q := r.URL.Query()
	limit, fine := number(q.Get("limit"), 50, 1, 100)
	ways := 0
	var at int64
	for _, k := range []string{"before", "after", "around"} {
		if !q.Has(k) {
			continue
		}
		ways++
		n, err := strconv.ParseInt(q.Get(k), 10, 64)
		if err != nil {
			return badForm
		}
		at = n
	}
	if !fine || ways > 1 {
		return badForm
	}
	if c.denied(ReadMessageHistory) || c.kind == Forum || c.kind == Category {
		return ok([]any{})
	}
	first := sort.Search(len(c.posts), func(i int) bool { return c.posts[i].id >= at })
	var page []*post
	switch {
	case q.Has("after"):
		page = c.upwards(first, limit, at)
	case q.Has("around"):
		below := c.downwards(first-1, limit/2)
		page = append(below, c.upwards(first, limit-limit/2, at-1)...)
	case q.Has("before"):
		page = c.downwards(first-1, limit)
	default:
		page = c.downwards(len(c.posts)-1, limit)
	}
	slices.SortFunc(page, func(a, b *post) int { return int(min(max(b.id-a.id, -1), 1)) })
	out := make([]json.RawMessage, 0, len(page))
	for _, p := range page {
		out = append(out, s.messageJSON(c, p, false, s.allowed()&intentContent != 0))
	}
	return ok(out)
}

// upwards are up to n messages from place i on that are there and newer than
// an id.
func (c *channel) upwards(i, n int, than int64) (page []*post) {
	for ; i < len(c.posts) && len(page) < n; i++ {
		if p := c.posts[i]; p.deleted.IsZero() && p.id > than {
			page = append(page, p)
		}
	}
	return page
}

// downwards are up to n messages from place i back that are there.
func (c *channel) downwards(i, n int) (page []*post) {
	for ; i >= 0 && len(page) < n; i-- {
		if p := c.posts[i]; p.deleted.IsZero() {
			page = append(page, p)
		}
	}
	return page
}

func (s *Server) getMessage(r *http.Request, c *channel) answer {
	if c.denied(ReadMessageHistory) {
		return missingRight
	}
	if _, p := s.find(c.id, r.PathValue("id")); p != nil {
		return answer{http.StatusOK, s.messageJSON(c, p, false, s.allowed()&intentContent != 0)}
	}
	return unknownMessage
}

// postMessage is the bot's own voice.
func (s *Server) postMessage(r *http.Request, c *channel) answer {
	var m struct {
		Content string `json:"content"`
	}
	if err := json.Unmarshal(s.wire.lastBody, &m); err != nil || m.Content == "" {
		return badForm
	}
	if c.denied(SendMessages) {
		return missingRight
	}
	return answer{http.StatusOK, s.messageJSON(c, s.post(c, s.bot, Draft{Content: m.Content}), false, true)}
}

func (s *Server) getActiveThreads(_ *http.Request, g *guild) answer {
	return ok(object{"threads": s.activeThreads(g, nil), "members": []any{}})
}

// archivedThreads lists a channel's archived threads, the one archived last
// first; before= is a time,
// https://discord.com/developers/docs/resources/channel#list-public-archived-threads
func (s *Server) archivedThreads(kind int) func(*http.Request, *channel) answer {
	return func(r *http.Request, c *channel) answer {
		q := r.URL.Query()
		limit, fine := number(q.Get("limit"), 50, 2, 100)
		before := time.Now().Add(time.Hour)
		if b := q.Get("before"); b != "" {
			t, err := time.Parse(time.RFC3339Nano, b)
			if err != nil {
				return badForm
			}
			before = t
		}
		switch {
		case !fine:
			return badForm
		case c.denied(ReadMessageHistory), kind == PrivateThread && !s.opt.ManageThreads:
			return missingAccess
		}
		var found []*channel
		for _, t := range c.guild.order {
			if t.parent == c && t.kind == kind && t.archived && !t.gone && t.since.Before(before) {
				found = append(found, t)
			}
		}
		slices.SortFunc(found, func(a, b *channel) int { return b.since.Compare(a.since) })
		return s.threadPage(found, limit)
	}
}

// joinedThreads are the archived private threads that the bot is a member of:
// it joins none.
func (s *Server) joinedThreads(r *http.Request, _ *channel) answer {
	if _, fine := number(r.URL.Query().Get("limit"), 50, 2, 100); !fine {
		return badForm
	}
	return s.threadPage(nil, 50)
}

func (s *Server) threadPage(found []*channel, limit int) answer {
	more := len(found) > limit
	threads := []object{}
	for _, t := range found[:min(limit, len(found))] {
		threads = append(threads, s.channelObject(t))
	}
	return ok(object{"threads": threads, "members": []any{}, "has_more": more})
}
