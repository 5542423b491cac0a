// Package discordtest is a Discord for tests: a gateway and the REST calls that
// a reading bot needs, on loopback, with a world of servers, channels and
// messages behind them, and with faults.
//
// It keeps to Discord's documentation of gateway and API v9 and v10
// (https://discord.com/developers/docs/events/gateway,
// https://discord.com/developers/docs/reference) where a client can tell the
// difference: sequence numbers, replay after a resume, invalid sessions, close
// codes, intents, permissions, the order and the limits of pages, rate limits
// and their headers. It notes every request and frame, so that a test can prove
// what was sent. It knows no other clients: whatever happens in its world,
// happens by its methods.
package discordtest
