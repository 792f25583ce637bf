package identity

import (
	"time"

	"sleutelbos/server/store"
)

// Why a hardware token is due back.
const (
	DueUnassigned = "unassigned" // an administrator ended its link
	DueBlocked    = "blocked"
	DueUnlinked   = "unlinked" // all of the person's means were blocked
	DueDisabled   = "disabled" // too many wrong codes in a row
	DueLinked     = "linked"   // the person linked an app instead
	DueDeleted    = "deleted"  // the person is gone
	DueSignedOff  = "signed-off"
	DueLapsed     = "lapsed" // not used for long
)

// returnTokens marks the hardware tokens that a person has as due back, and keeps
// who it was. It comes before the person's links, or the person, end.
func (d *Desk) returnTokens(tx *store.Tx, person, reason string, now time.Time) error {
	return tx.TokensDue(person, stamp(now), reason)
}

// replaceLinks ends what a new activation takes the place of: every link of the
// person; or, where the organisation lets tokens stay, those of apps.
func (d *Desk) replaceLinks(tx *store.Tx, person string, now time.Time) error {
	keep, err := keepsTokens(tx.View, person)
	if err != nil {
		return err
	}
	if keep {
		return tx.RemoveAppLinks(person)
	}
	if err := d.returnTokens(tx, person, DueLinked, now); err != nil {
		return err
	}
	return tx.RemoveLinks(person)
}

// keepsTokens tells whether a person's hardware token works on beside an app.
func keepsTokens(view *store.View, person string) (bool, error) {
	settings, _, err := signInOf(view, person)
	if err != nil || settings.Others != "" {
		return settings.Others == OthersTokens, err
	}
	organisation, err := readSettings(view)
	return organisation.KeepTokens, err
}
