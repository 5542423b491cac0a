package secret

import "testing"

func TestAddressesThatKeepASecret(t *testing.T) {
	for address, kept := range map[string]bool{
		"https://api.telegram.example":   true,
		"https://api.telegram.example/x": true,
		"http://127.0.0.1:8081":          true,
		"http://[::1]:8081":              true,
		"http://localhost":               true,
		"http://10.0.0.1":                false,
		"http://api.telegram.example":    false,
		"https://user@host.example":      false,
		"https://":                       false,
		"ftp://127.0.0.1":                false,
		"api.telegram.example":           false,
		"https://a b":                    false,
	} {
		if _, got := Address(address); got != kept {
			t.Errorf("%s: %v", address, got)
		}
	}
}
