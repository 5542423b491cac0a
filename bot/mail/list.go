package mail

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
)

// Numbers that one question asks for. Few of them may be in use, as in a folder
// that most was moved out of, so a question that brought little is followed by
// a wider one.
const (
	firstStep   = 4096
	longestStep = 1 << 20
)

// listed is a mail that lies in a folder.
type listed struct {
	uid  imap.UID
	size int64
}

// list lists the mails behind the folder's place, in order. Those below next
// are asked for in pieces: a folder may hold millions, and some servers open
// each mail to tell its size, so no single answer has to hold them all. A next
// of 0 asks for all at once, for what comes in by the way.
func (f *folder) list(ctx context.Context, next imap.UID) (out []listed, err error) {
	if next == 0 {
		out, err = f.sizes(ctx, f.at.UID+1, 0, f.s.answer) // to the end; the last mail comes in any case
	}
	limit := f.s.answer
	for from, step := int64(f.at.UID)+1, f.step; from < int64(next); {
		to := min(from+step, int64(next)) - 1
		some, err := f.sizes(ctx, imap.UID(from), imap.UID(to), limit)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
		switch n := int64(len(some)); {
		case n > f.step:
			step, limit = f.step, f.s.answer
		case n < f.step/4:
			step, limit = min(2*step, longestStep), fetchTime // they may all be in use
		}
		from = to + 1
	}
	out = slices.DeleteFunc(out, func(l listed) bool { return l.uid <= f.at.UID })
	slices.SortFunc(out, func(a, b listed) int { return int(int64(a.uid) - int64(b.uid)) })
	return slices.CompactFunc(out, func(a, b listed) bool { return a.uid == b.uid }), err
}

// sizes asks which of the mails from..to are there, and how large they are.
func (f *folder) sizes(ctx context.Context, from, to imap.UID, limit time.Duration) (out []listed, err error) {
	err = f.s.do(ctx, limit, func() error {
		var set imap.UIDSet
		set.AddRange(from, to)
		cmd := f.s.client.Fetch(set, &imap.FetchOptions{UID: true, RFC822Size: true})
		for m := cmd.Next(); m != nil; m = cmd.Next() {
			b, err := m.Collect()
			if err != nil {
				return errors.Join(err, cmd.Close())
			}
			out = append(out, listed{b.UID, b.RFC822Size})
		}
		return cmd.Close()
	})
	return out, err
}
