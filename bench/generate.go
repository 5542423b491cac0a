package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"
)

// generate writes an export in DiscordChatExporter's form: words with the
// frequencies of natural language (Zipf), in five scripts, of the length that
// chat has, a name or a court now and then, and the same bytes every time.
func generate(path string, n int) (int64, error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	r := rand.New(rand.NewPCG(1, 2))
	words := vocabulary(r)
	zipf := rand.NewZipf(r, 1.1, 4, uint64(len(words)-1))
	authors := rand.NewZipf(r, 1.1, 2, 4999)
	fmt.Fprint(w, "{\n  \"guild\": {\n    \"id\": \"1178300000000000000\",\n    \"name\": \"The Rehearsal Room\",\n    \"iconUrl\": \"https://cdn.example/icon.png\"\n  },\n"+
		"  \"channel\": {\n    \"id\": \"1178300000000000001\",\n    \"type\": \"GuildTextChat\",\n    \"categoryId\": \"1178300000000000002\",\n    \"category\": \"Text\",\n    \"name\": \"general\",\n    \"topic\": null\n  },\n"+
		"  \"dateRange\": {\n    \"after\": null,\n    \"before\": null\n  },\n  \"messages\": [\n")
	sent := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var text strings.Builder
	for i := range n {
		sent = sent.Add(time.Duration(r.Int64N(int64(40 * time.Second)))).Truncate(time.Millisecond)
		text.Reset()
		for k := range 3 + r.IntN(15) {
			if k > 0 {
				text.WriteByte(' ')
			}
			text.WriteString(words[zipf.Uint64()])
		}
		if i > 0 {
			fmt.Fprint(w, ",\n")
		}
		a := authors.Uint64()
		id := (sent.UnixMilli()-1420070400000)<<22 | int64(i&0xfff)
		fmt.Fprintf(w, `    {
      "id": "%d",
      "type": "Default",
      "timestamp": "%s",
      "timestampEdited": null,
      "callEndedTimestamp": null,
      "isPinned": false,
      "content": %q,
      "author": {
        "id": "11783%013d",
        "name": "member%d",
        "discriminator": "0000",
        "nickname": "member %d",
        "color": null,
        "isBot": false,
        "avatarUrl": "https://cdn.example/avatars/%016x.png"
      },
      "attachments": [],
      "embeds": [],
      "stickers": [],
      "reactions": [],
      "mentions": []
    }`, id, sent.Format("2006-01-02T15:04:05.000+00:00"), text.String(), a, a, a, a*0x9e3779b97f4a7c15)
	}
	fmt.Fprintf(w, "\n  ],\n  \"messageCount\": %d\n}\n", n)
	if err := w.Flush(); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), f.Close()
}

// vocabulary is fifty thousand invented words in five scripts, most of them
// Latin, with the words that the queries ask for at known ranks.
func vocabulary(r *rand.Rand) []string {
	scripts := [][]rune{
		[]rune("abcdefghiklmnoprstuvwz"), []rune("abcdefghiklmnoprstuvwz"), []rune("abcdefghiklmnoprstuvwz"),
		[]rune("abcdefghiklmnoprstuvwz"), []rune("abcdefghiklmnoprstuvwz"), []rune("abcdefghiklmnoprstuvwz"),
		[]rune("абвгдежзиклмнопрстуя"), []rune("ابتدرزسشعفقلمنوه"), []rune("的一是在不了有和人这中大为上个国"), []rune("ăâêôơưđàáảãạèéẻ"),
	}
	words := make([]string, 50_000)
	for i := range words {
		script := scripts[r.IntN(len(scripts))]
		word := make([]rune, 2+r.IntN(5))
		for j := range word {
			word[j] = script[r.IntN(len(script))]
		}
		words[i] = string(word)
	}
	for rank, word := range map[int]string{3: "the", 9: "and", 40: "server", 60: "key", 300: "court", 900: "lawyer", 9000: "subpoena", 30000: "extradition"} {
		words[rank] = word
	}
	return words
}
