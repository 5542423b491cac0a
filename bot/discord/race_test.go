//go:build race

package discord_test

// soakEvents are fewer under the race detector, which makes everything slow.
const soakEvents = 3000
