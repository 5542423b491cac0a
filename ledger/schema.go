package ledger

import "stakeout/store"

// Migrations make the ledger's tables. Times are microseconds since 1970 UTC.
//
// A row of ledger_entry is an entry's header: its columns are what the leaf is
// computed from, so there is nothing beside them to disagree with. message is
// an integer where the platform's id is one (it is, on Discord and Telegram),
// which makes the identity index half as large.
//
// ledger_payload.same holds three eight-byte digests (text as compared,
// attachments, native bytes) that tell a sighting from a new version without
// unpacking the older one. They stand here, not in the header, because a
// digest of a street address gives the address away to anyone who can guess.
var Migrations = []store.Migration{{Name: "ledger/1", SQL: `
CREATE TABLE ledger_channel(
	id INTEGER PRIMARY KEY,
	platform TEXT NOT NULL,
	channel TEXT NOT NULL,
	account TEXT NOT NULL,
	UNIQUE(platform, channel, account)
) STRICT;
CREATE TABLE ledger_entry(
	seq INTEGER PRIMARY KEY,
	type INTEGER NOT NULL,
	stored INTEGER NOT NULL,
	acquisition INTEGER NOT NULL,
	of INTEGER,
	channel INTEGER REFERENCES ledger_channel,
	message ANY,
	kind INTEGER,
	via INTEGER,
	sent INTEGER,
	edited INTEGER,
	observed INTEGER,
	flags INTEGER NOT NULL,
	native_hash BLOB,
	content_hash BLOB
) STRICT;
CREATE INDEX ledger_identity ON ledger_entry(channel, message) WHERE type = 1;
CREATE INDEX ledger_sent ON ledger_entry(channel, coalesce(sent, observed)) WHERE type = 1;
CREATE INDEX ledger_acquired ON ledger_entry(of) WHERE type = 3;
CREATE TABLE ledger_payload(
	seq INTEGER PRIMARY KEY,
	salt BLOB NOT NULL,
	same BLOB NOT NULL,
	dict INTEGER NOT NULL,
	body BLOB NOT NULL,
	crc INTEGER NOT NULL
) STRICT;
CREATE TABLE ledger_tile(
	level INTEGER NOT NULL,
	number INTEGER NOT NULL,
	hashes BLOB NOT NULL,
	PRIMARY KEY(level, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_head(
	one INTEGER PRIMARY KEY CHECK(one = 1),
	size INTEGER NOT NULL,
	root BLOB NOT NULL,
	signed TEXT NOT NULL
) STRICT;
CREATE TABLE ledger_import(
	sha256 TEXT NOT NULL,
	acquisition INTEGER NOT NULL,
	PRIMARY KEY(sha256, acquisition)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_checkpoint(
	name TEXT PRIMARY KEY,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_quarantine(
	id INTEGER PRIMARY KEY,
	acquisition INTEGER NOT NULL,
	place TEXT NOT NULL,
	reason TEXT NOT NULL,
	bytes BLOB NOT NULL,
	at INTEGER NOT NULL,
	UNIQUE(acquisition, place)
) STRICT;
CREATE TRIGGER ledger_entry_no_replace BEFORE INSERT ON ledger_entry WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE seq = NEW.seq)
BEGIN SELECT raise(ABORT, 'ledger entries are for ever'); END;
CREATE TRIGGER ledger_channel_no_replace BEFORE INSERT ON ledger_channel WHEN EXISTS (SELECT 1 FROM ledger_channel WHERE id = NEW.id)
BEGIN SELECT raise(ABORT, 'ledger channels are for ever'); END;
CREATE TRIGGER ledger_entry_no_update BEFORE UPDATE ON ledger_entry BEGIN SELECT raise(ABORT, 'ledger entries are for ever'); END;
CREATE TRIGGER ledger_entry_no_delete BEFORE DELETE ON ledger_entry BEGIN SELECT raise(ABORT, 'ledger entries are for ever'); END;
CREATE TRIGGER ledger_channel_no_update BEFORE UPDATE ON ledger_channel BEGIN SELECT raise(ABORT, 'ledger channels are for ever'); END;
CREATE TRIGGER ledger_channel_no_delete BEFORE DELETE ON ledger_channel BEGIN SELECT raise(ABORT, 'ledger channels are for ever'); END;
`}, {Name: "ledger/2", SQL: `
CREATE INDEX ledger_covered ON ledger_entry(seq) WHERE type = 4;
CREATE INDEX ledger_stopped ON ledger_entry(of) WHERE type = 4;
`}}
