package digest

import (
	"time"

	"stakeout/alerts"
	"stakeout/alerts/notify"
)

// Data is everything that a digest says. Names in it are masked; it holds no
// message text.
type Data struct {
	Date    Date      `json:"date,omitempty"`    // "" for a preview
	Missed  []Date    `json:"missed,omitempty"`  // earlier dates that it covers as well
	Zone    string    `json:"zone"`              // of the dates
	Made    time.Time `json:"made,omitzero"`     // UTC
	Since   time.Time `json:"since,omitzero"`    // when the last one was made; zero for the first
	After   int64     `json:"after"`             // it covers the ledger after this number
	To      int64     `json:"to"`                // up to and with this one
	Behind  int64     `json:"behind"`            // entries not judged yet, which the next digest covers
	Watched []Channel `json:"watched,omitempty"` // live and by backfill
	// Imported is what came from files, by channel.
	Imported    []Channel               `json:"imported,omitempty"`
	Sightings   int64                   `json:"sightings"`
	Differs     int64                   `json:"differs"` // other text under a known identity: possible forgeries
	Alerts      []alerts.Tally          `json:"alerts,omitempty"`
	History     []alerts.HistorySummary `json:"history,omitempty"`
	Undelivered []alerts.Undelivered    `json:"undelivered,omitempty"`
	Troubles    []alerts.Trouble        `json:"troubles,omitempty"`
	Quarantined int64                   `json:"quarantined"`
	Silent      []Silent                `json:"silent,omitempty"`
	// Running: a service told what its sources are doing. Else only the ledger
	// was asked, and Sources is empty.
	Running    bool      `json:"running"`
	Sources    []Source  `json:"sources,omitempty"`
	Outages    []Outage  `json:"outages,omitempty"` // that go on, or were news since the last digest
	Missing    []Missing `json:"missing,omitempty"` // told since the last digest
	Head       int64     `json:"head"`              // size of the ledger
	Root       string    `json:"root"`              // of its tree, base64
	Checkpoint string    `json:"checkpoint"`        // the signed head
}

// Channel counts what one channel brought.
type Channel struct {
	Platform string         `json:"platform"`
	Server   notify.Foreign `json:"server"`
	Name     notify.Foreign `json:"name"`
	New      int64          `json:"new"`
	Edited   int64          `json:"edited"`
	Deleted  int64          `json:"deleted"`
}

// Silent is a channel that was live in the seven days before and brought
// nothing live since.
type Silent struct {
	Channel
	Last time.Time `json:"last,omitzero"` // when its last live message was stored
}
