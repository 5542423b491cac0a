package telegram

import (
	"stakeout/message"
)

// file is what the kinds of files have in common. file_id and file_unique_id
// stay in the native bytes: nothing is ever fetched.
type file struct {
	Name   text   `json:"file_name"`
	Type   text   `json:"mime_type"`
	Size   number `json:"file_size"`
	Width  number `json:"width"`
	Height number `json:"height"`
}

// attachment is the file as exports have it: the MIME type where there is one,
// else Telegram Desktop's word for the kind of file.
func (f *file) attachment(word string) message.Attachment {
	a := message.Attachment{Name: string(f.Name), Type: string(f.Type), Size: max(0, int64(f.Size))}
	if a.Type == "" {
		a.Type = word
	}
	return a
}

// attached reads the members that tell of a file.
func (m *reader) attached(key string, v []byte) bool {
	switch key {
	case "photo", "new_chat_photo":
		m.photo = largest(v)
		if key != "photo" {
			m.events = append(m.events, words[key])
		}
	case "live_photo": // comes with the photo that it is taken for
		m.details = m.walk(m.details, key, v, 0)
	case "document":
		m.document = m.file(v, "")
	case "animation":
		m.animation = true
		m.attach(m.file(v, "animation"))
	case "audio":
		m.attach(m.file(v, "audio_file"))
		m.details = append(m.details, str(member(v, "performer")), str(member(v, "title")))
	case "sticker":
		m.attach(m.file(v, "sticker"))
		m.o.Embeds = addText(m.o.Embeds, str(member(v, "emoji")))
		m.details = append(m.details, labelled("sticker set", str(member(v, "set_name"))))
	case "video":
		m.attach(m.file(v, "video_file"))
	case "video_note":
		m.attach(m.file(v, "video_message"))
	case "voice":
		m.attach(m.file(v, "voice_message"))
	case "paid_media":
		m.paid(v)
	default:
		return false
	}
	return true
}

func (m *reader) attach(a message.Attachment) { m.o.Attachments = append(m.o.Attachments, a) }

func (m *reader) file(v []byte, word string) message.Attachment {
	var f file
	if read(v, &f); kind(v) != '{' {
		m.fail("file", "an object")
	}
	a := f.attachment(word)
	if a.Type == "" {
		a.Type = "document"
	}
	return a
}

// paid reads media that cost; those not paid for show no more than that they
// are there.
func (m *reader) paid(v []byte) {
	m.details = append(m.details, labelled("paid_media", scalar(member(v, "star_count"))))
	for media := range elements(member(v, "paid_media")) {
		for key, part := range members(media) {
			switch key {
			case "photo":
				m.attach(largest(part))
			case "video":
				m.attach(m.file(part, "video_file"))
			case "live_photo":
				m.attach(largest(member(part, "photo")))
				m.details = m.walk(m.details, key, part, 0)
			}
		}
	}
}

// largest is the largest of a photo's sizes, the one that an export contains.
func largest(sizes []byte) message.Attachment {
	var best file
	for s := range elements(sizes) {
		var f file
		if read(s, &f); f.Width*f.Height >= best.Width*best.Height {
			best = f
		}
	}
	return message.Attachment{Type: "photo", Size: max(0, int64(best.Size))}
}
