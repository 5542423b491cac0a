package cli

import (
	"context"
	"errors"

	"stakeout/app"
)

// look writes down that somebody looks behind the mask, or at what is
// privileged, before anything of it is shown; who may not read that is refused.
func (s *session) look(ctx context.Context, a *app.App, reveal, privileged bool, query, reason string) error {
	if privileged && !a.MayReadPrivileged(s.UID) {
		return errors.New("what is privileged is shown only to the users that mail.readers of the configuration names")
	}
	if reveal {
		if err := a.RecordAccess(ctx, s.UID, "reveal", query, reason); err != nil {
			return err
		}
	}
	if privileged {
		return a.RecordAccess(ctx, s.UID, "privileged", query, reason)
	}
	return nil
}
