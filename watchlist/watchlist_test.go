package watchlist

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const sample = `
company: {name: Larch Cloud, aliases: [Larch]}
cases:
  - name: Larch Cloud v. Does 1-3
    docket: "9:30-cv-00001"
    filed: 2030-01-02
    events: [{date: 2030-01-02, title: Filed}]
protected_people:
  - name: Odalys Fernquist-Åkerblom
    role: counsel
    emails: [o@larch.example]
personas:
  - {handle: teasel, also: [tease], role: creator}
`

func TestParse(t *testing.T) {
	w, err := Parse([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Protected[0].Initials(); got != "O.F.Å." {
		t.Errorf("initials %q", got)
	}
	if problems := w.Check(); len(problems) > 0 {
		t.Errorf("problems in a sound list: %q", problems)
	}
	if k := w.Key(0); k == "" || strings.Contains(k, "odalys") {
		t.Errorf("key %q", k)
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"unknown key", "company:\n  nmae: X\n", `2:3: unknown key "nmae"; did you mean "name"?`},
		{"key in a list", "protected_people:\n  - name: A B\n    emial: [x]\n", `3:5: unknown key "emial"; did you mean "emails"?`},
		{"wrong type", "personas: 7\n", "1:11: "},
		{"tag", "cases:\n  - events: !0\n000000: 0\n", "1:1: "},
		{"syntax", "company: [\n", "1:"},
	} {
		_, err := Parse([]byte(c.in))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}

func TestErrorsHoldNoValues(t *testing.T) {
	_, err := Parse([]byte("protected_people: \"Odalys Fernquist\"\n"))
	if err == nil || strings.Contains(err.Error(), "Fernquist") {
		t.Errorf("got %v", err)
	}
}

func TestCheck(t *testing.T) {
	w, err := Parse([]byte(`
company: {name: ""}
cases: [{name: A, filed: soon, events: [{date: 2030-13-01}]}]
protected_people:
  - {role: counsel}
  - {name: Ann Bo, also: [x], emails: [nowhere], role: counsel}
  - {name: ann bo, role: ""}
personas: [{handle: ""}, {handle: aa}, {handle: AA}]
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"company: no name",
		"case 1: filed is not a date of the form 2006-01-02",
		"case 1, event 1: date is not of the form 2006-01-02",
		"protected person 1: no name",
		"protected person 2 (A.B.): also 1 is too short to be told from other words",
		"protected person 2 (A.B.): e-mail 1 is not an address",
		"protected person 3 (A.B.): the same name as person 2",
		"protected person 3 (A.B.): no role",
		"persona 1: no handle",
		"persona 3: shares a handle with persona 2",
	}
	if got := w.Check(); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSharedLists(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared(), "eval", "*", "watchlist.yaml"))
	if len(files) == 0 {
		t.Skip("no shared watchlists")
	}
	for _, f := range files {
		w, err := Load(f)
		if err != nil {
			t.Error(err)
		} else if len(w.Protected) == 0 || len(w.Personas) == 0 {
			t.Errorf("%s: read as empty", f)
		}
	}
}

func shared() string {
	if dir := os.Getenv("STAKEOUT_SHARED"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "shared")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("a: &x [*x]"))
	f.Add([]byte("cases:\n  - events: !0\n000000000000: 0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if w, err := Parse(data); err == nil {
			w.Check()
			for i := range w.Protected {
				w.Protected[i].Initials()
				w.Key(i)
			}
		}
	})
}
