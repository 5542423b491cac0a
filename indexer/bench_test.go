package indexer_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"

	"stakeout/indexer"
	"stakeout/ledger"
	"stakeout/message"
)

// chatter makes messages of 3 to 20 words out of 30,000 in five scripts, drawn
// as words in languages are, the same ones each time.
func chatter(n int) []*message.Observation {
	r := rand.New(rand.NewPCG(1, 2))
	word := rand.NewZipf(r, 1.1, 4, 30_000)
	author := rand.NewZipf(r, 1.1, 2, 3_000)
	alphabets := []string{"etaoinshrdlu", "etaoinshrdlu", "оеаинтсрвлкм", "اینرمتدهوشبک", "的一是在不了有和人这", "eaosrnidlctu"}
	out := make([]*message.Observation, n)
	for i := range out {
		letters := []rune(alphabets[r.IntN(len(alphabets))])
		var b strings.Builder
		for range 3 + r.IntN(18) {
			for k := word.Uint64() + 7; k > 0; k /= uint64(len(letters)) {
				b.WriteRune(letters[k%uint64(len(letters))])
			}
			b.WriteByte(' ')
		}
		a := author.Uint64()
		out[i] = posted(i, b.String(), func(o *message.Observation) {
			o.Channel.ID, o.Channel.Name = fmt.Sprint(100+i%60), fmt.Sprintf("room %d", i%60)
			o.Author = message.Author{ID: fmt.Sprint(a), Handle: fmt.Sprintf("user%d", a)}
		})
	}
	return out
}

func bulk(b *testing.B, n int) *world {
	b.Helper()
	w := newWorld(b)
	for part := range slices.Chunk(chatter(n), 1000) {
		w.add(part...)
	}
	return w
}

// BenchmarkFollow measures the follower, a message an operation.
func BenchmarkFollow(b *testing.B) {
	w := bulk(b, b.N)
	x, err := indexer.Open(b.Context(), w.path(), w.ledger, nil, quiet)
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	used := processor()
	if err := x.CatchUp(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric(float64((processor()-used).Microseconds())/float64(b.N), "cpu-µs/message")
	b.StopTimer()
	x.Close()
	b.ReportMetric(float64(bytesIn(b, w.path()))/float64(b.N), "bytes/message")
	opened := time.Now()
	if x, err = indexer.Open(b.Context(), w.path(), w.ledger, nil, quiet); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(time.Since(opened).Milliseconds()), "ms-to-open")
	x.Close()
}

func bytesIn(b *testing.B, dir string) (n int64) {
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && !d.IsDir() {
			n += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkBleve measures Bleve alone with the same mapping and settings on
// the same entries.
func BenchmarkBleve(b *testing.B) {
	w := bulk(b, b.N)
	var es []ledger.Entry
	for after := int64(0); after < w.ledger.Size(); {
		page, err := w.ledger.Page(b.Context(), after, 512)
		if err != nil {
			b.Fatal(err)
		}
		es = append(es, page...)
		after = page[len(page)-1].Seq
	}
	es = slices.DeleteFunc(es, func(e ledger.Entry) bool { return e.Obs == nil })
	x, err := bleve.NewUsing(filepath.Join(w.dir, "alone"), indexer.NewMapping(), scorch.Name, scorch.Name, indexer.Settings())
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	used := processor()
	for part := range slices.Chunk(es, 1000) {
		batch := x.NewBatch()
		for _, e := range part {
			if err := batch.Index(indexer.Document(e)); err != nil {
				b.Fatal(err)
			}
		}
		if err := x.Batch(batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	b.ReportMetric(float64((processor()-used).Microseconds())/float64(b.N), "cpu-µs/message")
	b.StopTimer()
	x.Close()
}

// BenchmarkSearch measures query shapes on 200,000 messages, the newest twenty
// of each.
func BenchmarkSearch(b *testing.B) {
	const size = 200_000
	w := bulk(b, size)
	var many []int64
	for seq := int64(2); seq <= size; seq += 2 {
		many = append(many, seq)
	}
	f := findings{seqs: map[string][]int64{"label:threat": many}}
	x := w.open(f)
	for _, q := range []string{"", "oo", "oet", "oo eo -ao", `"oo eo"`, `"oo oo"`, "的的", "in:150 after:2026-06-01", "from:user3", "after:2026-06-01T10:00:00Z before:2026-06-20T11:00:00Z oo", "has:link OR oo OR ие", "label:threat oo", "label:threat"} {
		b.Run(q, func(b *testing.B) {
			var times []time.Duration
			var res indexer.Result
			var err error
			for b.Loop() {
				t := time.Now()
				res, err = x.Search(b.Context(), indexer.Request{Query: q, Limit: 20})
				if err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(t))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
			b.ReportMetric(float64(res.Total), "hits")
		})
	}
}

// processor is the time that this process has had of any processor, which
// other work on the machine does not lengthen.
func processor() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // fails for no arguments of ours
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
