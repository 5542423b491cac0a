package detect

import (
	"slices"
	"strings"

	"stakeout/alerts/rules"
)

// judge evaluates all rules and keeps the best finding for each label.
func (e *Engine) judge(f *facts, m Message) []Finding {
	var out []Finding
	e.onlyFired = false
	for _, r := range e.set.Rules {
		found := e.apply(r, f, m, out)
		if len(found) > 0 {
			out = slices.DeleteFunc(out, func(o Finding) bool { return o.Label == r.Label })
			out = append(out, found...)
		}
	}
	return out
}

// apply evaluates one rule, unless what was found already is better. A panic
// is contained and noted: the other rules go on.
func (e *Engine) apply(r *rules.Rule, f *facts, m Message, have []Finding) (found []Finding) {
	defer func() {
		if recover() != nil { // its value may hold what the message said
			found = nil
			if !slices.Contains(e.failed, r.ID) {
				e.failed = append(e.failed, r.ID)
			}
		}
	}()
	if r.ID == e.only {
		e.onlyFired = r.Condition.Eval(f)
	}
	if i := slices.IndexFunc(have, func(o Finding) bool { return o.Label == r.Label }); i >= 0 && !better(r, &have[i]) {
		return nil
	}
	f.used = f.used[:0]
	if !r.Condition.Eval(f) {
		return nil
	}
	return e.findings(r, f, m)
}

func better(r *rules.Rule, f *Finding) bool {
	a, b := slices.Index(rules.Levels, r.Level), slices.Index(rules.Levels, f.Level)
	return a > b || a == b && r.Score > f.Score
}

// findings makes a rule's finding, one for each protected person in the
// message or, when it names none, for the one last spoken of in the messages
// it rests on.
func (e *Engine) findings(r *rules.Rule, f *facts, m Message) []Finding {
	mark := f.Mark()
	level := r.LevelOf(f)
	f.Release(mark)
	seen := len(f.used)
	if r.Beside != nil {
		f.win.last(besideLast, m.Sent, func(e *entry) bool {
			if r.Beside.Eval(e) {
				f.use(e)
			}
			return false
		})
	}
	base := Finding{
		Rule: r.ID, Title: r.Title, Label: r.Label, Level: level, Score: r.Score,
		Seq: m.Seq, ID: m.ID, Evidence: evidence(f, m, r.Label), Exposed: e.exposed(f, r.Label),
	}
	people := f.people
	if len(people) == 0 {
		for _, u := range f.used[:seen] {
			if len(u.people) > 0 {
				people = u.people
				break
			}
		}
	}
	if len(people) == 0 && aboutPeople[r.Label] {
		f.win.last(personLast, m.Sent, func(e *entry) bool {
			people = e.people
			return len(people) > 0
		})
	}
	var out []Finding
	for _, i := range people {
		p := base
		p.Person, p.Initials, p.Role = e.people[i].key, e.people[i].initials, e.people[i].role
		p.Reason = e.reason(r, f, p.Initials)
		out = append(out, p)
	}
	if len(out) == 0 {
		base.Reason = e.reason(r, f, "")
		out = append(out, base)
	}
	return out
}

// aboutPeople are the labels whose findings concern somebody: when neither the
// message nor those it rests on name one, the person last named does.
var aboutPeople = map[string]bool{"doxxing": true, "threat": true}

// besideLast is how many messages back a rule's "also" looks: one that
// assembles private data is seldom far from its pieces.
const besideLast = 8

// personLast is how many messages back that person may have been named.
const personLast = 8

// evidence lists the messages that a finding rests on: those looked at, what
// they rested on themselves, and the message.
func evidence(f *facts, m Message, label string) []int64 {
	var out []int64
	for _, u := range f.used {
		out = append(out, u.seq)
		for _, e := range u.findings {
			if e.label == label {
				out = append(out, e.evidence...)
			}
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	out = slices.DeleteFunc(out, func(s int64) bool { return s == m.Seq })
	if len(out) > maxEvidence {
		out = out[len(out)-maxEvidence:]
	}
	return append(out, m.Seq)
}

// maxEvidence bounds a finding's list when one rests on another for hours.
const maxEvidence = 40

// reason tells which signals of the condition the message has.
func (e *Engine) reason(r *rules.Rule, f *facts, initials string) string {
	var parts []string
	if initials != "" {
		parts = append(parts, "about "+initials)
	}
	var names []string
	for _, s := range r.Condition.Signals() {
		if f.bits.has(s) {
			name := e.set.Name(s)
			_, name, own := strings.Cut(name, ".")
			if !own {
				name = e.set.Name(s)
			}
			if name = strings.ReplaceAll(name, "_", " "); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) > 0 {
		parts = append(parts, "found "+strings.Join(names, ", "))
	}
	if f.bits.has(rules.Evasive) {
		parts = append(parts, "written evasively")
	}
	if len(f.used) > 0 {
		parts = append(parts, "with earlier messages of the conversation")
	}
	return strings.Join(parts, "; ")
}

var exposes = []struct {
	sig  rules.Signal
	kind string
}{
	{rules.Address, "street address"}, {rules.Postcode, "postcode"}, {rules.Phone, "phone number"},
	{rules.Email, "e-mail address"}, {rules.Coordinates, "coordinates"}, {rules.Birthdate, "date of birth"},
	{rules.Plate, "licence plate"}, {rules.Relative, "family"}, {rules.MaybeRelative, "family"},
}

var secrets = []struct {
	sig  rules.Signal
	kind string
}{
	{rules.Key, "key"}, {rules.HalfKey, "part of a key"}, {rules.Connection, "connection string"}, {rules.Login, "login"},
}

// exposed lists the kinds of private things in the message.
func (e *Engine) exposed(f *facts, label string) []string {
	var out []string
	switch label {
	case "credential_exposure":
		for _, x := range secrets {
			if f.bits.has(x.sig) {
				out = append(out, x.kind)
			}
		}
	case "doxxing":
		for _, x := range exposes {
			if f.bits.has(x.sig) {
				out = append(out, x.kind)
			}
		}
		for i, fam := range e.set.Families {
			if fam.Exposes != "" && f.bits.has(rules.Signal(len(rules.Builtins)+i)) && !slices.Contains(out, fam.Exposes) {
				out = append(out, fam.Exposes)
			}
		}
	}
	return out
}
