package digest

import "stakeout/store"

// Migrations make the table of the slots, one for each local date that has
// its digest. kind is "made", and "begun" for the date before the first one,
// for which nothing was sent. Dates missed in a downtime get no slot: were the
// clock only wrong for a moment, they are still to come. The digest of a slot covers the ledger after the number
// after, up to and with upto; quarantine is the last quarantined record told.
var Migrations = []store.Migration{{Name: "digest/1", SQL: `
CREATE TABLE digest_slot(
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	date TEXT NOT NULL UNIQUE,
	kind TEXT NOT NULL,
	made INTEGER NOT NULL,
	after INTEGER NOT NULL,
	upto INTEGER NOT NULL,
	quarantine INTEGER NOT NULL
) STRICT;
`}}
