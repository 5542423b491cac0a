package export

import "bytes"

// envelope is what sniff answers for one JSON object that holds messages;
// which exporter wrote it shows only where the messages begin.
const formEnvelope = "envelope"

var envelopeKeys = map[string]bool{
	"messages": true, "guild": true, "dateRange": true, "exportedAt": true, "messageCount": true,
	"chats": true, "left_chats": true, "personal_information": true, "profile_pictures": true, "stories": true,
	"contacts": true, "frequent_contacts": true, "sessions": true, "web_sessions": true, "other_data": true,
}

// sniff tells the form of a text from its beginning.
func sniff(window []byte) (string, error) {
	if len(window) >= 2 {
		if bom := string(window[:2]); bom == "\xff\xfe" || bom == "\xfe\xff" || bom[0] == 0 || bom[1] == 0 {
			return "", ErrUTF16
		}
	}
	i := blank(window, 0)
	if i == len(window) {
		return "", ErrFormat
	}
	if form := mailFile(window); form != "" {
		return form, nil
	}
	if envelope, _ := keys(window[i:]); envelope {
		return formEnvelope, nil
	}
	for line := range bytes.Lines(window) {
		if _, lines := keys(line[blank(line, 0):]); lines {
			return FormatLines, nil
		}
	}
	return "", ErrFormat
}

// keys looks at an object's own keys, as far as it reaches: the last value may
// be cut off.
func keys(obj []byte) (envelope, lines bool) {
	for key := range members(obj) {
		envelope = envelope || envelopeKeys[string(key)]
		lines = lines || linesKeys[string(key)]
	}
	return envelope, lines
}
