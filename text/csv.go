package text

import "strings"

// CSV makes hostile text safe as a field of a CSV file that a spreadsheet
// opens: a field that a spreadsheet would take for a formula (it begins, after
// blanks and quotes, with = + - @ or their full-width forms, or with a tab or a line
// break) gets an apostrophe in front, which spreadsheets do not show; NUL
// bytes go. Quoting for the file itself is encoding/csv's work.
func CSV(s string) string {
	s = strings.ReplaceAll(s, "\x00", "")
	if s == "" {
		return s
	}
	if s[0] == '\t' || s[0] == '\r' || s[0] == '\n' {
		return "'" + s
	}
	rest := strings.TrimLeft(s, " \t\r\n\u00A0\u200B\uFEFF\"'")
	for _, sign := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "|", "%"} {
		if strings.HasPrefix(rest, sign) {
			return "'" + s
		}
	}
	return s
}
