// Package web is the analysts' page: search, alerts, one message with its
// versions, what was covered of each channel, and the state of the house; and
// for machines, whether it lives (/healthz), is worth asking (/readyz), and how
// it does (/metrics).
//
// It promises: everything that came from a channel is escaped for where it
// goes, control and direction characters made visible; no script, no request
// to anywhere else, no link into a message; text that is labelled as a dox or
// a credential, what the rules mask in names, and what is privileged, is never
// shown (the command line reveals it, with a reason and on the record); no
// query, no message text and no name in a log line, and none that came from a
// channel in a figure; only GET, and nothing is changed by any request. It asks
// for no password: it stands on loopback, or behind a proxy that does.
package web
