package discordtest

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
)

// routes are the calls there are. Any other is answered 404 and noted.
func (s *Server) routes() http.Handler {
	api := http.NewServeMux()
	for pattern, do := range map[string]func(*http.Request) answer{
		"GET /gateway":                                               s.getGateway,
		"GET /gateway/bot":                                           s.getGatewayBot,
		"GET /users/@me":                                             func(*http.Request) answer { return ok(s.botObject()) },
		"GET /applications/@me":                                      s.getApplication,
		"GET /oauth2/applications/@me":                               s.getApplication,
		"GET /users/@me/guilds":                                      s.getGuilds,
		"GET /guilds/{guild}":                                        s.inGuild(func(_ *http.Request, g *guild) answer { return ok(s.guildObject(g)) }),
		"GET /guilds/{guild}/channels":                               s.inGuild(s.getChannels),
		"GET /guilds/{guild}/roles":                                  s.inGuild(func(_ *http.Request, g *guild) answer { return ok(s.roleObjects(g)) }),
		"GET /guilds/{guild}/members/{user}":                         s.inGuild(s.getMember),
		"GET /guilds/{guild}/threads/active":                         s.inGuild(s.getActiveThreads),
		"GET /channels/{channel}":                                    s.inChannel(func(_ *http.Request, c *channel) answer { return ok(s.channelObject(c)) }),
		"GET /channels/{channel}/messages":                           s.inChannel(s.getMessages),
		"GET /channels/{channel}/messages/{id}":                      s.inChannel(s.getMessage),
		"POST /channels/{channel}/messages":                          s.inChannel(s.postMessage),
		"GET /channels/{channel}/threads/archived/public":            s.inChannel(s.archivedThreads(PublicThread)),
		"GET /channels/{channel}/threads/archived/private":           s.inChannel(s.archivedThreads(PrivateThread)),
		"GET /channels/{channel}/users/@me/threads/archived/private": s.inChannel(s.joinedThreads),
	} {
		api.Handle(pattern, s.call(pattern, do))
	}
	api.Handle("/", s.call("", func(*http.Request) answer {
		return answer{status: http.StatusNotFound, body: failure(0, "404: Not Found")}
	}))
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "" {
			s.gateway(w, r)
			return
		}
		http.NotFound(w, r)
	})
	for _, v := range []string{"/api/v9", "/api/v10"} {
		mux.Handle(v+"/", http.StripPrefix(v, api))
	}
	return mux
}

// answer is what a call comes to.
type answer struct {
	status int
	body   json.RawMessage
}

func ok(v any) answer { return answer{http.StatusOK, mustJSON(v)} }

// failure is Discord's error object,
// https://discord.com/developers/docs/reference#error-messages
func failure(code int, text string) json.RawMessage {
	return mustJSON(object{"code": code, "message": text})
}

// Error codes,
// https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
var (
	unauthorized   = answer{http.StatusUnauthorized, failure(0, "401: Unauthorized")}
	unknownChannel = answer{http.StatusNotFound, failure(10003, "Unknown Channel")}
	unknownGuild   = answer{http.StatusNotFound, failure(10004, "Unknown Guild")}
	unknownMember  = answer{http.StatusNotFound, failure(10007, "Unknown Member")}
	unknownMessage = answer{http.StatusNotFound, failure(10008, "Unknown Message")}
	missingAccess  = answer{http.StatusForbidden, failure(50001, "Missing Access")}
	missingRight   = answer{http.StatusForbidden, failure(50013, "Missing Permissions")}
	badForm        = answer{http.StatusBadRequest, failure(50035, "Invalid Form Body")}
)

// call is one route: the note of it, the bot's token, faults, rate limits, and
// then what it does.
func (s *Server) call(pattern string, do func(*http.Request) answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		var body []byte
		if r.Method != http.MethodGet {
			body, _ = io.ReadAll(io.LimitReader(r.Body, 1<<20))
		}
		s.mu.Lock()
		s.wire.request(pattern, r, body)
		fault := s.fault(r)
		var a answer
		limited := false
		if fault == nil && pattern != "GET /gateway" {
			if !s.authorized(r) {
				limited, a = true, unauthorized
			} else {
				limited, a = s.limit(w.Header(), pattern, r)
			}
		}
		if !limited && (fault == nil || fault.shape != nil) {
			a = do(r)
		}
		if fault != nil {
			a = fault.apply(w.Header(), a)
		}
		s.mu.Unlock()
		if fault != nil && fault.cut {
			w.WriteHeader(a.status)
			_, _ = w.Write(a.body[:len(a.body)/2])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(a.status)
		_, _ = w.Write(a.body)
	})
}

func (s *Server) inGuild(do func(*http.Request, *guild) answer) func(*http.Request) answer {
	return func(r *http.Request) answer {
		g := s.guild(r.PathValue("guild"))
		if g == nil || g.away {
			return unknownGuild
		}
		return do(r, g)
	}
}

func (s *Server) inChannel(do func(*http.Request, *channel) answer) func(*http.Request) answer {
	return func(r *http.Request) answer {
		c := s.channels[r.PathValue("channel")]
		switch {
		case c == nil || c.gone || c.thread() && c.parent.gone:
			return unknownChannel
		case !c.visible():
			return missingAccess
		}
		return do(r, c)
	}
}

func (s *Server) getGateway(r *http.Request) answer { return ok(object{"url": "ws://" + r.Host}) }

func (s *Server) getGatewayBot(r *http.Request) answer {
	return ok(object{"url": "ws://" + r.Host, "shards": 1, "session_start_limit": object{"total": 1000, "remaining": 999, "reset_after": 14400000, "max_concurrency": 1}})
}

func (s *Server) getApplication(*http.Request) answer {
	return ok(object{
		"id": s.bot.ID, "name": "Stakeout Watch", "icon": nil, "description": "", "bot_public": false, "bot_require_code_grant": false,
		"flags": s.opt.Flags, "bot": s.botObject(), "verify_key": "",
	})
}

func (s *Server) getGuilds(r *http.Request) answer {
	q := r.URL.Query()
	limit, fine := number(q.Get("limit"), 200, 1, 200)
	if !fine {
		return badForm
	}
	after, _ := strconv.ParseInt(q.Get("after"), 10, 64)
	all := slices.Clone(s.guilds)
	out := []object{}
	for _, g := range all { // as made, so in the order of ids
		if n, _ := strconv.ParseInt(g.id, 10, 64); n > after && len(out) < limit {
			out = append(out, object{"id": g.id, "name": g.name, "icon": nil, "banner": nil, "owner": false, "permissions": s.roleObjects(g)[0]["permissions"], "features": []string{}})
		}
	}
	return ok(out)
}

func (s *Server) getChannels(_ *http.Request, g *guild) answer {
	out := []object{}
	for _, c := range g.order {
		if !c.thread() && !c.gone {
			out = append(out, s.channelObject(c))
		}
	}
	return ok(out)
}

func (s *Server) getMember(r *http.Request, _ *guild) answer {
	if r.PathValue("user") != s.bot.ID {
		return unknownMember
	}
	return ok(s.memberObject())
}

// number reads a parameter within bounds, or gives its default.
func number(text string, otherwise, low, high int) (int, bool) {
	if text == "" {
		return otherwise, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= low && n <= high
}
