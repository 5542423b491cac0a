// Package web is the analysts' page: search, alerts, one message with its
// versions, and the state of the house.
//
// It promises: everything that came from a channel is escaped for where it
// goes, control and direction characters made visible; no script, no request
// to anywhere else, no link into a message; text that is labelled as a dox or
// a credential, and what the rules mask in names, is never shown (the command line reveals it, with a reason and
// on the record); no query, no message text and no name in a log line; only
// GET, and nothing is changed by any request. It asks for no password: it
// stands on loopback, or behind a proxy that does.
package web
