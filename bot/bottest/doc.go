// Package bottest holds what the tests of all connectors share: a TCP proxy
// that spoils connections, a loop that kills the connector's process with
// SIGKILL and starts it again, a real ledger on a directory, and the verdict
// whether the ledger then holds what the source had.
//
// It promises that a fault never alters a byte: connections break, stall and
// go slowly, as on a network. It knows no platform.
package bottest
