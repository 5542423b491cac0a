package alerts

import "stakeout/store"

// Migrations make the tables of alerts. Times are microseconds since 1970 UTC;
// seq is always a number of the ledger; level is a place in rules.Levels.
//
// alerts_alert.opened is the moment that grouping reckons from: when the first
// finding was stored, for history when its message was sent. body is the
// alert as told (notify.Finding in JSON, nothing quoted). told is the count
// last posted; due is when a count that grew is to be posted.
//
// alerts_evidence names every message that belongs to a finding, so that each
// part of an address split over several messages is labelled and masked.
//
// alerts_failed names the messages at which judging failed: nobody knows what
// they say, so they stay masked.
//
// alerts_act only grows: who acknowledged, judged or deleted what, and when.
var Migrations = []store.Migration{{Name: "alerts/1", SQL: `
CREATE TABLE alerts_cursor(
	one INTEGER PRIMARY KEY CHECK(one = 1),
	seq INTEGER NOT NULL
) STRICT;
INSERT INTO alerts_cursor VALUES(1, 0);
CREATE TABLE alerts_acquisition(
	seq INTEGER PRIMARY KEY,
	kind TEXT NOT NULL,
	source TEXT NOT NULL,
	mode TEXT NOT NULL,
	closing INTEGER
) STRICT;
CREATE TABLE alerts_alert(
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	fingerprint BLOB NOT NULL,
	opened INTEGER NOT NULL,
	changed INTEGER NOT NULL,
	historical INTEGER NOT NULL,
	acquisition INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	rule TEXT NOT NULL,
	label TEXT NOT NULL,
	level INTEGER NOT NULL,
	body TEXT NOT NULL,
	count INTEGER NOT NULL,
	told INTEGER NOT NULL,
	due INTEGER,
	acked INTEGER NOT NULL DEFAULT 0,
	verdict INTEGER
) STRICT;
CREATE INDEX alerts_group ON alerts_alert(fingerprint, opened);
CREATE INDEX alerts_due ON alerts_alert(due) WHERE due IS NOT NULL;
CREATE INDEX alerts_seq ON alerts_alert(seq);
CREATE INDEX alerts_came ON alerts_alert(acquisition);
CREATE TABLE alerts_finding(
	id INTEGER PRIMARY KEY,
	alert INTEGER NOT NULL REFERENCES alerts_alert,
	seq INTEGER NOT NULL,
	rule TEXT NOT NULL,
	person TEXT NOT NULL,
	label TEXT NOT NULL,
	level INTEGER NOT NULL,
	score REAL NOT NULL,
	reason TEXT NOT NULL,
	exposed TEXT NOT NULL,
	ruleset TEXT NOT NULL,
	acquisition INTEGER NOT NULL,
	historical INTEGER NOT NULL,
	sent INTEGER,
	UNIQUE(seq, rule, person)
) STRICT;
CREATE INDEX alerts_of ON alerts_finding(alert);
CREATE INDEX alerts_labelled ON alerts_finding(label);
CREATE INDEX alerts_history ON alerts_finding(acquisition) WHERE historical;
CREATE TABLE alerts_evidence(
	seq INTEGER NOT NULL,
	finding INTEGER NOT NULL REFERENCES alerts_finding,
	PRIMARY KEY(seq, finding)
) STRICT, WITHOUT ROWID;
CREATE INDEX alerts_parts ON alerts_evidence(finding);
CREATE TABLE alerts_failed(
	seq INTEGER PRIMARY KEY
) STRICT;
CREATE TABLE alerts_act(
	id INTEGER PRIMARY KEY,
	alert INTEGER NOT NULL REFERENCES alerts_alert,
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	who TEXT NOT NULL,
	note TEXT NOT NULL,
	at INTEGER NOT NULL,
	UNIQUE(alert, kind, value, who, at)
) STRICT;
CREATE TABLE alerts_outbox(
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	notification TEXT NOT NULL,
	receiver TEXT NOT NULL,
	alert INTEGER,
	body TEXT NOT NULL,
	created INTEGER NOT NULL,
	attempts INTEGER NOT NULL DEFAULT 0,
	next INTEGER NOT NULL,
	state TEXT NOT NULL CHECK(state IN ('waiting', 'refused', 'sent')),
	reason TEXT NOT NULL DEFAULT '',
	sent INTEGER,
	UNIQUE(notification, receiver)
) STRICT;
CREATE INDEX alerts_undelivered ON alerts_outbox(receiver, next) WHERE state <> 'sent';
CREATE INDEX alerts_posts ON alerts_outbox(alert);
CREATE TABLE alerts_trouble(
	name TEXT PRIMARY KEY,
	detail TEXT NOT NULL,
	count INTEGER NOT NULL,
	first INTEGER NOT NULL,
	last INTEGER NOT NULL,
	seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`}}
