package detect

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"stakeout/alerts/rules"
	"stakeout/watchlist"
)

func sharedDir(tb testing.TB) string {
	dir := os.Getenv("STAKEOUT_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(dir); err != nil {
		tb.Skip("no shared data")
	}
	return dir
}

type truth struct {
	ID       string   `json:"id"`
	Labels   []string `json:"labels"`
	Incident string   `json:"incident"`
}

type tally struct{ incidents, found, findings, good int }

func (t tally) recall() float64    { return float64(t.found) / float64(max(t.incidents, 1)) }
func (t tally) precision() float64 { return float64(t.good) / float64(max(t.findings, 1)) }

// TestLabelledWorlds measures all worlds together and holds floors below what
// was measured when they were set, so that a change that loses much is seen.
func TestLabelledWorlds(t *testing.T) {
	dir := sharedDir(t)
	floors := map[string][2]float64{ // recall, precision
		"doxxing": {0.70, 0.73}, "blame_shifting": {0.66, 0.82}, "legal_mention": {0.69, 0.82}, "credential_exposure": {0.84, 0.92},
	}
	set, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "eval", "*", "messages.jsonl"))
	if len(files) == 0 {
		t.Skip("no labelled worlds")
	}
	sums := map[string]tally{}
	for _, file := range files {
		w, err := watchlist.Load(filepath.Join(filepath.Dir(file), "watchlist.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		score(t, New(set, w), file, sums)
	}
	for label := range floors {
		s := sums[label]
		t.Logf("%-20s recall %.3f (%d of %d incidents) precision %.3f (%d of %d findings)",
			label, s.recall(), s.found, s.incidents, s.precision(), s.good, s.findings)
		if s.recall() < floors[label][0] || s.precision() < floors[label][1] {
			t.Errorf("%s: recall %.3f, precision %.3f; floors %v", label, s.recall(), s.precision(), floors[label])
		}
	}
}

// score adds a world's figures, counted as its score program does.
func score(t *testing.T, e *Engine, file string, sums map[string]tally) {
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	messages := map[string]truth{}
	incidents := map[string]map[string]bool{}
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var m truth
		if err := json.Unmarshal(sc.Bytes(), &m); err != nil {
			t.Fatal(err)
		}
		messages[m.ID] = m
		for _, l := range m.Labels {
			if incidents[l] == nil {
				incidents[l] = map[string]bool{}
			}
			incidents[l][m.Incident] = true
		}
	}
	if _, err := in.Seek(0, 0); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	found := map[string]bool{}
	for f, err := range Lines(e, file, in) {
		if err != nil {
			t.Fatal(err)
		}
		m := messages[f.MessageID]
		own := false
		for _, l := range m.Labels {
			own = own || l == f.Label
		}
		if seen[f.MessageID+f.Label] || f.Label == "legal_mention" && len(m.Labels) > 0 && !own {
			continue
		}
		seen[f.MessageID+f.Label] = true
		s := sums[f.Label]
		s.findings++
		if own || m.Incident != "" && incidents[f.Label][m.Incident] {
			s.good++
			if key := f.Label + m.Incident; !found[key] {
				found[key] = true
				s.found++
			}
		}
		sums[f.Label] = s
	}
	for l, is := range incidents {
		s := sums[l]
		s.incidents += len(is)
		sums[l] = s
	}
}

// benign reads the messages without labels.
func benign(tb testing.TB) []Message {
	f, err := os.Open(filepath.Join(sharedDir(tb), "benign", "messages.jsonl.gz"))
	if err != nil {
		tb.Skip("no benign messages")
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	var out []Message
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, maxLine)
	for sc.Scan() {
		m, err := parseLine(sc.Bytes())
		if err != nil {
			tb.Fatal(err)
		}
		m.Seq = int64(len(out) + 1)
		out = append(out, m)
	}
	return out
}

// TestBenign counts findings on real chat that has nothing to find.
func TestBenign(t *testing.T) {
	if testing.Short() {
		t.Skip("150,000 messages")
	}
	e := evalEngine(t, "halden")
	n := map[string]int{}
	total, rules := 0, map[string]int{}
	messages := benign(t)
	for _, m := range messages {
		for _, f := range e.Observe(m) {
			n[f.Label]++
			rules[f.Rule]++
			total++
			if os.Getenv("STAKEOUT_SHOW") == f.Rule {
				fmt.Printf("%s: %s [%s]\n", m.Channel, m.Text, f.Reason)
			}
		}
	}
	t.Logf("%d findings on %d messages: %v %v", total, len(messages), n, rules)
	if total*2000 > len(messages) {
		t.Errorf("%d findings on %d benign messages, more than one in 2,000", total, len(messages))
	}
}

func evalEngine(tb testing.TB, world string) *Engine {
	set, err := rules.Default()
	if err != nil {
		tb.Fatal(err)
	}
	w, err := watchlist.Load(filepath.Join(sharedDir(tb), "eval", world, "watchlist.yaml"))
	if err != nil {
		tb.Skip("no labelled world")
	}
	return New(set, w)
}

func BenchmarkObserveBenign(b *testing.B) {
	e := evalEngine(b, "halden")
	messages := benign(b)
	i := 0
	for b.Loop() {
		e.Observe(messages[i%len(messages)])
		i++
	}
}
