package demo

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"

	"stakeout/message"
)

//go:embed data
var bundled embed.FS

// Exports names the bundled chat exports in the order in which the
// demonstration imports them: three files of DiscordChatExporter (two channels
// and a thread of one server) and one of Telegram Desktop (a supergroup).
var Exports = []string{
	"discord-plot-talk.json",
	"discord-toolshed.json",
	"discord-seized-thread.json",
	"telegram-after-hours.json",
}

// Data is the bundled files by their plain names: the Exports, live.jsonl,
// watchlist.yaml and expected.json. Every person, company, address, number and
// key in them is invented.
func Data() fs.FS {
	sub, err := fs.Sub(bundled, "data")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Live is what happens after the exports were made, in order, to be replayed
// as live: posts, edits of messages that the exports hold, and a deletion.
// Native holds each observation's own line.
func Live() ([]message.Observation, error) {
	b, err := fs.ReadFile(Data(), "live.jsonl")
	if err != nil {
		return nil, fmt.Errorf("read live.jsonl: %w", err)
	}
	var out []message.Observation
	lines := bufio.NewScanner(bytes.NewReader(b))
	for lines.Scan() {
		o := message.Observation{Native: bytes.Clone(lines.Bytes()), Format: "jsonl"}
		if err := json.Unmarshal(o.Native, &o); err != nil {
			return nil, fmt.Errorf("read live.jsonl: line %d: %w", len(out)+1, err)
		}
		out = append(out, o)
	}
	return out, lines.Err()
}

// Place is one message: a canonical channel id and the message's id in it.
type Place struct {
	Channel string `json:"channel"`
	ID      string `json:"id"`
}

// Planted is one happening that detection is meant to find. It counts as
// found when a finding with its label names any of its messages.
type Planted struct {
	Incident string  `json:"incident"`
	Label    string  `json:"label"`
	Live     bool    `json:"live"` // replayed, not in an export
	Messages []Place `json:"messages"`
	// Exposing are those of the messages that hold private data or a key
	// themselves; each of them must end up masked.
	Exposing []Place `json:"exposing"`
}

// Lookalike is a message that detection is meant to leave alone.
type Lookalike struct {
	Place
	Live bool   `json:"live"`
	Why  string `json:"why"` // what it is really about
}

// Expected is the key to the data.
type Expected struct {
	Planted    []Planted   `json:"planted"`
	Lookalikes []Lookalike `json:"lookalikes"`
}

// Expectations reads the key to the data.
func Expectations() (Expected, error) {
	var e Expected
	b, err := fs.ReadFile(Data(), "expected.json")
	if err != nil {
		return e, fmt.Errorf("read expected.json: %w", err)
	}
	if err := json.Unmarshal(b, &e); err != nil {
		return e, fmt.Errorf("read expected.json: %w", err)
	}
	return e, nil
}
