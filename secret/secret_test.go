package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretIsNeverShown(t *testing.T) {
	v := Value("xoxb-hush")
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "token", v, "all", struct{ T Value }{v})
	j, _ := json.Marshal(map[string]any{"t": v, "p": &v})
	for _, out := range []string{
		fmt.Sprint(v), fmt.Sprintf("%v %+v %#v %s %q %x %d", v, v, v, v, v, v, v),
		fmt.Sprintf("%+v", struct{ T Value }{v}), string(j), log.String(), fmt.Errorf("bad %v", v).Error(),
	} {
		if strings.Contains(out, "hush") || strings.Contains(out, "68757368") {
			t.Errorf("shown: %s", out)
		}
	}
	if v.Reveal() != "xoxb-hush" {
		t.Error("lost")
	}
}
