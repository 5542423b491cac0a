package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The functions here read one value that is known to be valid JSON, in place,
// without building a tree.

// valid returns raw in valid JSON, or an error. Telegram Desktop writes
// control characters as \x1B, which is not JSON: those are read as meant.
func valid(raw []byte) ([]byte, error) {
	if json.Valid(raw) {
		return raw, nil
	}
	if bytes.Contains(raw, []byte(`\x`)) {
		if mended := mend(raw); json.Valid(mended) {
			return mended, nil
		}
	}
	var v json.RawMessage
	err := json.Unmarshal(raw, &v)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		// The message names at most one character; the place in the record
		// is worth more.
		return nil, errors.New("not valid JSON near byte " + strconv.FormatInt(syntax.Offset, 10) + " of the record")
	}
	return nil, errors.New("not valid JSON")
}

func mend(raw []byte) []byte {
	out := make([]byte, 0, len(raw)+16)
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' || i+1 == len(raw) {
			out = append(out, raw[i])
			continue
		}
		i++
		if raw[i] == 'x' {
			out = append(out, `\u00`...)
		} else {
			out = append(out, '\\', raw[i])
		}
	}
	return out
}

// end is the end of the value that begins at b[0].
func end(b []byte) int {
	var m matcher
	n, _ := m.feed(b)
	return n
}

func blank(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// members walks an object's members; nothing for what is not an object.
func members(obj []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		if len(obj) == 0 || obj[0] != '{' {
			return
		}
		for i := blank(obj, 1); i < len(obj) && obj[i] == '"'; {
			n := end(obj[i:])
			key := obj[i+1 : max(i+n-1, i+1)]
			if bytes.IndexByte(key, '\\') >= 0 {
				key = []byte(unquote(obj[i : i+n]))
			}
			i = blank(obj, blank(obj, i+n)+1)
			if i >= len(obj) {
				return
			}
			n = end(obj[i:])
			if n == 0 || !yield(key, obj[i:i+n]) {
				return
			}
			i = blank(obj, blank(obj, i+n)+1)
		}
	}
}

// member is an object's value under key, nil when there is none.
func member(obj []byte, key string) []byte {
	for k, v := range members(obj) {
		if string(k) == key {
			return v
		}
	}
	return nil
}

// elements walks an array's elements; nothing for what is not an array.
func elements(arr []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if len(arr) == 0 || arr[0] != '[' {
			return
		}
		for i := blank(arr, 1); i < len(arr) && arr[i] != ']'; {
			n := end(arr[i:])
			if n == 0 || !yield(arr[i:i+n]) {
				return
			}
			i = blank(arr, blank(arr, i+n)+1)
		}
	}
}

func isNull(raw []byte) bool { return len(raw) == 0 || raw[0] == 'n' }

// str is a string's text, "" for anything else.
func str(raw []byte) string {
	if len(raw) == 0 || raw[0] != '"' {
		return ""
	}
	return unquote(raw)
}

// loose is a scalar as text: a string's content, a number or a truth value as
// written, "" for null and for anything composed.
func loose(raw []byte) string {
	if isNull(raw) || raw[0] == '{' || raw[0] == '[' {
		return ""
	}
	if raw[0] == '"' {
		return unquote(raw)
	}
	return string(raw)
}

// integer is a whole number, also one written as a string.
func integer(raw []byte) (int64, bool) {
	n, err := strconv.ParseInt(loose(raw), 10, 64)
	return n, err == nil
}

// unquote decodes a string with its quotes. Bytes that are not UTF-8 become
// U+FFFD here; the native bytes keep them.
func unquote(raw []byte) string {
	if len(raw) < 2 {
		return ""
	}
	b := raw[1 : len(raw)-1]
	if bytes.IndexByte(b, '\\') < 0 {
		if utf8.Valid(b) {
			return string(b)
		}
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		switch b[i] {
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'u':
			r, n := escape(b[i+1:])
			out = utf8.AppendRune(out, r)
			i += n
		default:
			out = append(out, b[i])
		}
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// escape decodes what follows \u, a pair of surrogates included.
func escape(b []byte) (r rune, n int) {
	hi, ok := hex4(b)
	if !ok {
		return utf8.RuneError, 0
	}
	if !utf16.IsSurrogate(hi) {
		return hi, 4
	}
	if len(b) >= 10 && b[4] == '\\' && b[5] == 'u' {
		if lo, ok := hex4(b[6:]); ok {
			if r := utf16.DecodeRune(hi, lo); r != utf8.RuneError {
				return r, 10
			}
		}
	}
	return utf8.RuneError, 4
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 32)
	return rune(n), err == nil
}
