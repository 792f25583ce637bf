package linking

import (
	"context"
	"errors"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/vault"
)

// Pending finds the links that were sealed in the vault and never confirmed:
// the program ended between the two calls.
func Pending(v *vault.Vault) []vault.Entry {
	var pending []vault.Entry
	for _, e := range v.List() {
		if e.Link != nil && e.Link.LinkedAt.IsZero() {
			pending = append(pending, e)
		}
	}
	return pending
}

// Resume takes a pending link up again. One whose time has passed is asked for
// all the same, because the confirmation may have arrived before the program
// ended; the server's "gone" then takes it out of the vault.
func Resume(ctx context.Context, v *vault.Vault, entry vault.Entry, now func() time.Time) (Linked, error) {
	server := Server{Address: entry.Link.Server, Fingerprint: entry.Link.Fingerprint}
	conversation, err := Start(server, now)
	if err != nil {
		return Linked{}, err
	}
	defer conversation.Close()
	return conversation.Confirm(ctx, v, entry)
}

// IsGone tells whether the server no longer knows the pending link.
func IsGone(err error) bool {
	var problem *enroll.Problem
	return errors.As(err, &problem) && problem.Type == enroll.ProblemLinkGone
}
