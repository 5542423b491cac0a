package telegram

import (
	"bytes"
	"encoding/json"
	"iter"
	"strconv"
)

// The readers here take values that are known to be valid JSON. None of them
// fails: what has another type than documented reads as absent, and stays in
// the native bytes.

// text is a string.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	*t = text(str(b))
	return nil
}

// number is a whole number, also one written as a string.
type number int64

func (n *number) UnmarshalJSON(b []byte) error {
	v, _ := integer(b)
	*n = number(v)
	return nil
}

// String is the number in decimal, "" for zero: Telegram has no id 0.
func (n number) String() string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(int64(n), 10)
}

// truth is a truth value.
type truth bool

func (t *truth) UnmarshalJSON(b []byte) error {
	*t = string(b) == "true"
	return nil
}

// read fills v, a struct of the types above, from an object.
func read(raw []byte, v any) {
	if kind(raw) == '{' {
		_ = json.Unmarshal(raw, v) // its fields never fail
	}
}

// kind is the first character of a value, 0 for none.
func kind(raw []byte) byte {
	if len(raw) == 0 {
		return 0
	}
	return raw[0]
}

func str(raw []byte) string {
	var s string
	if kind(raw) == '"' {
		_ = json.Unmarshal(raw, &s) // a valid string
	}
	return s
}

// scalar is a string's content, a number or a truth value as written, "" for
// null and for anything composed.
func scalar(raw []byte) string {
	switch kind(raw) {
	case '"':
		return str(raw)
	case 0, 'n', '{', '[':
		return ""
	}
	return string(raw)
}

func integer(raw []byte) (int64, bool) {
	n, err := strconv.ParseInt(scalar(raw), 10, 64)
	return n, err == nil
}

// members walks an object's members in their order; nothing for what is not an
// object.
func members(raw []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		if kind(raw) != '{' {
			return
		}
		d := json.NewDecoder(bytes.NewReader(raw))
		if _, err := d.Token(); err != nil {
			return
		}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return
			}
			var v json.RawMessage
			if d.Decode(&v) != nil || !yield(key.(string), v) {
				return
			}
		}
	}
}

// elements walks an array's elements; nothing for what is not an array.
func elements(raw []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if kind(raw) != '[' {
			return
		}
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil {
			return
		}
		for _, v := range list {
			if !yield(v) {
				return
			}
		}
	}
}

// member is an object's value under key, nil when there is none.
func member(raw []byte, key string) []byte {
	for k, v := range members(raw) {
		if k == key {
			return v
		}
	}
	return nil
}
