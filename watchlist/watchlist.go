// Package watchlist holds what the analysts know beforehand: the company, its
// cases, the people to protect and the personas of the gang. It reads one
// strict YAML file; a key it does not know is an error that says where it
// stands and what was probably meant.
//
// A watchlist holds names of people who may be in danger. Nothing in this
// package logs, and no error or problem it reports holds a name, an address or
// a handle: people are named by their place in the file and their initials.
package watchlist

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"stakeout/strict"
	"stakeout/text"
)

// Watchlist is one file. The zero value watches nothing.
type Watchlist struct {
	Company   Company   `yaml:"company"`
	Cases     []Case    `yaml:"cases"`
	Protected []Person  `yaml:"protected_people"`
	Personas  []Persona `yaml:"personas"`
}

// Company is who is attacked.
type Company struct {
	Name     string   `yaml:"name"`
	Aliases  []string `yaml:"aliases"`
	Products []string `yaml:"products"`
}

// Case is one court case or investigation.
type Case struct {
	Name     string   `yaml:"name"`
	Docket   string   `yaml:"docket"`
	Court    string   `yaml:"court"`
	Filed    string   `yaml:"filed"` // YYYY-MM-DD or empty
	Events   []Event  `yaml:"events"`
	Keywords []string `yaml:"keywords"` // code names, seized domains, payment processors
}

// Event is a dated step of a case.
type Event struct {
	Date  string `yaml:"date"` // YYYY-MM-DD
	Title string `yaml:"title"`
}

// Person is someone to protect.
type Person struct {
	// ID is a short name of the analysts' choice that stays the same when the
	// list is reordered. Optional.
	ID       string   `yaml:"id"`
	Name     string   `yaml:"name"`
	Also     []string `yaml:"also"`
	Role     string   `yaml:"role"` // counsel, investigator, paralegal, …
	Employer string   `yaml:"employer"`
	Emails   []string `yaml:"emails"`
	Phones   []string `yaml:"phones"`
	Homes    []string `yaml:"addresses"`
	Family   []string `yaml:"family"`
}

// Persona is one member of the gang under the handles known.
type Persona struct {
	Handle    string   `yaml:"handle"`
	Also      []string `yaml:"also"`
	Role      string   `yaml:"role"` // creator, provider, user, unknown
	Country   string   `yaml:"country"`
	Platforms []string `yaml:"platforms"`
}

// Load reads and parses a file.
func Load(path string) (*Watchlist, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read watchlist: %w", err)
	}
	w, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	return w, nil
}

// Parse reads the YAML form. An empty file is an empty list. Errors begin with
// "line:column: ".
func Parse(data []byte) (*Watchlist, error) {
	w := new(Watchlist)
	if err := strict.Decode(data, w); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return w, nil
}

// Initials gives the first letter of each part of the name: "M.O.". Empty for
// a person without a name.
func (p Person) Initials() string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(p.Name, func(r rune) bool { return unicode.IsSpace(r) || r == '-' || r == '·' }) {
		for _, r := range part {
			if unicode.IsLetter(r) {
				b.WriteRune(unicode.ToUpper(r))
				b.WriteByte('.')
				break
			}
		}
	}
	return b.String()
}

// Key names the i-th protected person in findings and fingerprints: the
// person's ID, else a number made from the name, which stays the same when
// the list is reordered and tells nothing about the name.
func (w *Watchlist) Key(i int) string {
	if id := w.Protected[i].ID; id != "" {
		return id
	}
	h := uint32(2166136261) // FNV-1a
	for _, c := range []byte(text.Fold(w.Protected[i].Name).Text) {
		h = (h ^ uint32(c)) * 16777619
	}
	return fmt.Sprintf("p%06x", h&0xFFFFFF)
}
