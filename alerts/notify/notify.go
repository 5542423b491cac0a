// Package notify holds what is told to people outside, in one form for every
// receiver, and the two ways in which a receiver can fail.
//
// It promises that nothing in a Notification is message text, a protected
// person's full name or a secret, as long as whatever came from a channel
// passed through Clean. It sends nothing: receivers do, each in its own
// package below.
package notify

import "time"

// Kind is what a notification is about.
type Kind string

const (
	Alert   Kind = "alert"   // something was found just now
	Repeat  Kind = "repeat"  // the same went on: the count of an alert already told
	History Kind = "history" // what an import or a first backfill held
	Digest  Kind = "digest"  // the day's summary
	Trouble Kind = "trouble" // Stakeout itself needs somebody
	Test    Kind = "test"    // asked for by a person, to see that it arrives
)

// Foreign is a string that somebody in a watched channel chose: a name, a
// handle. It is masked, cleaned and bounded (Clean), and still hostile: a
// receiver puts it only where nothing is parsed.
type Foreign string

// Notification is one thing to tell. ID is stable: sent again after a crash,
// it carries the same one, so that people and machines see the duplicate.
type Notification struct {
	ID    string    `json:"id"`
	Kind  Kind      `json:"kind"`
	Made  time.Time `json:"made"`            // UTC
	Found *Finding  `json:"found,omitempty"` // alert and repeat
	Told  *Report   `json:"told,omitempty"`  // every other kind
}

// Finding is what an alert says of what was found. It quotes nothing.
type Finding struct {
	Alert    string     `json:"alert"` // the alert's id, also for a repeat
	Rule     string     `json:"rule"`
	Title    string     `json:"title"`
	Label    string     `json:"label"`
	Level    string     `json:"level"`
	Initials string     `json:"initials,omitempty"` // of the protected person
	Role     string     `json:"role,omitempty"`
	Exposed  []string   `json:"exposed,omitempty"` // kinds of things, not the things
	Platform string     `json:"platform"`
	Server   Foreign    `json:"server,omitempty"`
	Channel  Foreign    `json:"channel,omitempty"`
	Author   Foreign    `json:"author,omitempty"`
	Sent     *time.Time `json:"sent,omitempty"` // nil when the source gave none
	Stored   time.Time  `json:"stored"`
	Via      string     `json:"via"`
	Count    int64      `json:"count"`             // findings so far
	Link     string     `json:"link,omitempty"`    // where to read on, or else
	Command  string     `json:"command,omitempty"` // what to type
}

// Report is a heading with lines under sub-headings.
type Report struct {
	Title    string    `json:"title"`
	Sections []Section `json:"sections"`
	Command  string    `json:"command,omitempty"` // how to read on
}

// Section is a sub-heading (may be empty) with lines. Lines may hold Foreign
// strings and are to be treated as such.
type Section struct {
	Title string   `json:"title,omitempty"`
	Lines []string `json:"lines"`
}
