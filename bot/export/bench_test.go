package export

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// discordRecord is a message of the size and shape that the exporter writes,
// indentation included: about a kilobyte.
const discordRecord = `    {
      "id": "%d",
      "type": "Default",
      "timestamp": "2026-01-01T00:00:00.123+00:00",
      "timestampEdited": null,
      "callEndedTimestamp": null,
      "isPinned": false,
      "content": "the pilot boat leaves at %d, bring \"the list\" and two coats, it will be cold out there",
      "author": {
        "id": "700000000000000100",
        "name": "pelican",
        "discriminator": "0000",
        "nickname": "Pel",
        "color": null,
        "isBot": false,
        "roles": [],
        "avatarUrl": "https://cdn.example/avatars/700000000000000100/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.png?size=512"
      },
      "attachments": [],
      "embeds": [],
      "stickers": [],
      "reactions": [],
      "mentions": []
    }`

// stream writes a Discord export of at least size bytes as it is read, so that
// no test needs it in memory or on disk.
type stream struct {
	size, written int64
	n             int
	rest          []byte
	ended         bool
}

func (s *stream) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		switch {
		case s.ended:
			return 0, io.EOF
		case s.n == 0:
			s.rest = []byte(`{"guild":{"id":"1","name":"g"},"channel":{"id":"2","type":"GuildTextChat","name":"c"},"messages":[` + "\n")
		case s.written >= s.size:
			s.rest = fmt.Appendf(nil, "\n],\"messageCount\": %d}", s.n)
			s.ended = true
		default:
			s.rest = []byte(",\n")
		}
		if !s.ended {
			s.rest = fmt.Appendf(s.rest, discordRecord, 1_000_000_000_000+s.n, s.n)
			s.n++
		}
		s.written += int64(len(s.rest))
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func benchmarkRead(b *testing.B, data []byte, want int) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	records := 0
	for b.Loop() {
		n := 0
		for rec, err := range Read(b.Context(), Input{Name: "bench", Reader: bytes.NewReader(data)}, Options{}) {
			if err != nil || rec.Err != nil {
				b.Fatal(err, rec.Err)
			}
			n++
		}
		if n != want {
			b.Fatalf("%d records, want %d", n, want)
		}
		records += n
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
}

func BenchmarkReadDiscord(b *testing.B) {
	s := &stream{size: 16 << 20}
	data, err := io.ReadAll(s)
	if err != nil {
		b.Fatal(err)
	}
	benchmarkRead(b, data, s.n)
}

func BenchmarkReadTelegram(b *testing.B) {
	var data bytes.Buffer
	data.WriteString(`{"name":"Quay","type":"private_supergroup","id":1234567890,"messages":[`)
	const n = 30_000
	for i := range n {
		if i > 0 {
			data.WriteString(",\n")
		}
		fmt.Fprintf(&data, `  {"id": %d, "type": "message", "date": "2026-01-01T10:00:00", "date_unixtime": "1767261600", "from": "Ida Quist", "from_id": "user55501", "reply_to_message_id": 3, "text": ["the pilot boat leaves at %d, see ", {"type": "link", "text": "https://quay.example/list"}], "text_entities": [{"type": "plain", "text": "the pilot boat leaves at %d, see "}, {"type": "link", "text": "https://quay.example/list"}]}`, i+1, i, i)
	}
	data.WriteString(`]}`)
	benchmarkRead(b, data.Bytes(), n)
}

func BenchmarkReadLines(b *testing.B) {
	var data bytes.Buffer
	const n = 50_000
	for i := range n {
		fmt.Fprintf(&data, `{"id":"c01-%d","conversation":"c01","platform":"discord","channel":"quay #main","author":"wren","time":"2026-01-18T19:05:00Z","reply_to":null,"text":"the pilot boat leaves at %d, bring the list and two coats"}`+"\n", i, i)
	}
	benchmarkRead(b, data.Bytes(), n)
}

// TestMemoryStaysBounded imports a stream far larger than it may use.
// STAKEOUT_STREAM_MB makes it larger (2048 for a campaign).
func TestMemoryStaysBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a large stream")
	}
	mb := int64(200)
	if raceEnabled {
		mb = 20 // an order of magnitude slower
	}
	if s := os.Getenv("STAKEOUT_STREAM_MB"); s != "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		mb = n
	}
	im := newImporter(t)
	var peak uint64
	began, n := time.Now(), 0
	s := &stream{size: mb << 20}
	sum, err := im.Import(t.Context(), Input{Name: "stream", Reader: s}, Options{}, func(Progress) {
		if n++; n%20 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.Sys-m.HeapReleased)
		}
	})
	if err != nil || sum.Observations != int64(s.n) {
		t.Fatalf("%d of %d observations, %v", sum.Observations, s.n, err)
	}
	t.Logf("%d MiB, %d records, %.0f/s with the ledger; Go held at most %d MiB", mb, s.n, float64(s.n)/time.Since(began).Seconds(), peak>>20)
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		t.Logf("%s", regexp.MustCompile(`VmHWM:.*`).Find(status))
	}
	if limit := uint64(200); peak>>20 > limit && !raceEnabled {
		t.Errorf("held %d MiB, more than %d", peak>>20, limit)
	}
}
