package config

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml/token"
)

// Load reads the file at path, applies the overrides in environ ("NAME=value",
// as os.Environ gives them) and validates the whole. An empty path means no
// file. Relative paths in the file are taken from the file's folder, those
// from the environment and the defaults from the working directory.
//
// Everything that is wrong comes back at once, as an *Error.
func Load(path string, environ []string) (Config, error) {
	if path == "" {
		return parse("", nil, environ)
	}
	data, open, err := read(path)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	c, err := parse(path, data, environ)
	if err != nil {
		return c, err
	}
	if open && c.secretInFile {
		c.warnings = append(c.warnings, fmt.Sprintf("%s: every user of this host can read the secret in it; run: chmod 600 %[1]s", path))
	}
	return c, nil
}

// Check is Load, and looks whether the files that the configuration names are
// there. It reads none of them.
func Check(path string, environ []string) (Config, error) {
	c, err := Load(path, environ)
	if err != nil {
		return c, err
	}
	var problems []Problem
	missing := func(key, name string, folder bool) {
		if name == "" {
			return
		}
		info, err := os.Stat(name)
		switch {
		case err != nil:
			problems = append(problems, Problem{Where: path, Key: key, Message: err.Error()})
		case info.IsDir() != folder && folder:
			problems = append(problems, Problem{Where: path, Key: key, Message: name + " is not a folder"})
		case info.IsDir() != folder:
			problems = append(problems, Problem{Where: path, Key: key, Message: name + " is a folder, not a file"})
		}
	}
	missing("watchlist", c.Watchlist, false)
	missing("rules", c.Rules, true)
	if info, err := os.Stat(c.Data); err == nil && !info.IsDir() {
		problems = append(problems, Problem{Where: path, Key: "data", Message: c.Data + " is not a folder"})
	}
	if problems != nil {
		return c, &Error{problems}
	}
	return c, nil
}

// read gives the bytes of the file, and whether every user can read it.
func read(path string) (data []byte, open bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, false, err
	}
	data, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s is larger than %d bytes: not a configuration", path, maxFile)
	}
	return data, info.Mode().Perm()&0o004 != 0, err
}

// parse is Load without the file system, but for the files of secrets.
func parse(file string, data []byte, environ []string) (Config, error) {
	c := Default()
	d := &decoder{file: file, places: map[string]*token.Position{}}
	d.decode(data, &c)
	for _, p := range d.problems {
		if p.Key == "" { // not readable at all: whatever else is found would mislead
			return Config{}, &Error{d.problems}
		}
	}
	c.secretInFile = holdsSecret(&c)
	set, problems, warnings := environment(environ, &c)
	c.warnings = warnings
	d.problems = append(d.problems, problems...)
	d.validate(&c, set)
	if d.problems != nil {
		slices.SortStableFunc(d.problems, byPlace)
		return Config{}, &Error{d.problems}
	}
	for key, at := range c.paths() {
		if _, fromEnv := set[key]; d.places[key] != nil && !fromEnv && *at != "" && !filepath.IsAbs(*at) {
			*at = filepath.Join(filepath.Dir(file), *at)
		}
	}
	if c.Web.Open() {
		c.warnings = append(c.warnings, "web.listen: other machines reach "+c.Web.Listen+", and the page asks for no password: put a proxy before it that does")
	}
	return c, nil
}
