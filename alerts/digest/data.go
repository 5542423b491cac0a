package digest

import (
	"time"

	"stakeout/alerts"
	"stakeout/alerts/notify"
)

// Data is everything that a digest says. Names in it are masked; it holds no
// message text.
type Data struct {
	Date    Date      // "" for a preview
	Missed  []Date    // earlier dates that it covers as well
	Zone    string    // of the dates
	Made    time.Time // UTC
	Since   time.Time // when the last one was made; zero for the first
	After   int64     // it covers the ledger after this number
	To      int64     // up to and with this one
	Behind  int64     // entries not judged yet, which the next digest covers
	Watched []Channel // live and by backfill
	// Imported is what came from files, by channel.
	Imported    []Channel
	Sightings   int64
	Differs     int64 // other text under a known identity: possible forgeries
	Alerts      []alerts.Tally
	History     []alerts.HistorySummary
	Undelivered []alerts.Undelivered
	Troubles    []alerts.Trouble
	Quarantined int64
	Silent      []Silent
	Head        int64  // size of the ledger
	Root        string // of its tree, base64
}

// Channel counts what one channel brought.
type Channel struct {
	Platform string
	Server   notify.Foreign
	Name     notify.Foreign
	New      int64
	Edited   int64
	Deleted  int64
}

// Silent is a channel that was live in the seven days before and brought
// nothing live since.
type Silent struct {
	Channel
	Last time.Time // when its last live message was stored
}
