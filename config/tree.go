package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"stakeout/text"
)

// pair is one line "name: value" of a section.
type pair struct {
	name  string
	key   ast.Node
	value ast.Node
}

// pairs lists what stands in the mapping n, or records why n is none. A name
// that stands there twice was refused by the parser.
func (d *decoder) pairs(n ast.Node, t reflect.Type, path string) ([]pair, bool) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		d.add(n, path, "wants %s, not %s", wants(t), kind(n))
		return nil, false
	}
	out := make([]pair, 0, len(values))
	for _, mv := range values {
		key, ok := mv.Key.(*ast.StringNode)
		if !ok {
			d.add(mv.Key, path, "wants plain names as keys; merges are not read here")
			continue
		}
		if mv.Value == nil {
			continue
		}
		out = append(out, pair{key.Value, key, mv.Value})
	}
	return out, true
}

// unknown says what an unknown name was most likely meant to be.
func (d *decoder) unknown(name, section string, names []string) string {
	if near := text.Nearest(name, names); near != "" {
		return fmt.Sprintf("unknown key; did you mean %q?", near)
	}
	if homes := d.sections[name]; len(homes) > 0 {
		where := make([]string, len(homes))
		for i, home := range homes {
			where[i] = fmt.Sprintf("under %q", home)
			if home == "" {
				where[i] = "at the top level"
			}
		}
		return "unknown key; it belongs " + strings.Join(where, " or ")
	}
	all := slices.Sorted(slices.Values(names))
	if section == "" {
		return fmt.Sprintf("unknown key; known at the top level: %s", strings.Join(all, ", "))
	}
	return fmt.Sprintf("unknown key; known under %q: %s", section, strings.Join(all, ", "))
}

// index notes for every setting's name the sections it stands in.
func index(t reflect.Type, path string, into map[string][]string) {
	for _, f := range fields(t) {
		into[f.name] = append(into[f.name], path)
		if ft := t.FieldByIndex(f.index).Type; ft.Kind() == reflect.Struct && !scalar(ft) {
			index(ft, join(path, f.name), into)
		}
	}
}

// kind names a node in the operator's words.
func kind(n ast.Node) string {
	switch n.Type() {
	case ast.SequenceType:
		return "a list"
	case ast.MappingType, ast.MappingValueType:
		return "settings below it"
	}
	return "a single value"
}

// place is where a node begins; nil when the parser did not say.
func place(n ast.Node) *token.Position {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key // the node's own token is the first colon
	}
	if mv, ok := n.(*ast.MappingValueNode); ok {
		n = mv.Key
	}
	if tk := n.GetToken(); tk != nil {
		return tk.Position
	}
	return nil
}
