// Package text gives one folded form to text that was written to be read by
// people and missed by programs: NFKC, lower case, no accents, no invisible
// characters, look-alike letters of other scripts put back, figures that stand
// for letters read as letters, letters with spaces between them joined.
// Search and detection both stand on it.
//
// Every folded byte knows the bytes of the original that it came from, so a
// match can always be shown, cut out or masked in the text as it was received.
// The package promises valid spans for any input, valid UTF-8 or not. It does
// not translate, does not stem, and does not decide what a word means.
//
// Terminal and CSV escape hostile text for the two places that obey it.
package text
