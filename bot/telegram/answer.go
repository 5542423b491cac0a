package telegram

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
)

const (
	pageSize = 100 // the most that getUpdates gives at once
	// giveUp is after how many broken answers in a row the first update is
	// passed over.
	giveUp = 3
)

// updates polls once. An offset of 0 confirms nothing and starts at the
// earliest unconfirmed update. Of an answer that breaks off it gives the whole
// updates at its beginning, and says that it is not whole.
func (a *api) updates(offset int64, limit int, seconds int) (list []rawUpdate, whole bool, err error) {
	params := map[string]any{"limit": limit, "timeout": seconds, "allowed_updates": allowed}
	if offset != 0 {
		params["offset"] = offset
	}
	raw, err := a.call("getUpdates", params)
	var bad *answerError
	if errors.As(err, &bad) {
		if some := salvage(bad.body); len(some) > 0 {
			return some, false, nil
		}
	}
	if err != nil {
		return nil, false, err
	}
	if kind(raw) != '[' || json.Unmarshal(raw, &list) != nil {
		return nil, false, &answerError{method: "getUpdates", reason: "holds no list of updates", body: raw}
	}
	return list, true, nil
}

// salvage gives the whole updates at the beginning of an answer that breaks
// off or is damaged further on.
func salvage(data []byte) []rawUpdate {
	d := json.NewDecoder(bytes.NewReader(data))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil
		}
		if key != "result" {
			var skip json.RawMessage
			if d.Decode(&skip) != nil {
				return nil
			}
			continue
		}
		if t, err := d.Token(); err != nil || t != json.Delim('[') {
			return nil
		}
		var whole []rawUpdate
		for d.More() {
			var u json.RawMessage
			if d.Decode(&u) != nil {
				break
			}
			whole = append(whole, u)
		}
		return whole
	}
	return nil
}

var idInside = regexp.MustCompile(`"update_id"\s*:\s*([0-9]{1,18})\b`)

// firstID finds the id of the first update in bytes that are no JSON, 0 for
// none: to pass over what cannot be read, its id is all that is needed.
func firstID(data []byte) int64 {
	if m := idInside.FindSubmatch(data); m != nil {
		n, err := strconv.ParseInt(string(m[1]), 10, 64)
		if err == nil {
			return n
		}
	}
	return 0
}
