package app

import "testing"

func TestSentence(t *testing.T) {
	for words, want := range map[string]string{
		"the bot was removed": "The bot was removed.", "écarté.": "Écarté.", "": "Nothing more is known.", "\xff": "\uFFFD.",
	} {
		if got := sentence(words); got != want {
			t.Errorf("%q became %q, want %q", words, got, want)
		}
	}
}
