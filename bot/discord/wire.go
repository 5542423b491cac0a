package discord

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"stakeout/message"
)

// What follows names of Discord's objects only what is read. The fields without
// which a message would be another one are kept raw and checked by hand; all
// others may be of any type without costing the message.
//
// Source: Discord API reference v9/v10, "Message", "User", "Embed", "Poll".

type wireMessage struct {
	ID        json.RawMessage `json:"id"`
	ChannelID json.RawMessage `json:"channel_id"`
	Type      json.RawMessage `json:"type"`
	Timestamp json.RawMessage `json:"timestamp"`
	Edited    json.RawMessage `json:"edited_timestamp"`
	Author    json.RawMessage `json:"author"`
	wireContent
	Member      wireMember      `json:"member"` // live alone
	Interaction wireInteraction `json:"interaction"`
	Metadata    wireInteraction `json:"interaction_metadata"`
	Poll        *wirePoll       `json:"poll"`
	Reactions   []wireReaction  `json:"reactions"`
	Reference   *wireReference  `json:"message_reference"`
	Snapshots   []wireSnapshot  `json:"message_snapshots"`
}

// wireContent is what a message and the snapshot of a forwarded one share.
type wireContent struct {
	Content     json.RawMessage `json:"content"`
	Mentions    []wireUser      `json:"mentions"`
	Attachments []wireFile      `json:"attachments"`
	Embeds      []wireEmbed     `json:"embeds"`
	Stickers    []wireSticker   `json:"sticker_items"`
	Whole       []wireSticker   `json:"stickers"` // older
	Components  []wireComponent `json:"components"`
}

type wireSnapshot struct {
	Message struct {
		Timestamp json.RawMessage `json:"timestamp"`
		wireContent
	} `json:"message"`
}

type wireUser struct {
	ID            string      `json:"id"`
	Username      string      `json:"username"`
	Discriminator string      `json:"discriminator"`
	GlobalName    string      `json:"global_name"`
	Bot           bool        `json:"bot"`
	Member        *wireMember `json:"member"` // of a mention, live alone
}

type wireMember struct {
	Nick  string   `json:"nick"`
	Roles []string `json:"roles"`
	there bool
}

func (m *wireMember) UnmarshalJSON(b []byte) error {
	type plain wireMember
	var p plain
	if err := lenient(b, &p); err != nil {
		return err
	}
	*m = wireMember(p)
	m.there = len(b) > 0 && b[0] == '{'
	return nil
}

type wireFile struct {
	Name string `json:"filename"`
	Type string `json:"content_type"`
	Size int64  `json:"size"`
	URL  string `json:"url"`
}

type wireEmbed struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	Author      struct {
		Name string `json:"name"`
	} `json:"author"`
	Footer struct {
		Text string `json:"text"`
	} `json:"footer"`
	Fields []struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"fields"`
}

type wireSticker struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Format int    `json:"format_type"`
}

type wireComponent struct {
	Label       string          `json:"label"`
	Content     string          `json:"content"` // of a text display
	Description string          `json:"description"`
	URL         string          `json:"url"`
	Components  []wireComponent `json:"components"`
	Items       []wireComponent `json:"items"` // of a gallery
	Accessory   *wireComponent  `json:"accessory"`
}

type wireInteraction struct {
	Name string   `json:"name"`
	User wireUser `json:"user"`
}

type wirePoll struct {
	Question wirePollMedia `json:"question"`
	Answers  []struct {
		Media wirePollMedia `json:"poll_media"`
	} `json:"answers"`
}

type wirePollMedia struct {
	Text string `json:"text"`
}

type wireReaction struct {
	Count int `json:"count"`
	Emoji struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"emoji"`
}

type wireReference struct {
	Type      int    `json:"type"` // 1: a forward
	MessageID string `json:"message_id"`
	ChannelID string `json:"channel_id"`
}

// lenient decodes JSON, and leaves out what is of another type than expected.
func lenient(b []byte, into any) error {
	var other *json.UnmarshalTypeError
	err := json.Unmarshal(b, into)
	if errors.As(err, &other) {
		return nil
	}
	return err
}

var errNotObject = errors.New("is not a JSON object")

// decode reads an object leniently. Its errors hold none of the content.
func decode(raw []byte, into any) error {
	if b := bytes.TrimLeft(raw, " \t\r\n"); len(b) == 0 || b[0] != '{' {
		return errNotObject
	}
	if err := lenient(raw, into); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return fmt.Errorf("is not JSON near byte %d", syntax.Offset)
		}
		return errors.New("is not JSON")
	}
	return nil
}

// There is no null in what the functions below read: it counts as absent.
func absent(raw json.RawMessage) bool { return len(raw) == 0 || raw[0] == 'n' }

// snowflake reads an id, a decimal number as a string.
func snowflake(key string, raw json.RawMessage) (string, error) {
	s := string(raw)
	if len(raw) > 1 && raw[0] == '"' {
		s = s[1 : len(s)-1]
	}
	if n, err := strconv.ParseUint(s, 10, 64); err != nil || n == 0 || strconv.FormatUint(n, 10) != s {
		return "", fmt.Errorf("%s is not an id", key)
	}
	return s, nil
}

// text reads a string, "" for null.
func text(key string, raw json.RawMessage) (string, error) {
	if absent(raw) {
		return "", nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", fmt.Errorf("%s is not a string", key)
	}
	return s, nil
}

// moment reads an ISO 8601 time, none for null.
func moment(key string, raw json.RawMessage) (message.Time, error) {
	s, err := text(key, raw)
	if err != nil || s == "" {
		return message.Time{}, err
	}
	t, err := message.ParseTime(s, nil)
	if err != nil {
		return t, fmt.Errorf("%s is not a time", key)
	}
	return t, nil
}
