package letter

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"stakeout/message"
)

// quoted is the header that a client writes above a forwarded mail.
type quoted struct {
	from    []address
	date    string
	subject string
	keys    int // which of from, date, subject and to it has
	end     int // the line behind it and its blank line
	depth   int
}

const (
	hasFrom = 1 << iota
	hasDate
	hasSubject
	hasTo
	hasOther
)

// blockKeys are the names of fields as clients write them, in the languages of
// months.
var blockKeys = map[string]int{}

func init() {
	for key, names := range map[int]string{
		hasFrom:    "from|von|de|от|от кого|da|van|отправитель|expéditeur|remitente",
		hasDate:    "date|sent|datum|gesendet|gesendet am|envoyé|envoyé le|fecha|enviado|enviado el|enviada|data|inviato|verzonden|дата|отправлено|sent on",
		hasSubject: "subject|betreff|objet|sujet|asunto|oggetto|assunto|onderwerp|тема",
		hasTo:      "to|an|à|para|a|aan|кому|destinataire|destinatario",
		hasOther: "cc|bcc|kopie|копия|copie à|copia|reply-to|reply to|antwort an|répondre à|responder a|importance|wichtigkeit|priority|" +
			"attachments|anlagen|pièces jointes|datos adjuntos|вложения|organization|organisation|message-id|references|in-reply-to|" +
			"newsgroups|mime-version|content-type|content-transfer-encoding|user-agent|x-mailer|return-path|delivered-to|list-id",
	} {
		for name := range strings.SplitSeq(names, "|") {
			blockKeys[name] = key
		}
	}
}

// blockField is "Key: value" with the marks of bold type that plain text keeps.
var blockField = regexp.MustCompile(`^\s*\*?([\p{L}][\p{L} -]{0,24}?)\s?:\*?\s*(.*)$`)

func fieldOf(s string) (key int, value string) {
	if i := strings.IndexByte(s, ':'); i < 0 || i > 80 {
		return 0, "" // most lines: the pattern is for the others
	}
	g := blockField.FindStringSubmatch(plainSpaces(s))
	if g == nil {
		return 0, ""
	}
	return blockKeys[strings.ToLower(g[1])], strings.TrimSpace(strings.TrimSuffix(g[2], "*"))
}

// maxBlock bounds the lines of a header; lists of receivers are long.
const maxBlock = 100

// readBlock reads a header that begins at lines[i]. It is one only if it names
// an author and a time, and a subject or somebody it went to, and ends with a
// blank line: without that, nobody knows where the mail's text begins.
func readBlock(lines []line, i int) (quoted, bool) {
	if i >= len(lines) {
		return quoted{}, false
	}
	b := quoted{depth: lines[i].depth}
	last, long, begin := 0, 0, i
	for ; i < len(lines); i++ {
		if i-begin > maxBlock {
			return b, false
		}
		l := lines[i]
		if l.blank() || l.depth != b.depth {
			break
		}
		key, value := fieldOf(l.text)
		switch {
		case key == 0 && last == 0:
			return b, false
		case key == 0: // a long field goes on
			if long++; long > 40 || last != hasTo && last != hasOther && long > 3 {
				return b, false
			}
			if last == hasSubject {
				b.subject += " " + strings.TrimSpace(l.text)
			}
			continue
		case key == hasFrom && b.keys&hasFrom == 0:
			b.from = addresses(unlink(value))
		case key == hasDate && b.date == "":
			b.date = value
		case key == hasSubject && b.keys&hasSubject == 0:
			b.subject = value
		}
		b.keys |= key
		last, long = key, 0
	}
	if b.keys&hasFrom == 0 || b.keys&hasDate == 0 || b.keys&(hasSubject|hasTo) == 0 {
		return b, false
	}
	if i < len(lines) && !lines[i].blank() {
		return b, false
	}
	for i < len(lines) && lines[i].blank() {
		i++
	}
	b.end = i
	b.subject = strings.Join(strings.Fields(b.subject), " ")
	return b, true
}

// begins reports that a header may begin at lines[i]: no field stands right
// before it. Without that, a mail of nothing but fields would be read again from
// every line.
func begins(lines []line, i int) bool {
	if i == 0 || lines[i-1].depth != lines[i].depth {
		return true
	}
	key, _ := fieldOf(lines[i-1].text)
	return key == 0
}

// unlink undoes what clients make of an address in plain text:
// "<a@b.test<mailto:a@b.test>>", "[mailto:a@b.test]".
func unlink(s string) string {
	s = mailto.ReplaceAllString(s, "")
	return strings.NewReplacer("[mailto:", "<", "]", ">").Replace(s)
}

var mailto = regexp.MustCompile(`<mailto:[^<>]*>`)

// marker says what a line says of the lines that follow it.
type marker int

const (
	noMarker      marker = iota
	forwardBegins        // what follows was forwarded
	mailFollows          // what follows was forwarded or answered
	forwardEnds
)

const dashes = `^[-_=*\s]{2,}`

var markers = []struct {
	means marker
	re    *regexp.Regexp
}{
	{forwardEnds, regexp.MustCompile(`(?i)` + dashes + `(?:end (?:of )?forwarded message|ende der weitergeleiteten nachricht|завершение пересылаемого сообщения|fin du message transféré|fin del mensaje reenviado)\b.*$`)},
	{forwardBegins, regexp.MustCompile(`(?i)` + dashes + `(?:forwarded message|forwarded by|weitergeleitete nachricht|weitergeleitete e-?mail|message transféré|message réexpédié|courriel transféré|mensaje reenviado|correo reenviado|messaggio inoltrato|doorgestuurd bericht|mensagem encaminhada|пересылаемое сообщение|пересланное сообщение|перенаправленное сообщение)(?:\s.*)?[-_=*\s:]*$`)},
	{forwardBegins, regexp.MustCompile(`(?i)^\s*(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)|début du message (?:réexpédié|transféré)|inicio del mensaje reenviado|inizio messaggio inoltrato|начало пере(?:сылаемого|адресованного|сланного) сообщения)\s*:?\s*$`)},
	{mailFollows, regexp.MustCompile(`(?i)` + dashes + `(?:original message|original-?nachricht|ursprüngliche nachricht|message d['’]origine|message original|mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original|исходное сообщение|original appointment)[-_=*\s]*$`)},
}

// plainSpaces makes spaces of those that French puts before a colon.
func plainSpaces(s string) string { return spaces.Replace(s) }

var spaces = strings.NewReplacer("\u00a0", " ", "\u202f", " ")

func markerOf(s string) marker {
	s = plainSpaces(s)
	if len(s) > 200 || len(s) < 8 {
		return noMarker
	}
	for _, m := range markers {
		if m.re.MatchString(s) {
			return m.means
		}
	}
	return noMarker
}

// attribution is the line above an answered mail ("On … Jo <jo@a.test> wrote:").
var attribution = regexp.MustCompile(`(?i)(?:\bwrote|\bschrieb.{0,80}|a écrit|escribió|ha scritto|schreef.{0,80}|escreveu|пишет|писал(?:а|\(а\))?|написал(?:а|\(а\))?)\s*:\s*$`)

// attributed reports that the line, or it and the next, stand above an answered
// mail; n is how many they are.
func attributed(lines []line, i int) (text string, n int) {
	colon := func(i int) bool { return i < len(lines) && strings.HasSuffix(strings.TrimSpace(lines[i].text), ":") }
	if !colon(i) && !colon(i+1) {
		return "", 0
	}
	if s := plainSpaces(lines[i].text); attribution.MatchString(s) {
		return s, 1
	}
	if i+1 < len(lines) && lines[i+1].depth == lines[i].depth && bare.MatchString(lines[i].text+lines[i+1].text) && !lines[i].blank() &&
		attribution.MatchString(plainSpaces(lines[i+1].text)) {
		return lines[i].text + " " + lines[i+1].text, 2
	}
	return "", 0
}

// prefixes of a subject.
var (
	tags          = regexp.MustCompile(`^\s*(?:\[[^\]]{1,30}\]\s*)+`)
	forwardPrefix = regexp.MustCompile(`(?i)^(?:fw|fwd|wg|tr|rv|enc|i|пер|пересл|doorst)(?:\[\d+\]|\^\d+)?\s*:`)
	replyPrefix   = regexp.MustCompile(`(?i)^(?:re|aw|antw|sv|vs|rép|ref|res|rif|ответ|отв|на)(?:\[\d+\]|\^\d+)?\s*:`)
	innerForward  = regexp.MustCompile(`(?i)(?:^|[:\s])(?:fw|fwd|wg|tr|rv|enc|пересл)(?:\[\d+\])?\s*:`)
)

func forwards(subject string) bool { return forwardPrefix.MatchString(untag(subject)) }
func replies(subject string) bool  { return replyPrefix.MatchString(untag(subject)) }

// untag takes off what gateways put before a subject ("[EXTERNAL]").
func untag(s string) string { return tags.ReplaceAllString(s, "") }

// signs reports whether anything in a mail hints at a forward: only a mail
// without any is surely its sender's own.
func (m *mail) signs() bool {
	if len(m.mails) > 0 || innerForward.MatchString(untag(m.subject())) || slices.ContainsFunc(m.files, mailFile) {
		return true
	}
	return slices.ContainsFunc(m.texts, func(t text) bool {
		in, _ := first(t.lines)
		alternative, _ := first(t.html)
		return in >= 0 || alternative >= 0
	})
}

// mailFile tells attached mails that come as files.
func mailFile(f message.Attachment) bool {
	switch strings.ToLower(path.Ext(f.Name)) {
	case ".eml", ".msg", ".mbox":
		return true
	}
	return f.Type == "application/vnd.ms-outlook" || strings.HasPrefix(f.Type, "message/")
}
