package config

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile bounds a configuration file. A real one has a few kilobytes; the
// bound keeps a wrong path, such as one to an export, from being read whole.
const maxFile = 256 << 10

// decoder fills a Config from YAML and gathers every problem on the way. It
// walks the syntax tree itself, since the library's own decoder stops at the
// first problem and quotes the source, which may hold a secret.
type decoder struct {
	file     string
	problems []Problem
	places   map[string]*token.Position // of every setting the file has, by dotted path
	sections map[string][]string        // names of all settings to the sections they stand in
}

// parseYAML is the library's parser, whose panics on malformed tags are errors
// here. A panic's value could quote the file, so it is not told.
func parseYAML(data []byte) (file *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("is not YAML that can be read")
		}
	}()
	return parser.ParseBytes(data, 0)
}

// decode reads data into c, keeping what the file does not set.
func (d *decoder) decode(data []byte, c *Config) {
	file, err := parseYAML(data)
	if err != nil {
		d.syntax(err)
		return
	}
	d.sections = map[string][]string{}
	index(reflect.TypeFor[Config](), "", d.sections)
	seen := false
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.NullType || doc.Body.Type() == ast.CommentType {
			continue
		}
		if seen {
			d.add(doc.Body, "", "wants one document: remove the line \"---\" above and what follows it")
			return
		}
		seen = true
		d.value(doc.Body, reflect.ValueOf(c).Elem(), "")
	}
}

func (d *decoder) syntax(err error) {
	p := Problem{Where: d.file, Message: "is not YAML"}
	var at yaml.Error
	if errors.As(err, &at) {
		p.Message += ": " + at.GetMessage()
		if tk := at.GetToken(); tk != nil && tk.Position != nil {
			p.Line, p.Column = tk.Position.Line, tk.Position.Column
		}
	}
	d.problems = append(d.problems, p)
}

func (d *decoder) add(n ast.Node, key, format string, args ...any) {
	p := Problem{Where: d.file, Key: key, Message: fmt.Sprintf(format, args...)}
	if pos := place(n); pos != nil {
		p.Line, p.Column = pos.Line, pos.Column
	}
	d.problems = append(d.problems, p)
}

// value reads n into v; an empty value leaves v as it is.
func (d *decoder) value(n ast.Node, v reflect.Value, path string) {
	switch n.Type() {
	case ast.NullType:
		return
	case ast.AnchorType, ast.AliasType, ast.TagType, ast.MergeKeyType:
		d.add(n, path, "anchors, aliases, merges and tags are not read here: write the value out")
		return
	}
	t := v.Type()
	switch {
	case scalar(t):
		d.single(n, v, path)
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		d.value(n, v.Elem(), path)
	case t.Kind() == reflect.Struct:
		d.section(n, v, path)
	case t.Kind() == reflect.Slice:
		d.list(n, v, path)
	case t.Kind() == reflect.Map:
		d.mapping(n, v, path)
	}
}

func (d *decoder) single(n ast.Node, v reflect.Value, path string) {
	var text string
	switch n := n.(type) {
	case *ast.StringNode:
		text = n.Value
	case *ast.LiteralNode:
		text = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		text = n.GetToken().Value // as written: 0600 and 1.10 stay so where a text is wanted
	default:
		d.add(n, path, "wants %s, not %s", wants(v.Type()), kind(n))
		return
	}
	if _, isText := n.(*ast.StringNode); isText && !quoted(v.Type()) {
		if set(reflect.New(v.Type()).Elem(), text) == nil {
			d.add(n, path, "wants %s: write %s without quotes", wants(v.Type()), text)
			return
		}
	}
	if err := set(v, text); err != nil {
		d.add(n, path, "%v", err)
	}
}

func (d *decoder) section(n ast.Node, v reflect.Value, path string) {
	pairs, ok := d.pairs(n, v.Type(), path)
	if !ok {
		return
	}
	known := map[string][]int{}
	var names []string
	for _, f := range fields(v.Type()) {
		known[f.name] = f.index
		names = append(names, f.name)
	}
	for _, pair := range pairs {
		at := join(path, pair.name)
		i, ok := known[pair.name]
		if !ok {
			d.add(pair.key, at, "%s", d.unknown(pair.name, path, names))
			continue
		}
		d.places[at] = place(pair.key)
		d.value(pair.value, v.FieldByIndex(i), at)
	}
}

func (d *decoder) list(n ast.Node, v reflect.Value, path string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.add(n, path, "wants %s, not %s", wants(v.Type()), kind(n))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, item := range seq.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		d.places[at] = place(item)
		d.value(item, out.Index(i), at)
	}
	v.Set(out)
}

func (d *decoder) mapping(n ast.Node, v reflect.Value, path string) {
	pairs, ok := d.pairs(n, v.Type(), path)
	if !ok {
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), len(pairs))
	for _, pair := range pairs {
		at := join(path, pair.name)
		d.places[at] = place(pair.key)
		item := reflect.New(v.Type().Elem()).Elem()
		d.value(pair.value, item, at)
		key := reflect.New(v.Type().Key()).Elem()
		if err := set(key, pair.name); err != nil {
			d.add(pair.key, at, "%v", err)
			continue
		}
		out.SetMapIndex(key, item)
	}
	v.Set(out)
}
