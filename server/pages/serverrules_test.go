package pages_test

import (
	"testing"

	"sleutelbos/server/identity"
)

// What organisations follow that do not decide for themselves: the operator sets
// it on one page, with what was shipped beside it. Who saves after another is
// told what that was.
func TestDefaultsOfAllOrganisations(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	key := w.operator("bbeheer", "Bea Beheer")
	tab := w.in("nl", "bbeheer", key)
	tab.Open("/settings")
	tab.Press("Standaard")
	tab.See("Standaard voor alle organisaties", "Meegeleverd: Wachtwoord en code.", "Meegeleverd: 91.")
	tab.NotSee("E-mailadressen", "andere middelen")
	tab.Audit()
	tab.Picture("page-server-rules-nl")
	tab.Choose("Wat is nodig om in te loggen met de rol Gebruiker", "Alleen een wachtwoord")
	tab.Choose("Wie herstelt een vergeten wachtwoord, bij de rol Gebruiker", "Een beheerder")
	tab.Fill("Minimaal aantal tekens", "7")
	tab.Press("Bewaren")
	tab.See("Vul een heel getal tussen de grenzen in")
	tab.Audit()
	tab.Picture("page-server-rules-wrong-nl")
	tab.Fill("Minimaal aantal tekens", "12")
	w.must(w.desk.SetServerRules(ctx, identity.Operator(), []identity.RuleChange{{Key: "reset.user", Value: "person"}, {Key: "remember-hours", Value: "4"}}))
	tab.Press("Bewaren")
	tab.See("Iemand anders maakte hier intussen De persoon zelf van")
	tab.Press("Bewaren")
	tab.See("De instellingen zijn bewaard", "Eigen keuze")
	s, err := w.desk.SignInSettings(ctx)
	w.must(err)
	if s.Means[identity.RoleUser] != identity.LeastPassword || s.Resets(identity.RoleUser) != identity.ResetAdministrator || s.Passwords.MinLength != 12 || s.Passwords.Letters != 4 || s.RememberHours != 4 {
		t.Errorf("set is %+v", s)
	}
	tab.Press("Terug naar de standaard: Minimaal aantal tekens")
	if s, err = w.desk.SignInSettings(ctx); err != nil || s.Passwords != identity.ShippedRules()[0] {
		t.Errorf("given back is %+v, %v", s.Passwords, err)
	}
	tab.Open("/settings/main")
	tab.See("Standaard: Alleen een wachtwoord.", "Zoals de standaard (Een beheerder)")
	tab.Open("/audit?kind=signin.set")
	tab.See("Bea Beheer", "means.user: - > password", "passwords.min_length: 8 > 12")
	tab = w.in("en", "bbeheer", key)
	tab.Open("/settings/server/rules")
	tab.Audit()
	tab.Picture("page-server-rules-en")
}
