package detect

import (
	"fmt"
	"strings"
	"time"

	"stakeout/alerts/rules"
)

// Failure is an example that a rule judged otherwise than it says.
type Failure struct {
	Rule, File string
	Example    string // the example as written, its messages joined by " / "
	Problem    string // "does not match", "matches but must not"
}

func (f Failure) String() string {
	return fmt.Sprintf("%s: rule %s %s: %s", f.File, f.Rule, f.Problem, f.Example)
}

// TestRules runs every rule's inline examples against the example watchlist,
// each rule by itself: a match must be found by its rule in the last message
// of its conversation, a no_match in none. Findings that the rule's condition
// asks for with found() come from the whole set.
func TestRules(set *rules.Set) []Failure {
	var out []Failure
	for _, r := range set.Rules {
		for _, ex := range r.Examples.Match {
			if fired := runExample(set, r, ex); !fired[len(fired)-1] {
				out = append(out, Failure{r.ID, r.File, strings.Join(ex, " / "), "does not match"})
			}
		}
		for _, ex := range r.Examples.NoMatch {
			for _, fired := range runExample(set, r, ex) {
				if fired {
					out = append(out, Failure{r.ID, r.File, strings.Join(ex, " / "), "matches but must not"})
					break
				}
			}
		}
	}
	return out
}

// runExample tells for each message whether the rule's condition holds.
func runExample(set *rules.Set, r *rules.Rule, ex rules.Example) []bool {
	w := rules.ExampleWatchlist()
	p, q := w.Protected[0], w.Personas
	fill := strings.NewReplacer(
		"{person}", p.Name, "{surname}", p.Name[strings.LastIndexByte(p.Name, ' ')+1:], "{family}", p.Family[0],
		"{email}", p.Emails[0], "{handle}", q[0].Handle, "{other}", q[1].Handle, "{company}", w.Company.Aliases[0],
		"{product}", w.Company.Products[0], "{docket}", w.Cases[0].Docket, "{keyword}", w.Cases[0].Keywords[0],
	)
	e := New(set, w)
	sent := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	var fired []bool
	for i, text := range ex {
		author := []string{"first_author", "second_author"}[i%2]
		if name, rest, ok := strings.Cut(text, "> "); ok && !strings.ContainsAny(name, " \n") {
			author, text = name, rest
		}
		m := Message{
			Seq: int64(i + 1), ID: fmt.Sprint(i + 1), Channel: "example", Author: author,
			Sent: sent.Add(time.Duration(i) * time.Minute), Text: fill.Replace(text),
		}
		e.only = r.ID
		e.Observe(m)
		fired = append(fired, e.onlyFired)
	}
	return fired
}
