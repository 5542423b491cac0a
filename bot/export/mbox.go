package export

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
)

var (
	// fromForm is a From_ line: whom from, and a time (RFC 4155, appendix A).
	fromForm = regexp.MustCompile(`^From \S.*\d{1,2}:\d\d.*\b(?:19|20)\d\d\b`)
	// Some programs write the zone, or more, behind the year, or the year
	// before the time.
	fromOther   = regexp.MustCompile(`^From \S.*\b(?:19|20)\d\d\b.*\d{1,2}:\d\d`)
	headerField = regexp.MustCompile(`^>?[!-9;-~]{1,76}[ \t]*:|^>From `)
	quotedFrom  = regexp.MustCompile(`(?m)^>(>*From )`)
	lengthField = regexp.MustCompile(`(?i)^Content-Length[ \t]*:[ \t]*(\d{1,10})[ \t]*$`)
)

// fromLine reports that a line begins a mail: it is a From_ line, and a header
// follows. Without that, text that begins with "From" would cut mails in two
// where programs did not quote it.
func fromLine(line, next []byte) bool {
	return bytes.HasPrefix(line, []byte("From ")) && (fromForm.Match(line) || fromOther.Match(line)) && headerField.Match(next)
}

// boundaryWindow is how much is looked at to know a From_ line and the line
// behind it.
const boundaryWindow = 4 << 10

// atFrom reports that the next line begins a mail.
func (s *scanner) atFrom() bool {
	if s.end-s.pos < 5 {
		s.peek(5)
	}
	if s.end-s.pos < 5 || string(s.buf[s.pos:s.pos+5]) != "From " {
		return false
	}
	line, next, _ := bytes.Cut(s.peek(boundaryWindow), []byte("\n"))
	return fromLine(bytes.TrimSuffix(line, []byte("\r")), next)
}

// mbox reads mails one behind the other, each after a From_ line: mboxo and
// mboxrd, which quote such lines in the text, and mboxcl and mboxcl2, which say
// how long the text is. The length is believed only where a mail or the end
// stands behind it.
func (r *reader) mbox(s *scanner) error {
	r.seen(FormatMbox)
	for s.end > s.pos || s.fill() {
		at := s.offset()
		raw, quoted, err := s.mboxMail(r.maxMail)
		switch {
		case errors.Is(err, ErrTooLarge):
			err = r.bad(fmt.Errorf("%w (%d bytes)", ErrTooLarge, s.offset()-at), raw, s.place(at))
		case err == nil && len(bytes.TrimSpace(raw)) > 0:
			mail := raw
			if quoted {
				mail = quotedFrom.ReplaceAll(raw, []byte("$1"))
			}
			err = r.letter(raw, mail, s.place(at))
		}
		if err != nil {
			return err
		}
	}
	if s.fatal(s.ended) {
		return s.ended
	}
	return r.broke(s, s.closing())
}

// mboxMail takes one mail with its From_ line, without the blank line behind
// it. quoted tells whether From_ lines in it are.
func (s *scanner) mboxMail(limit int) (raw []byte, quoted bool, err error) {
	length, header, first := -1, true, true
	quoted = true
	large := false
	var kept []byte
	for first || !s.atFrom() {
		line, ended, err := s.line(limit)
		if err != nil && !errors.Is(err, ErrTooLarge) {
			return nil, false, err
		}
		large = large || err != nil
		if len(kept)+len(line) > limit || large {
			large = true
			kept = append(kept, line[:max(0, min(len(line), maxKept-len(kept)))]...)
			kept = kept[:min(len(kept), maxKept)]
		} else {
			kept = append(kept, line...)
			if ended {
				kept = append(kept, '\n')
			}
		}
		line = bytes.TrimSuffix(line, []byte("\r"))
		if g := lengthField.FindSubmatch(line); header && g != nil {
			length, _ = strconv.Atoi(string(g[1]))
		}
		if header && len(line) == 0 && !first {
			header = false
			if body, ok := s.measured(length, limit-len(kept)); ok && !large {
				kept = append(kept, body...)
				quoted = !bytes.HasPrefix(body, []byte("From ")) && !bytes.Contains(body, []byte("\nFrom "))
				s.blankLines()
				break
			}
		}
		if first = false; !ended {
			break
		}
	}
	if large {
		return kept, false, ErrTooLarge
	}
	// The blank line belongs to the boundary.
	if b, ok := bytes.CutSuffix(kept, []byte("\r\n\r\n")); ok {
		kept = kept[:len(b)+2]
	} else if b, ok := bytes.CutSuffix(kept, []byte("\n\n")); ok {
		kept = kept[:len(b)+1]
	}
	return kept, quoted, nil
}

// measured takes a text of a length that its header told, if that is true.
func (s *scanner) measured(length, limit int) ([]byte, bool) {
	if length < 0 || length > limit {
		return nil, false
	}
	window := s.peek(length + boundaryWindow)
	if len(window) < length {
		return nil, false
	}
	behind := bytes.TrimLeft(window[length:], "\r\n")
	line, next, _ := bytes.Cut(behind, []byte("\n"))
	atEnd := len(behind) == 0 && len(window) < length+boundaryWindow
	if !atEnd && !fromLine(bytes.TrimSuffix(line, []byte("\r")), next) {
		return nil, false
	}
	body := bytes.Clone(window[:length])
	s.pos += length
	return body, true
}

func (s *scanner) blankLines() {
	for (s.pos < s.end || s.fill()) && (s.buf[s.pos] == '\n' || s.buf[s.pos] == '\r') {
		s.pos++
	}
}
