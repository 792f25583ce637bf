package vault

import (
	"time"

	"sleutelbos/enroll"
)

// Entry is one key as a list shows it: no secrets.
type Entry struct {
	ID        string // unique in the vault and stable
	Issuer    string
	Account   string
	Kind      enroll.Kind
	Algorithm enroll.Algorithm
	Digits    int       // length of a code
	Period    int       // seconds; 0 for HOTP
	Counter   uint64    // next counter; HOTP only
	Added     time.Time // UTC; zero when not known
	Link      *Link     // nil for a key that no server gave
	Groups    []string  // tags, folders: what the person sorted it under
	Favourite bool
	Foreign   bool // another program's, kept without being understood; see [Vault.Foreign]
	// Readable is false for an entry that this version does not understand. It
	// is kept byte for byte; Problem says in English what is wrong with it.
	Readable bool
	Problem  string
}

// Link says which account on which companion server an entry belongs to.
type Link struct {
	Server       string // public address
	Fingerprint  string // of the server's public key, empty for a public certificate
	User         string
	Organisation string
	Environment  string    // see enroll.Environment
	ID           string    // of the pending link
	ExpiresAt    time.Time // when a pending link lapses
	LinkedAt     time.Time // zero: pending
}

// Pending tells whether the link was never confirmed.
func (l *Link) Pending() bool { return l != nil && l.LinkedAt.IsZero() }

func (l *Link) clone() *Link {
	if l == nil {
		return nil
	}
	c := *l
	return &c
}
