package rules

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"stakeout/text"
	"stakeout/watchlist"
)

// Set is the rules of one run. It is not changed after loading and may be
// shared.
type Set struct {
	Rules []*Rule
	// Families are the term families; the signal of Families[i] is
	// len(Builtins)+i.
	Families []*Family

	index map[string]Signal
}

// Name gives a signal's name as conditions write it.
func (s *Set) Name(sig Signal) string {
	if int(sig) < len(Builtins) {
		return Builtins[sig].Name
	}
	return s.Families[int(sig)-len(Builtins)].Name
}

// Signal finds a name's signal.
func (s *Set) Signal(name string) (Signal, bool) {
	sig, ok := s.index[name]
	return sig, ok
}

// Signals is how many signals the set has: all are below this number.
func (s *Set) Signals() int { return len(Builtins) + len(s.Families) }

//go:embed default
var shipped embed.FS

//go:embed example-watchlist.yaml
var exampleWatchlist []byte

// Default gives the shipped rules. They are read once; every call gives the
// same set.
func Default() (*Set, error) { return loadShipped() }

var loadShipped = sync.OnceValues(func() (*Set, error) {
	dir, err := fs.Sub(shipped, "default")
	if err != nil {
		return nil, err
	}
	return load(nil, dir)
})

// ExampleWatchlist gives the invented watchlist whose entries stand for the
// placeholders in examples.
func ExampleWatchlist() *watchlist.Watchlist {
	w, err := watchlist.Parse(exampleWatchlist)
	if err != nil {
		panic("embedded example watchlist: " + err.Error()) // a test reads it; it cannot fail later
	}
	return w
}

// Load reads every .yaml file of a directory: those under terms/ as term
// families, the others as rules. The shipped families are there too; one of
// the same name in dir replaces the shipped one. All errors found are joined.
func Load(dir fs.FS) (*Set, error) {
	base, err := Default()
	if err != nil {
		return nil, fmt.Errorf("shipped rules: %w", err)
	}
	s, err := load(base, dir)
	if err != nil {
		return nil, err
	}
	if len(s.Rules) == 0 {
		return nil, errors.New("no rules: the directory holds no .yaml file outside terms/")
	}
	return s, nil
}

func load(base *Set, dir fs.FS) (*Set, error) {
	families := map[string]*Family{}
	if base != nil {
		for _, f := range base.Families {
			if !strings.Contains(f.Name, ".") {
				families[f.Name] = f
			}
		}
	}
	var errs []error
	var rules []*Rule
	docs := map[*Rule]*document{}
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() || path.Ext(name) != ".yaml" && path.Ext(name) != ".yml" {
			return nil
		}
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return fmt.Errorf("read rules: %w", err)
		}
		doc := &document{name: name, data: data}
		if strings.HasPrefix(name, "terms/") {
			errs = append(errs, doc.terms(families)...)
			return nil
		}
		r := &Rule{File: name}
		if err := doc.decode(r); err != nil {
			errs = append(errs, err)
			return nil
		}
		rules = append(rules, r)
		docs[r] = doc
		return nil
	})
	if err != nil {
		return nil, err
	}
	s := &Set{Rules: rules, index: map[string]Signal{}}
	for i, b := range Builtins {
		s.index[b.Name] = Signal(i)
	}
	for _, name := range slices.Sorted(maps.Keys(families)) {
		s.add(families[name])
	}
	ids := map[string]string{}
	for _, r := range rules {
		doc := docs[r]
		if key, msg := r.problem(); key != "" {
			errs = append(errs, doc.errorf(key, "%s", msg))
			continue
		}
		if first, ok := ids[r.ID]; ok {
			errs = append(errs, doc.errorf("id", "the id %s is taken by %s; choose another", r.ID, first))
			continue
		}
		ids[r.ID] = r.File
		if err := s.compile(r, doc); err != nil {
			errs = append(errs, err)
		}
	}
	if n := s.Signals(); n > MaxSignals {
		errs = append(errs, fmt.Errorf("%d builtins and term families, at most %d: put families of single rules together", n, MaxSignals))
	}
	return s, errors.Join(errs...)
}

func (s *Set) add(f *Family) {
	s.index[f.Name] = Signal(s.Signals())
	s.Families = append(s.Families, f)
}

// compile reads a rule's own families and its condition. A rule's family is
// kept under "id.name" and hides a shared one of the same name.
func (s *Set) compile(r *Rule, doc *document) error {
	own := map[string]Signal{}
	for _, name := range slices.Sorted(maps.Keys(r.Terms)) {
		f := r.Terms[name]
		if !nameOK(name) {
			return doc.errorf("terms."+name, "a family's name is made of small letters, figures and _")
		}
		if err := f.compile(name); err != nil {
			return doc.errorf("terms."+name, "%w", err)
		}
		f.Name = r.ID + "." + name
		s.add(&f)
		own[name] = s.index[f.Name]
	}
	in := scope{defined: map[string]node{}, lookup: func(name string) (Signal, error) {
		if sig, ok := own[name]; ok {
			return sig, nil
		}
		if sig, ok := s.index[name]; ok {
			return sig, nil
		}
		known := slices.Concat(slices.Collect(maps.Keys(s.index)), slices.Collect(maps.Keys(own)), slices.Collect(maps.Keys(r.Define)))
		slices.Sort(known)
		if near := text.Nearest(name, known); near != "" {
			return 0, fmt.Errorf("unknown name %s; did you mean %s?", name, near)
		}
		return 0, fmt.Errorf("unknown name %s; add a family of that name under terms", name)
	}}
	defined := map[string]node{}
	for _, name := range slices.Sorted(maps.Keys(r.Define)) {
		if _, taken := s.index[name]; taken || !nameOK(name) {
			return doc.errorf("define."+name, "choose another name than %s: small letters, figures and _, not taken by a family", name)
		}
		c, err := compile(r.Define[name], in)
		if err != nil {
			return doc.errorf("define."+name, "%s: %w", name, err)
		}
		defined[name] = c.root
	}
	in.defined = defined
	var c *Condition
	var err error
	if strings.TrimSpace(r.When) != "" {
		if c, err = compile(r.When, in); err != nil {
			return doc.errorf("condition", "condition: %w", err)
		}
	}
	if len(r.Points) > 0 {
		if c, err = weigh(c, r.Points, r.At, in); err != nil {
			return doc.errorf("points", "%w", err)
		}
	}
	r.Condition = c
	if r.Also != "" {
		if r.Beside, err = compile(r.Also, in); err != nil {
			return doc.errorf("also", "also: %w", err)
		}
	}
	for _, level := range slices.Backward(Levels) {
		when, ok := r.Raise[level]
		if !ok {
			continue
		}
		c, err := compile(when, in)
		if err != nil {
			return doc.errorf("raise."+level, "raise: %w", err)
		}
		r.raise = append(r.raise, raised{level, c})
	}
	for level := range r.Raise {
		if !slices.Contains(Levels, level) {
			return doc.errorf("raise."+level, "unknown level; write one of %s", strings.Join(Levels, ", "))
		}
	}
	for i, ex := range slices.Concat(r.Examples.Match, r.Examples.NoMatch) {
		if len(ex) == 0 {
			return doc.errorf("examples", "example %d is empty", i+1)
		}
	}
	return nil
}

func nameOK(name string) bool {
	for i := range len(name) {
		if !nameByte(name[i]) {
			return false
		}
	}
	return name != "" && name[0] > '9' && !slices.Contains([]string{"and", "or", "not"}, name)
}
