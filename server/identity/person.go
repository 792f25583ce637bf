package identity

import "time"

// Role is what a person may do.
type Role string

// The roles.
const (
	RoleUser          Role = "user"
	RoleAdministrator Role = "administrator"
)

// NewPerson is what is asked about a person who is not there yet.
type NewPerson struct {
	User  string // user name, given by hand; the person links and signs in with it
	Name  string // full name
	Email string // personal address of the organisation
	Role  Role   // RoleUser when empty
}

// Person is one who signs in, as an administrator sees them.
type Person struct {
	ID            string
	User          string
	Name          string
	Email         string
	Role          Role
	Created       time.Time
	Links         []Link
	Activation    *Activation // the newest; nil when there is none
	LockedUntil   time.Time   // zero when not locked now
	Failures      int         // wrong codes that count towards the next lock
	FailuresInRow int         // wrong codes since the last right one
}

// Link is one authenticator of a person.
type Link struct {
	ID       string
	Device   string // as the person named it
	LinkedAt time.Time
	LastUsed time.Time // zero before the first code was accepted
	Disabled time.Time // zero while it works
	Token    string    // serial number of the hardware token; empty for an app
	// OutOfStep is since when the link waits for [Desk.Resync]; zero when it
	// does not.
	OutOfStep time.Time
}

// ActivationState says what became of an activation code.
type ActivationState string

// The states of an activation code.
const (
	ActivationValid    ActivationState = "valid"
	ActivationExpired  ActivationState = "expired"
	ActivationUsed     ActivationState = "used"
	ActivationVoid     ActivationState = "void"     // too many wrong tries
	ActivationReplaced ActivationState = "replaced" // a newer one was made
)

// Activation is what is known of an activation code; the code itself is not.
type Activation struct {
	Made      time.Time
	Expires   time.Time
	State     ActivationState
	TriesLeft int // wrong tries that the user name has left
}
