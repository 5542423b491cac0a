package letter_test

import (
	"strings"
	"testing"

	"stakeout/bot/mail/letter"
)

// Mails of the greatest size, made to be slow, are read in a time that grows
// with their size: this test only has to end.
func TestHostileSizes(t *testing.T) {
	size := 1 << 20
	if testing.Short() {
		size >>= 4
	}
	head := "From: Hannah <hannah@firm.example>\nSubject: Fwd: x\nMessage-ID: <1@firm.example>\n"
	nested := head
	for range 200 {
		nested += "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	}
	for name, raw := range map[string]string{
		"header lines":     head + "\n" + strings.Repeat("To: x\n", size/6),
		"no line ends":     head + "\n" + strings.Repeat("x", size),
		"quoted":           head + "\n" + strings.Repeat(">", size),
		"attributions":     head + "\n" + strings.Repeat("On Monday a@b.test wrote:\n> x\n", size/30),
		"markers":          head + "\n" + strings.Repeat("--- Forwarded message ---\n", size/26),
		"blocks":           head + "\n---------- Forwarded message ---------\nFrom: a@b.test\nDate: 1 May 2026 10:00\nTo: x\n\n" + strings.Repeat("From: a@b.test\nDate: x\nTo: y\n\n", size/32),
		"authors":          head + "\n---------- Forwarded message ---------\nFrom: a@b.test\nDate: x\nTo: y\n\nx\n" + strings.Repeat("From: a\n", size/8),
		"authors outside":  "From: a@b.test\n\n" + strings.Repeat("From: a\n", size/8),
		"boundaries":       head + "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\n", size/5),
		"nested":           nested + strings.Repeat("x\n", size/2),
		"attached":         head + "Content-Type: multipart/digest; boundary=b\n\n" + strings.Repeat("--b\n\nFrom: a@b.test\n\nx\n", size/24),
		"tags":             head + "Content-Type: text/html\n\n" + strings.Repeat("<blockquote><a href=x:y>", size/24),
		"words in header":  "From: a@b.test\nSubject: " + strings.Repeat("=?utf-8?q?=41?= ", size/16) + "\n\nx",
		"fields in header": strings.Repeat("From: a@b.test\n", size/15) + "\nx",
		"references":       "From: a@b.test\nReferences: " + strings.Repeat("<", size) + "\n\nx",
		"flowed":           head + "Content-Type: text/plain; format=flowed\n\n" + strings.Repeat("x \n", size/3),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			obs, err := letter.Read([]byte(raw), firm)
			if err != nil {
				t.Fatal(err)
			}
			sound(t, obs)
		})
	}
}
