package discordtest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// bucket counts the requests of one second.
type bucket struct {
	used  int
	reset time.Time
}

// global is the bucket that every request counts in.
const global = "global"

func (s *Server) spend(name string, now time.Time) *bucket {
	b := s.limits[name]
	if b == nil {
		b = &bucket{}
		s.limits[name] = b
	}
	if !now.Before(b.reset) {
		b.used, b.reset = 0, now.Add(time.Second)
	}
	b.used++
	return b
}

// limit counts a request on its route and in all, and says where it stands,
// https://discord.com/developers/docs/topics/rate-limits
func (s *Server) limit(h http.Header, pattern string, r *http.Request) (bool, answer) {
	now := time.Now()
	if b := s.spend(global, now); b.used > s.opt.Global {
		return true, tooMany(h, b.reset.Sub(now), true)
	}
	b := s.spend(pattern+" "+r.PathValue("guild")+r.PathValue("channel"), now)
	after := b.reset.Sub(now)
	h.Set("X-RateLimit-Limit", strconv.Itoa(s.opt.PerBucket))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, s.opt.PerBucket-b.used)))
	h.Set("X-RateLimit-Reset", seconds(time.Duration(b.reset.UnixNano())))
	h.Set("X-RateLimit-Reset-After", seconds(after))
	h.Set("X-RateLimit-Bucket", strconv.FormatUint(hash(pattern), 16))
	if b.used > s.opt.PerBucket {
		return true, tooMany(h, after, false)
	}
	return false, answer{}
}

// tooMany is the answer to a request too many.
func tooMany(h http.Header, after time.Duration, all bool) answer {
	h.Set("Retry-After", strconv.Itoa(int(after/time.Second)+1))
	if all {
		h.Set("X-RateLimit-Global", "true")
		h.Set("X-RateLimit-Scope", "global")
	} else {
		h.Set("X-RateLimit-Scope", "user")
	}
	return answer{http.StatusTooManyRequests, mustJSON(object{"message": "You are being rate limited.", "retry_after": after.Round(time.Millisecond).Seconds(), "global": all})}
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// hash names a bucket without telling the route.
func hash(s string) uint64 {
	n := uint64(14695981039346656037) // FNV-1a
	for _, c := range []byte(strings.ToLower(s)) {
		n = (n ^ uint64(c)) * 1099511628211
	}
	return n
}
