package letter

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
	"golang.org/x/text/encoding/charmap"
)

// decodeTransfer undoes a Content-Transfer-Encoding (RFC 2045, section 6). What
// does not follow the rules is read as far as it can be.
func decodeTransfer(encoding string, b []byte) []byte {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return unBase64(b)
	case "quoted-printable":
		return unQuoted(b)
	}
	return b
}

// unBase64 passes over what is no base64, and over padding in the middle, as
// footers and broken gateways leave it.
func unBase64(b []byte) []byte {
	out := make([]byte, 0, len(b)/4*3)
	digits := make([]byte, 0, 4096)
	flush := func() {
		digits = digits[:len(digits)-len(digits)%4+min(len(digits)%4, 3)]
		if len(digits)%4 == 1 {
			digits = digits[:len(digits)-1]
		}
		n := len(out)
		out = append(out, make([]byte, base64.RawStdEncoding.DecodedLen(len(digits)))...)
		k, _ := base64.RawStdEncoding.Decode(out[n:], digits) // all digits are good
		out, digits = out[:n+k], digits[:0]
	}
	for line := range bytes.Lines(b) {
		if bytes.ContainsAny(bytes.TrimSpace(line), " ") {
			continue // words: the footer of a list or a gateway
		}
		for _, c := range line {
			switch {
			case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '+', c == '/':
				if digits = append(digits, c); len(digits) == cap(digits) {
					flush()
				}
			case c == '=':
				flush()
			}
		}
	}
	flush()
	return out
}

// unQuoted reads quoted-printable; an "=" that begins no code stays as it is.
func unQuoted(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		line, end := b, ""
		if i >= 0 {
			line, b, end = b[:i], b[i+1:], "\n"
		} else {
			b = nil
		}
		line = bytes.TrimRight(line, " \t\r")
		if soft, ok := bytes.CutSuffix(line, []byte("=")); ok {
			line, end = soft, ""
		}
		for len(line) > 0 {
			if line[0] == '=' && len(line) > 2 {
				if hi, lo := unhex(line[1]), unhex(line[2]); hi < 16 && lo < 16 {
					out = append(out, hi<<4|lo)
					line = line[3:]
					continue
				}
			}
			out = append(out, line[0])
			line = line[1:]
		}
		out = append(out, end...)
	}
	return out
}

func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}

// decodeText brings text to UTF-8 with "\n" line ends. note says so where the
// charset is not one that is read: then the bytes stand as they are.
func decodeText(name string, b []byte) (s, note string) {
	name = strings.ToLower(strings.Trim(strings.TrimSpace(name), `"'`))
	switch name {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "unknown-8bit", "unicode-1-1-utf-8":
		s = latin(b)
	case "iso-8859-1", "latin1", "windows-1252", "cp1252":
		// As browsers do (WHATWG Encoding): what says Latin-1 is mostly the
		// superset of it.
		s = latin1252(b)
	case "utf-7", "unicode-1-1-utf-7", "csutf7":
		// Nobody sends it but to get something past a filter.
		s, note = latin(b), `charset "utf-7" is not decoded; the text stands as it was sent`
	default:
		r, err := charset.Reader(name, bytes.NewReader(b))
		if err == nil {
			var out []byte
			out, err = io.ReadAll(r)
			s = string(out)
		}
		if err != nil {
			s, note = latin(b), fmt.Sprintf("charset %.40q is not known; the text stands as it was sent", clean(strings.ToValidUTF8(name, "")))
		}
	}
	return clean(strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")), note
}

// latin is UTF-8 if it is, else what a Western computer would have meant.
func latin(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return latin1252(b)
}

func latin1252(b []byte) string {
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(out)
}

// clean takes out what no text holds.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	return strings.TrimPrefix(s, "\uFEFF")
}
