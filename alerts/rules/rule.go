package rules

import (
	"fmt"
	"slices"
	"strings"
)

// Rule is one rule file.
type Rule struct {
	ID             string   `yaml:"id"`
	Title          string   `yaml:"title"`
	Status         string   `yaml:"status"` // experimental, test, stable
	Level          string   `yaml:"level"`
	Label          string   `yaml:"label"`
	Description    string   `yaml:"description"`
	FalsePositives []string `yaml:"falsepositives"`
	Tags           []string `yaml:"tags"`
	// Score is how sure a match is, between 0 and 1.
	Score float64           `yaml:"score"`
	Terms map[string]Family `yaml:"terms"` // families of this rule alone
	// Raise gives levels that hold instead of Level when their conditions do.
	Raise map[string]string `yaml:"raise"`
	When  string            `yaml:"condition"`
	// Define names parts of conditions, for this rule alone.
	Define map[string]string `yaml:"define"`
	// Points are conditions that each add to, or take from, a sum; the rule
	// holds when the sum reaches At (and the condition holds, if there is one).
	Points map[string]int `yaml:"points"`
	At     int            `yaml:"at"`

	// Also is a condition on the messages before: when the rule holds, those
	// for which it holds belong to the finding's evidence as well.
	Also string `yaml:"also"`

	// Continues marks a rule that goes on from what others found: its findings
	// are no ground for further ones, else one would lead to the next for ever.
	Continues bool `yaml:"continues"`

	Examples Examples `yaml:"examples"`

	Beside    *Condition `yaml:"-"` // Also, compiled; nil for none
	Condition *Condition `yaml:"-"` // When and Points, compiled
	raise     []raised
	File      string `yaml:"-"`
}

// Examples are conversations that a rule must and must not find: in a match
// its last message, in a no_match none.
type Examples struct {
	Match   []Example `yaml:"match"`
	NoMatch []Example `yaml:"no_match"`
}

// Example is a conversation: in YAML one string or a list of strings, each a
// message. "name> text" says who wrote it; without, two authors take turns.
// {person}, {surname}, {family}, {email}, {handle}, {other}, {company},
// {product}, {docket} and {keyword} stand for the example watchlist's entries.
type Example []string

// UnmarshalYAML reads either form.
func (e *Example) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if err := unmarshal(&one); err == nil {
		*e = Example{one}
		return nil
	}
	var many []string
	if err := unmarshal(&many); err != nil {
		return fmt.Errorf("an example is a text or a list of texts: %w", err)
	}
	*e = many
	return nil
}

// Levels, from the least to the most urgent; Sigma's words.
var Levels = []string{"informational", "low", "medium", "high", "critical"}

// Labels that findings may bear.
var Labels = []string{
	"doxxing", "blame_shifting", "legal_mention", "identity_speculation",
	"credential_exposure", "access_resale", "evidence_destruction", "threat",
}

var statuses = []string{"experimental", "test", "stable"}

type raised struct {
	level string
	when  *Condition
}

// LevelOf gives the level of a finding on these facts: the highest that a
// raise gives, else the rule's own.
func (r *Rule) LevelOf(f Facts) string {
	for _, x := range r.raise {
		if x.when.Eval(f) {
			return x.level
		}
	}
	return r.Level
}

// problem tells the first thing wrong with a rule and the key it stands at.
func (r *Rule) problem() (key, msg string) {
	switch {
	case r.ID == "" || strings.Trim(r.ID, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return "id", "give an id of small letters, figures and dashes"
	case r.Title == "":
		return "title", "give a title"
	case !slices.Contains(statuses, r.Status):
		return "status", "write one of " + strings.Join(statuses, ", ")
	case !slices.Contains(Levels, r.Level):
		return "level", "write one of " + strings.Join(Levels, ", ")
	case !slices.Contains(Labels, r.Label):
		return "label", "write one of " + strings.Join(Labels, ", ")
	case r.Description == "":
		return "description", "say in a sentence what the rule finds"
	case r.Score <= 0 || r.Score > 1:
		return "score", "write a number above 0 and up to 1"
	case strings.TrimSpace(r.When) == "" && len(r.Points) == 0:
		return "condition", "write a condition, or points"
	case (r.At > 0) != (len(r.Points) > 0):
		return "at", "points and at go together: the rule holds when the points reach at"
	case len(r.Examples.Match) == 0 || len(r.Examples.NoMatch) == 0:
		return "examples", "give at least one example under match and one under no_match"
	}
	return "", ""
}
