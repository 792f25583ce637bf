package pages_test

import (
	"testing"

	"sleutelbos/server/identity"
)

// Somebody calls who lost a device: the administrator blocks that one, after a
// page that says what follows; an administrator of elsewhere cannot.
func TestLossReportedForSomebody(t *testing.T) {
	w := newWorld(t)
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	w.person("jvries", "Jan de Vries", identity.RoleUser)
	p, err := w.desk.Person(t.Context(), "jvries")
	w.must(err)
	for _, language := range []string{"en", "nl"} {
		tab := w.in(language, "bbeheer", key)
		say := func(dutch, english string) string { return w.say(tab, dutch, english) }
		tab.Open("/people/" + p.ID)
		tab.Press(say("Verlies melden", "Report a loss"))
		tab.Ask(`(document.querySelector("[name=hour]").value = "23:59", "")`)
		tab.Press(say("Melden en blokkeren", "Report and block"))
		tab.See(say("Kies een moment dat geweest is", "moment in the past"))
		tab.Audit()
		tab.Picture("page-lost-of-" + language)
		tab.Ask(`(document.querySelector("[name=hour]").value = "08:15", "")`)
		tab.Press(say("Melden en blokkeren", "Report and block"))
		tab.See(say("Laptop blokkeren?", "Block Laptop?"), say("enige apparaat", "the only device"))
		tab.Audit()
		tab.Picture("page-lost-of-confirm-" + language)
		if language == "nl" {
			tab.Press("Ja, blokkeren")
			tab.See("het apparaat is geblokkeerd")
		}
	}
	losses, err := w.desk.Losses(t.Context(), "jvries")
	w.must(err)
	if len(losses) != 1 || losses[0].Lost.UTC().Format("15:04") != "07:15" {
		t.Errorf("kept is %+v", losses)
	}
	school, err := w.desk.AddOrganisation(t.Context(), identity.Operator(), "School", nil)
	w.must(err)
	tab := w.in("nl", "ana", w.personOf("ana", "Ana Alfa", school))
	tab.Open("/people/" + p.ID + "/lost")
	tab.NotSee("Jan de Vries")
}
