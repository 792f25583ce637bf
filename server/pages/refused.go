package pages

import (
	"errors"

	"sleutelbos/server/identity"
	"sleutelbos/server/letter"
)

// refusal is what a person reads when the desk refuses something.
type refusal struct {
	err  error
	said string // key
}

// refusals lists what the desk refuses for a reason that a person can do
// something about. A page that knows a better place says it there; any other
// shows it as an error page. A test holds that no refusal is left without words.
func refusals() []refusal {
	return []refusal{
		{identity.ErrLinked, "signing.linked-already"},
		{identity.ErrNotLinked, "signing.not-linked"},
		{identity.ErrNotActive, "signing.not-active"},
		{identity.ErrNoMail, "signing.no-mail"},
		{identity.ErrDayCodes, "signing.day-codes-used"},
		{identity.ErrDayCodeOff, "signing.day-codes-off"},
		{identity.ErrOneself, "signing.oneself"},
		{letter.ErrScript, "signing.script"},
		{identity.ErrResetsOneself, "refused.resets-oneself"},
		{identity.ErrRelease, "refused.release"},
		{identity.ErrLastAdministrator, "person.last"},
		{identity.ErrUserTaken, "person.user-taken"},
		{identity.ErrEmailTaken, "person.email-taken"},
		{identity.ErrEdited, "organisations.edited"},
		{identity.ErrOrganisationTaken, "organisations.taken"},
		{identity.ErrPartTaken, "organisations.part-taken"},
		{identity.ErrMainOrganisation, "refused.main"},
		{identity.ErrBuiltIn, "roles.built-in"},
		{identity.ErrRoleHeld, "roles.held"},
		{identity.ErrLinksFull, "adding.full-now"},
		{identity.ErrLastLink, "devices.last"},
		{identity.ErrLostLater, "lost.day-wrong"},
		{identity.ErrFurtherGone, "adding.gone"},
		{identity.ErrFurtherCode, "adding.code-wrong"},
		{identity.ErrSignInAgain, "refused.sign-in-again"},
		{identity.ErrImportFile, "import.unreadable"},
		{identity.ErrNote, "refused.note"},
	}
}

// refusedSaid is the key of what is said of a refusal; empty: it is none.
func refusedSaid(err error) string {
	for _, one := range refusals() {
		if errors.Is(err, one.err) {
			return one.said
		}
	}
	return ""
}
