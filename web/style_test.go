package web

import (
	"io/fs"
	"maps"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Text must be readable on whatever it stands on: WCAG 2.2 AA wants 4.5:1.
func TestColoursAreReadable(t *testing.T) {
	b, err := fs.ReadFile(files, "static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(b), "@media (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("no dark scheme")
	}
	second, _, _ := strings.Cut(rest, "* {")
	light := palette(head)
	dark := maps.Clone(light)
	maps.Copy(dark, palette(second))
	on := map[string]string{
		"ink": "paper panel faint blue-bg yellow-bg red-bg", "soft": "paper panel faint blue-bg yellow-bg",
		"link": "paper panel faint blue-bg yellow-bg red-bg", "mark-ink": "mark", "on-accent": "accent",
		"red": "red-bg paper panel faint blue-bg", "orange": "orange-bg paper", "yellow": "yellow-bg", "blue": "blue-bg",
		"grey": "grey-bg", "violet": "violet-bg", "panel": "red",
	}
	for scheme, p := range map[string]map[string]string{"light": light, "dark": dark} {
		for ink, papers := range on {
			for _, paper := range strings.Fields(papers) {
				if c := contrast(t, p[ink], p[paper]); c < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.2f", scheme, ink, paper, c)
				}
			}
		}
	}
}

func TestStyleFetchesNothing(t *testing.T) {
	b, err := fs.ReadFile(files, "static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`url\(|@import|@font-face|https?:`).Find(b); m != nil {
		t.Errorf("the style sheet holds %s", m)
	}
}

func palette(css string) map[string]string {
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6})`).FindAllStringSubmatch(css, -1) {
		out[m[1]] = m[2]
	}
	return out
}

// contrast is WCAG 2.2's ratio of two colours written as six hex digits.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 24)
	if err != nil || len(hex) != 6 {
		t.Fatalf("%q is no colour", hex)
	}
	linear := func(c uint64) float64 {
		v := float64(c&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(n>>16) + 0.7152*linear(n>>8) + 0.0722*linear(n)
}
