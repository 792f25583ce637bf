package identity

import (
	"time"

	"sleutelbos/server/store"
)

// Role is the key of a role; see [RoleDefinition].
type Role string

// The roles of the program itself.
const (
	RoleUser          Role = "user"          // somebody is there, and no more
	RoleAdministrator Role = "administrator" // manages people
	RoleOperator      Role = "operator"      // and organisations, roles and administrators
)

// Authenticator is what a person links and signs in with.
type Authenticator string

// The authenticators.
const (
	AuthenticatorToken   Authenticator = store.MeansToken   // user name, password and a code
	AuthenticatorOutside Authenticator = store.MeansOutside // an account elsewhere, linked once
)

// Details is what an administrator sets about a person.
type Details struct {
	// User is the user name, with which the person links and signs in. It is
	// given by hand for a token and assigned for an outside account.
	User string
	// Name is the full name. Where Family is set, it is made of the three.
	Name                  string
	Given, Prefix, Family string
	Email                 string // personal address of the organisation, to sign in with
	Notices               string // address for notices, any, also shared; empty: Email
	Phone                 string
	Job                   string        // the person's function
	Organisation          string        // id; the operator's own when empty
	Language              string        // "nl", "en", or empty: not known
	Means                 Authenticator // AuthenticatorToken when empty
	Starts, Ends          time.Time
	StopgapEnds           time.Time // until then a password alone will do
	Grants                []Grant
	// Role, for a new person without grants, is held for the whole
	// organisation: RoleUser when empty.
	Role Role
}

// NewPerson is what is asked about a person who is not there yet.
type NewPerson = Details

// Person is one who signs in, as an administrator sees them. Role and
// Details.Role are RoleAdministrator for whoever manages, else RoleUser.
type Person struct {
	ID string
	Details
	Version       int64 // goes up with every change of Details
	Standing      Standing
	Created       time.Time
	Deleted       time.Time // zero: not
	Links         []Link
	Activation    *Activation // the newest; nil when there is none
	LockedUntil   time.Time   // zero when not locked now
	Failures      int         // wrong codes that count towards the next lock
	FailuresInRow int         // wrong codes since the last right one
}

// Linked tells whether a link of the person works.
func (p Person) Linked() bool {
	for _, l := range p.Links {
		if l.Disabled.IsZero() {
			return true
		}
	}
	return false
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
