package identity

import (
	"context"
	"errors"
	"time"

	"sleutelbos/server/store"
)

// Examined is what can be known of a database without changing it.
type Examined struct {
	Copy
	Settings OrganisationSettings
	Mail     MailStanding // by the time given
}

// Examine is [Prove] for a database in use: it tells as much as can be known,
// beside the first error. A nil key leaves out whether it is the right one.
func Examine(ctx context.Context, path string, key *ServerKey, now time.Time) (Examined, error) {
	var found Examined
	err := store.ReadFile(ctx, path, func(view *store.View) error {
		var failed error
		note := func(err error) { failed = errors.Join(failed, err) }
		var err error
		found.Version, found.Old, err = view.Version()
		note(err)
		found.Settings, err = readSettings(view)
		note(err)
		if found.Version > 0 && !found.Old {
			note(found.Mail.read(view, now))
		}
		rows, err := view.NewestAudit(1)
		note(err)
		if len(rows) > 0 {
			found.Newest = moment(rows[0].At)
		}
		note(view.Check())
		if key != nil && failed == nil {
			note(key.fits(view))
		}
		return failed
	})
	return found, err
}

// CheckClock returns [ErrClock] for a clock that cannot be right.
func CheckClock(now time.Time) error {
	if now.Before(time.Date(earliestYear, 1, 1, 0, 0, 0, 0, time.UTC)) {
		return ErrClock
	}
	return nil
}
