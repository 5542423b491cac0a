package rules

// Builtin is a name that conditions may use without a term family.
type Builtin struct{ Name, About string }

// Builtins are what the engine knows by itself. Their signals are their places
// in this list.
var Builtins = []Builtin{
	{"person", "a protected person's name, however written"},
	{"maybe_person", "a given name or a short surname of a protected person, which may be a common word"},
	{"relative", "the name of a protected person's relative"},
	{"person_email", "a protected person's known e-mail address"},
	{"company", "the company, one of its products, or a protected person's employer"},
	{"case", "a case's name, docket number or keyword of several words"},
	{"keyword", "a case's keyword that is a single word, such as the name of a tool"},
	{"persona", "a persona's handle, or that of somebody who wrote in the conversation"},
	{"phone", "a telephone number"},
	{"email", "an e-mail address"},
	{"address", "a street address or a part of one with a number"},
	{"postcode", "a postcode"},
	{"url", "a web address"},
	{"mention", "an @handle"},
	{"coordinates", "latitude and longitude"},
	{"birthdate", "a full date of day, month and year"},
	{"plate", "what looks like a licence plate"},
	{"key", "what looks like a secret key or token"},
	{"halfkey", "what looks like a part of a key"},
	{"connection", "a connection string with a password in it"},
	{"login", "a user name and password pair"},
	{"number", "a word with a figure in it, or a number in words"},
	{"doe", "a John Doe of the case: a Doe with a number"},
	{"question", "a question mark"},
	{"evasive", "letters spaced out, figures for letters or mixed scripts"},
	{"short", "at most six words"},
	{"quoted", "quoted or forwarded lines"},
	{"insider", "the author writes from an e-mail address of the company's side"},
	{"digits", "six figures or more in a row of numbers"},
	{"part", "what is part of an address when somebody's home is spoken of: a street's name with the number behind it, a numbered door or floor"},
	{"long", "more than forty words, in which many weak signs meet by chance"},
	{"maybe_relative", "the given name of a protected person's relative"},
}

// Signals of Builtins, in their order.
const (
	Person Signal = iota
	MaybePerson
	Relative
	PersonEmail
	Company
	Case
	Keyword
	Persona
	Phone
	Email
	Address
	Postcode
	URL
	Mention
	Coordinates
	Birthdate
	Plate
	Key
	HalfKey
	Connection
	Login
	Number
	Doe
	Question
	Evasive
	Short
	Quoted
	Insider
	Digits
	Part
	Long
	MaybeRelative
)
