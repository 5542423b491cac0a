package app

import (
	"context"
	"fmt"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"stakeout/bot/export"
	"stakeout/ledger"
	"stakeout/message"
)

// MayReadPrivileged reports that a user of this machine, by the number that the
// kernel told, is named in mail.readers of the configuration. An unknown user
// is not, nor is root by being root.
func (a *App) MayReadPrivileged(uid int) bool { return mayRead(a.Config.Mail.Readers, uid) }

// mayRead looks for a user among readers, by name or by number: a directory
// service's users have no name that a static program could look up.
func mayRead(readers []string, uid int) bool {
	if uid < 0 || len(readers) == 0 {
		return false
	}
	number := strconv.Itoa(uid)
	if slices.Contains(readers, number) {
		return true
	}
	u, err := user.LookupId(number)
	return err == nil && u.Username != "" && slices.Contains(readers, u.Username)
}

// MayHoldPrivileged reports that what an acquisition brought may hold counsel's
// own words where nobody has told them apart: it is not known to be of chat.
func (a *App) MayHoldPrivileged(ctx context.Context, acquisition int64) (bool, error) {
	if acquisition < 1 || acquisition > a.Ledger.Size() {
		return true, nil
	}
	es, err := a.Ledger.Entries(ctx, []int64{acquisition})
	if err != nil {
		return true, fmt.Errorf("look up acquisition %d: %w", acquisition, err)
	}
	return !chat(es[0].Acq), nil
}

// chat reports that an acquisition is known to be of chat alone.
func chat(q *ledger.Acquisition) bool {
	if q == nil {
		return false
	}
	if q.Kind != "import" {
		return q.Source == message.Discord || q.Source == message.Telegram
	}
	for f := range strings.SplitSeq(q.Format, "+") {
		if !slices.Contains([]string{export.FormatDiscord, export.FormatTelegram, export.FormatLines}, f) {
			return false
		}
	}
	return true
}
