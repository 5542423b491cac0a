package letter_test

import (
	"strings"
	"testing"

	"stakeout/bot/mail/letter"
)

const (
	hannah = "Hannah Wrexley <hw@firm.example>"
	marlow = "Marlow <marlow@postbin.example>"
	pat    = "Pat Ames <pat@client.example>"

	forwarded = "---------- Forwarded message ---------\nFrom: " + marlow + "\nDate: Fri, Mar 13, 2026 at 9:14 AM\nSubject: offer\nTo: <hw@firm.example>\n\n"
	passedOn  = "---------- Forwarded message ---------\nFrom: " + hannah + "\nDate: Fri, Mar 13, 2026 at 9:24 AM\nSubject: Fwd: offer\nTo: <pat@client.example>\n\n"
	outlook   = "KESTREL fyi\n\nFrom: " + marlow + "\nSent: Friday, March 13, 2026 9:14 AM\nTo: hw@firm.example\nSubject: RE: offer\n\nMAGPIE no deal.\n\n"
)

func written(from, subject, kind, body string) string {
	return "From: " + from + "\nTo: intake@client.example\nDate: Fri, 13 Mar 2026 10:00:00 +0000\nSubject: " + subject +
		"\nMessage-ID: <1@firm.example>\nMIME-Version: 1.0\nContent-Type: " + kind + "; charset=utf-8\n\n" + body
}

func mixed(boundary string, parts ...string) (kind, body string) {
	return `multipart/mixed; boundary="` + boundary + `"`, "--" + boundary + "\n" + strings.Join(parts, "\n--"+boundary+"\n") + "\n--" + boundary + "--\n"
}

func attach(from, subject, body string) string {
	return "Content-Type: message/rfc822\n\n" + written(from, subject, "text/plain", body)
}

// gmail is how Gmail forwards in HTML, with what somebody wrote below it.
func gmail(below string) string {
	return `<div dir="ltr"><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">---------- Forwarded message ---------<br>` +
		`From: <strong class="gmail_sendername">Marlow</strong> <span>&lt;<a href="mailto:marlow@postbin.example">marlow@postbin.example</a>&gt;</span><br>` +
		`Date: Fri, Mar 13, 2026 at 9:14 AM<br>Subject: offer<br>To: &lt;hw@firm.example&gt;<br></div><br><br><div dir="ltr">MAGPIE we have it</div></div>` + below + `</div>`
}

// Whichever way counsel's words come into a mail, none of them is public, nor
// the bytes that hold them.
func TestCounselsWordsStayWithheld(t *testing.T) {
	twoKind, two := mixed("b", "\nKESTREL", attach(marlow, "one", "MAGPIE 1\n"),
		attach(marlow, "Re: two", "MAGPIE 2\n\nOn Fri, Hannah <hw@firm.example> wrote:\n> KESTREL\n"))
	innerKind, inner := mixed("c", "\nMAGPIE", attach(hannah, "strategy", "KESTREL\n"))
	nestedKind, nested := mixed("b", "\nKESTREL", "Content-Type: message/rfc822\n\n"+written(marlow, "one", innerKind, inner))
	bothKind, both := mixed("b", "Content-Type: text/plain\n\n"+forwarded+"MAGPIE we have it\n\nKESTREL compare",
		"Content-Type: text/html\n\n"+gmail("<div>KESTREL compare</div>"))
	bothKind = strings.Replace(bothKind, "mixed", "alternative", 1)
	moz := `<div class="moz-forward-container">-------- Forwarded Message --------<table><tr><th>Subject: </th><td>offer</td></tr><tr><th>Date: </th><td>Fri, 13 Mar 2026 09:14:00 +0000</td></tr>` +
		`<tr><th>From: </th><td>Marlow &lt;marlow@postbin.example&gt;</td></tr><tr><th>To: </th><td>hw@firm.example</td></tr></table><br><p>MAGPIE we have it</p></div>`
	for _, c := range []struct {
		name, mail string
		public     bool // the original, or what the sender wrote
	}{
		{"signed below", written(hannah, "Fwd: offer", "text/plain", forwarded+"MAGPIE\n\nKESTREL see exhibit 4\n\nHannah\n"), false},
		{"signed on the last line", written(hannah, "Fwd: offer", "text/plain", forwarded+"MAGPIE\n\nKESTREL see exhibit 4. Hannah\n"), false},
		{"signed by initials", written(hannah, "Fwd: offer", "text/plain", forwarded+"MAGPIE\n\nKESTREL see exhibit 4\n- H.W.\n"), false},
		{"greeted only", written(hannah, "Fwd: offer", "text/plain", "KESTREL\n\n"+forwarded+"Hannah Wrexley,\n\nMAGPIE\n"), true},
		{"nothing below in HTML", written(hannah, "Fwd: offer", "text/html", gmail("")), true},
		{"below in HTML", written(hannah, "Fwd: offer", "text/html", gmail("<div>KESTREL compare</div>")), false},
		{"below in both forms", written(hannah, "Fwd: offer", bothKind, both), false},
		{"below Thunderbird's", written(hannah, "Fwd: offer", "text/html", "<p>KESTREL</p>"+moz), true},
		{"below Thunderbird's, with words", written(hannah, "Fwd: offer", "text/html", moz+"<p>KESTREL</p>"), false},
		{"quoted without a blank line", written(hannah, "FW: offer", "text/plain", outlook+"From: "+hannah+"\nSent: Thursday, March 12, 2026 9:14 AM\nTo: Marlow\nSubject: offer\nKESTREL\nKESTREL\nKESTREL\nKESTREL\n"), true},
		{"quoted under a short header", written(hannah, "FW: offer", "text/plain", outlook+"From: "+hannah+"\nSent: Thursday\n\nKESTREL\n"), true},
		{"quoted under a marker alone", written(hannah, "FW: offer", "text/plain", outlook+"-----Original Message-----\nHannah wrote on Thursday\n\nKESTREL\n"), true},
		{"the second of two quotes", written(hannah, "Fwd: two", twoKind, two), true},
		{"attached to what is attached", written(hannah, "Fwd: one", nestedKind, nested), true},
		{"an assistant passes it on", written(pat, "Fwd: KESTREL is weak", "text/plain", "MAGPIE fyi\n\n"+passedOn+"KESTREL is weak\n"), true},
		{"an assistant passes a forward on", written(pat, "Fwd: Fwd: offer", "text/plain", "MAGPIE fyi\n\n"+passedOn+"KESTREL is weak\n\n"+forwarded+"offer\n"), true},
		{"an assistant answers", written(pat, "Re: strategy", "text/plain", "MAGPIE ok\n\nOn Fri, "+hannah+" wrote:\n> KESTREL\n"), true},
		{"an assistant attaches it", written(pat, "look", innerKind, inner), true},
		{"from an address with a tag", written("<jo+cases@solo.example>", "KESTREL", "text/plain", "KESTREL\n"), false},
		{"from a name alone", written("Hannah Wrexley", "KESTREL", "text/plain", "KESTREL\n"), false},
		{"from a quoted local part", written(`"a@b"@firm.example`, "KESTREL", "text/plain", "KESTREL\n"), false},
		{"through a list", "Reply-To: hw@firm.example\n" + written(`"'Hannah Wrexley' via Intake" <intake@client.example>`, "KESTREL", "text/plain", "KESTREL\n"), false},
		{"through a group", "X-Original-Sender: hw@firm.example\n" + written("Intake <intake@client.example>", "KESTREL", "text/plain", "KESTREL\n"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			obs, err := letter.Read([]byte(c.mail), letter.Options{Counsel: []string{"@firm.example", "jo@solo.example"}})
			if err != nil {
				t.Fatal(err)
			}
			shown := public(t, obs)
			for _, o := range obs {
				if strings.Contains(string(o.Unprivileged().Native), counselsWord) {
					t.Errorf("the bytes of %s are public", o.ID)
				}
			}
			if strings.Contains(shown, counselsWord) || strings.Contains(shown, originalsWord) != c.public {
				t.Errorf("public: %s", shown)
			}
			if strings.Contains(c.mail, counselsWord) && !strings.Contains(obs[0].Privileged, counselsWord) {
				t.Errorf("privileged: %q", obs[0].Privileged)
			}
		})
	}
}

// Where nobody is named as counsel, a mail that comes as a file is a sign of a
// forward too.
func TestAMailAttachedAsAFileIsASign(t *testing.T) {
	for _, kind := range []string{`application/octet-stream; name="offer.eml"`, `application/vnd.ms-outlook; name="offer"`} {
		k, body := mixed("b", "\nKESTREL see this", "Content-Type: "+kind+"\nContent-Disposition: attachment\n\nMAGPIE")
		obs, err := letter.Read([]byte(written(hannah, "this", k, body)), letter.Options{})
		if err != nil || strings.Contains(public(t, obs), counselsWord) {
			t.Error(err, public(t, obs))
		}
	}
}
