// Package digest makes the one summary a day.
//
// It promises exactly one digest in the outbox for each local date, also when
// nothing happened: the date's slot and the outbox row are written together,
// so that neither restarts nor clocks that are put forward or back skip or
// repeat one; after a downtime one digest covers the days that were missed. It
// covers a range of the ledger's sequence numbers, from where the last one
// ended, never a range of message times. It holds no message text and no
// protected person's name, and it sends nothing: the outbox does.
package digest
