package config

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong with the configuration.
type Problem struct {
	// Where is the file, or the name of the environment variable; empty when
	// the problem lies in what is not set at all.
	Where string
	// Line and Column count from 1; both zero when the place is not in a file.
	Line, Column int
	// Key is the dotted path of the setting, such as "web.listen"; empty when
	// the file as a whole is meant.
	Key string
	// Message says what is wrong and how to mend it. It never holds a secret.
	Message string
}

// String gives one line: "stakeout.yaml:3:5: web.listen: …".
func (p Problem) String() string {
	var b strings.Builder
	if p.Where != "" {
		b.WriteString(p.Where)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
		}
		b.WriteString(": ")
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Error is everything wrong with a configuration, in the order of the file.
type Error struct{ Problems []Problem }

// Error gives one line a problem.
func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}
