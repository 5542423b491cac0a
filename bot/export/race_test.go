//go:build race

package export

const raceEnabled = true // the race detector's own memory is not ours
