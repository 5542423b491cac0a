// Package export reads chats that somebody else has exported, and imports
// them into the ledger: DiscordChatExporter's JSON in all its versions,
// Telegram Desktop's result.json (one chat or a whole account), the JSON Lines
// form of docs/jsonl.md, and mails, one (.eml) or many (mbox). The form is told
// from the content, never from the file's name; gzip and zip are read as they
// are.
//
// It promises: a file larger than memory streams; every record of a readable
// file is handed over exactly once, either as an observation or, with its
// bytes, its place and the reason, as one that cannot be read; the native
// bytes are those of the file; a truncated file gives everything up to the
// break. It follows no link, fetches no attachment, and does not decide what
// a message means or whether it was known before: the ledger does.
package export

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"stakeout/message"
)

// Formats, as they stand in acquisitions and, of chats, in Observation.Format.
const (
	FormatDiscord  = "discord-export"
	FormatTelegram = "telegram-export"
	FormatLines    = "jsonl"
	// The forms of files of mails; their records are of letter.Format.
	FormatEML  = "eml"
	FormatMbox = "mbox"
)

var (
	// ErrFormat says that the content is none of the known forms.
	ErrFormat = errors.New("not an export that can be read (DiscordChatExporter JSON, Telegram Desktop result.json, JSON Lines, or mails as .eml or mbox; plain, gzip or zip)")
	// ErrUTF16 says that the text must be converted first.
	ErrUTF16 = errors.New("the file is UTF-16; convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)")
	// ErrTruncated marks the record that stands for the rest of a file that
	// ends or breaks before its end.
	ErrTruncated = errors.New("the file breaks off")
	// ErrTooLarge marks a record beyond maxRecord; only its beginning is kept.
	ErrTooLarge = errors.New("the record is too large")
)

const (
	// maxRecord bounds one message's bytes. Platforms cap a message at a few
	// kilobytes of text; the megabytes are lists of who reacted.
	maxRecord = 16 << 20
	// maxKept bounds the bytes kept of what is not one readable record.
	maxKept = 64 << 10
	// maxHeader bounds a value before the messages (guild, channel, names).
	maxHeader = 1 << 20
)

// Input is what to read. A Reader that is also an io.ReaderAt and an
// io.Seeker (a regular file) is read from its beginning whatever its position
// is; a zip archive needs such a one.
type Input struct {
	Name   string // shown in places and in the acquisition; only its last element is used
	Reader io.Reader
}

// Options say how to read what the file leaves open.
type Options struct {
	// Zone is where times without a zone were written; nil means UTC.
	Zone *time.Location
	// Account is the id of the account whose view a single Telegram chat
	// shows, used where message ids are per account and the file names none.
	Account string
	// Alert is how findings in this import are told ("each", "summary",
	// "none"; empty leaves it to the alerts). It stands in the acquisition.
	Alert string
	// Counsel are the mail addresses and @domains whose own words are
	// privileged, see letter.Options.
	Counsel []string
	// Now is the clock for Observation.Observed; nil means time.Now.
	Now func() time.Time
}

// Record is one message, service message or unreadable piece of a file.
type Record struct {
	Obs    *message.Observation // nil when Err is set
	Err    error                // why it cannot be read
	Raw    []byte               // its bytes exactly as in the file, bounded when Err is set
	Place  string               // "result.json: byte 1234", counted after decompression
	Number int64                // running number in the file, from 1
}

// Read hands over the records of in, in the file's order. A record that
// cannot be read has its own Err and reading goes on; an error beside a zero
// Record ends the sequence: nothing more can be read.
func Read(ctx context.Context, in Input, opt Options) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		r := newReader(in, opt, func(rec Record) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if !yield(rec, nil) {
				return errStop
			}
			return nil
		})
		if err := r.run(ctx); err != nil && !errors.Is(err, errStop) {
			yield(Record{}, err)
		}
	}
}

var errStop = errors.New("the consumer stopped")
