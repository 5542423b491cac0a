//go:build !race

package discord_test

// soakEvents is how many events a soak has unless it is told.
const soakEvents = 20_000
