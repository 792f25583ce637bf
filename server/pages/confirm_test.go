package pages_test

import (
	"testing"

	"sleutelbos/server/identity"
)

// Every question that stands at an address of its own, and what is shown once
// after it, in both languages.
func TestQuestionsCanBeReadByEverybody(t *testing.T) {
	w := newWorld(t)
	w.must(w.desk.SetMail(t.Context(), identity.Mail{From: "codes@voorbeeld.nl"}))
	w.must(w.desk.SetOrganisation(t.Context(), func(s *identity.OrganisationSettings) error { s.DayCodes = 100; return nil }))
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	boss, err := w.desk.Person(t.Context(), "bbeheer")
	w.must(err)
	_, err = w.desk.EditPerson(t.Context(), identity.Operator(), boss.ID, boss.Version, false, func(d *identity.Details) error {
		d.Grants = append(d.Grants, identity.Grant{Role: identity.RoleOperator, Organisation: identity.MainOrganisation})
		return nil
	})
	w.must(err)
	w.person("jvries", "Jan de Vries", identity.RoleUser)
	school, err := w.desk.AddOrganisation(t.Context(), identity.Operator(), "School Beta", nil)
	w.must(err)
	o := &office{world: w}
	jan, anna := "/people/"+o.find("jvries").ID, "/people/"+o.newcomer("adevries", "Anna de Vries").ID
	for _, language := range []string{"nl", "en"} {
		tab := w.in(language, "bbeheer", key)
		for _, p := range []struct{ name, path, do string }{
			{"activation", anna + "/activation", ""},
			{"unlink", jan + "/unlink", ""},
			{"delete", jan + "/delete", ""},
			{"own-unlink", "/profile/unlink", ""},
			{"sign-off", "/organisations/" + school + "/sign-off", ""},
			{"day-code", jan + "/day-code", w.say(tab, "Ik weet het zeker", "I am sure")},
			{"reset-password", jan + "/reset-password", w.say(tab, "Wachtwoord resetten", "Reset the password")},
		} {
			tab.Open(p.path)
			tab.Audit()
			tab.Picture("question-" + p.name + "-" + language)
			if p.do != "" {
				tab.Press(p.do)
				tab.Audit()
				tab.Picture("question-" + p.name + "-done-" + language)
			}
		}
		// Looking did nothing.
		tab.Open(jan)
		tab.See(w.say(tab, "Dagcode geven", "day"))
	}
}
