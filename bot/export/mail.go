package export

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"stakeout/bot/mail/letter"
)

// mailFile tells mails from everything else by their beginning.
func mailFile(window []byte) string {
	first, rest, _ := bytes.Cut(window, []byte("\n"))
	if fromLine(first, rest) || bytes.HasPrefix(first, []byte("From ")) && letter.Begins(rest) {
		return FormatMbox
	}
	if letter.Begins(window) {
		return FormatEML
	}
	return ""
}

// eml reads one mail.
func (r *reader) eml(s *scanner) error {
	r.seen(FormatEML)
	at := s.offset()
	raw, err := s.all(r.maxMail)
	if errors.Is(err, ErrTooLarge) {
		return r.bad(fmt.Errorf("%w (more than %d bytes)", ErrTooLarge, r.maxMail), raw, s.place(at))
	}
	if err != nil {
		return err
	}
	if err := r.letter(raw, raw, s.place(at)); err != nil {
		return err
	}
	return r.broke(s, s.closing())
}

// all returns what is left of the stream; beyond limit only its beginning, and
// ErrTooLarge.
func (s *scanner) all(limit int) ([]byte, error) {
	for len(s.peek(limit+1)) <= limit {
		if s.ended != nil {
			raw := bytes.Clone(s.buf[s.pos:s.end])
			s.pos = s.end
			if !errors.Is(s.ended, io.EOF) && s.fatal(s.ended) {
				return nil, s.ended
			}
			return raw, nil
		}
	}
	kept := bytes.Clone(s.peek(maxKept))
	for s.pos = s.end; s.fill(); {
		s.pos = s.end
	}
	if s.fatal(s.ended) {
		return nil, s.ended
	}
	return kept, ErrTooLarge
}

// letter hands over what one mail holds. raw are the file's bytes; mail, the
// mail's own, is what they say.
func (r *reader) letter(raw, mail []byte, place string) error {
	obs, err := letter.Read(mail, letter.Options{Counsel: r.opt.Counsel, Zone: r.opt.Zone})
	if err != nil {
		return r.bad(err, raw, place)
	}
	for i, o := range obs {
		native := o.Native // of a further original: its own
		if i == 0 {
			native = raw
		}
		if err := r.good(o, native, letter.Format, place); err != nil {
			return err
		}
	}
	return nil
}

// PackedMaildir begins the comment of a zip archive that was made of a Maildir
// to be imported, see cli.
const PackedMaildir = "stakeout: Maildir"

// packed tells of such an archive what its hash is of.
func (r *reader) packed(comment string) {
	if strings.HasPrefix(comment, PackedMaildir) {
		r.note("a Maildir; size and hash are those of a zip archive of its mails in the order of their names, not compressed and without times")
	}
}
