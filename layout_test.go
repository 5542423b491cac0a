package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// imports says what each package may import of ours. "x/..." is x and all
// below it. A message travels down this list; a package that wants to import
// against it declares a small interface of its own instead, or follows the
// ledger.
var imports = map[string][]string{
	"message":   {},
	"text":      {},
	"strict":    {"text"},
	"store":     {},
	"secret":    {},
	"watchlist": {"message", "text", "strict"},
	"ledger":    {"message", "store"},

	// The parts. None imports another.
	"bot":                           record,
	"bot/export":                    on(record, "bot/mention", "bot/mail/letter"),
	"bot/mention":                   ground,
	"bot/bottest":                   on(record, "bot"),
	"bot/discord":                   on(record, "bot", "bot/mention"),
	"bot/discord/discordtest":       on(ground, "bot/bottest"),
	"bot/telegram":                  on(record, "bot"),
	"bot/telegram/telegramtest":     ground,
	"bot/mail":                      on(record, "bot", "bot/mail/letter"),
	"bot/mail/letter":               ground,
	"canary":                        record,
	"backup":                        on(record, "disk"),
	"disk":                          ground,
	"heartbeat":                     ground,
	"indexer":                       on(record, "indexer/query"),
	"indexer/query":                 ground,
	"alerts/rules":                  on(ground, "watchlist"),
	"alerts/detect":                 on(record, "alerts/rules"),
	"alerts/notify":                 ground,
	"alerts/notify/slack":           on(ground, "alerts/notify"),
	"alerts/notify/slack/slacktest": ground,
	"alerts":                        on(record, "alerts/rules", "alerts/detect", "alerts/notify"),
	"alerts/digest":                 on(record, "alerts", "alerts/notify"),

	// What shows them and puts them together.
	"web":    parts,
	"config": on(parts, "web"),
	"app":    on(parts, "web", "config"),
	"demo":   on(parts, "web", "config", "app"),
	"bench":  on(parts, "web", "config", "app"),
	"cli":    on(parts, "web", "config", "app", "demo"),
	".":      {"cli"},
}

var (
	// ground may be imported from everywhere.
	ground = []string{"message", "text", "strict", "store", "secret"}
	// record is the ledger and what is known beforehand; every part stands on it.
	record = on(ground, "watchlist", "ledger")
	parts  = on(record, "bot", "bot/...", "indexer/...", "alerts/...", "canary", "backup", "disk", "heartbeat")
)

func on(base []string, more ...string) []string { return slices.Concat(base, more) }

// TestImportsPointOneWay reads the imports of every file that is no test.
func TestImportsPointOneWay(t *testing.T) {
	seen := map[string]bool{}
	err := fs.WalkDir(os.DirFS("."), ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && file != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		from := path.Dir(file)
		if strings.HasPrefix(from, "scripts") { // tools of the house may use anything
			return nil
		}
		allowed, known := imports[from]
		if !known {
			t.Errorf("%s: package %s is not in the layout: add it to the list in layout_test.go", file, from)
			return nil
		}
		seen[from] = true
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			to, ours := strings.CutPrefix(name, "stakeout/")
			if ours && !slices.ContainsFunc(allowed, func(a string) bool { return covers(a, to) }) {
				t.Errorf("%s: %s may not import %s: imports point one way (see ARCHITECTURE.md)", file, from, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range slices.Sorted(maps.Keys(imports)) {
		if !seen[pkg] {
			t.Errorf("%s is in the layout, but not in the tree: remove it from the list in layout_test.go", pkg)
		}
	}
}

// covers reports whether the pattern of an allowed import holds pkg.
func covers(pattern, pkg string) bool {
	if base, all := strings.CutSuffix(pattern, "/..."); all {
		return pkg == base || strings.HasPrefix(pkg, base+"/")
	}
	return pattern == pkg
}
