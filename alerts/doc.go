// Package alerts decides what deserves a person and sees that the person is
// told.
//
// It follows the ledger from its own cursor, judges every observation once,
// and writes findings, alerts, the outbox and the cursor in one transaction: a
// crash neither loses an alert nor makes a second one. Findings with one
// fingerprint (rule, channel, protected person) within an interval are one
// alert with a count. What an import or a first backfill holds is kept as
// history and told in one summary. The outbox is durable: a notification is
// tried until its receiver took it, at least once and always under the same
// id.
//
// No notification quotes a message; names that came from a channel are masked
// and cleaned on the way in. Which words matter is decided in detect, how a
// receiver is reached in notify.
package alerts
