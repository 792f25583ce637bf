package pages_test

import (
	"testing"

	"sleutelbos/server/identity"
)

// Somebody who is locked calls; an administrator ends the lock on the person's
// page, unless the organisation leaves that to time.
func TestAdministratorEndsALock(t *testing.T) {
	o := newOffice(t, "nl", true)
	key := o.person("jvries", "Jan de Vries", identity.RoleUser)
	jan := "/people/" + o.find("jvries").ID
	lock := func() {
		t.Helper()
		stranger := o.world.tab("nl")
		stranger.Open("/")
		for range 5 {
			o.enter(stranger, "jvries", "verkeerd-9x", "000000")
		}
		stranger.See("op slot")
	}
	lock()
	tab := o.tab
	tab.Open(jan)
	tab.See("Op slot na te veel foute pogingen, tot: vandaag om 10:46.")
	for _, language := range []string{"en", "nl"} {
		tab.Language(language)
		tab.Open(jan)
		tab.Audit()
		tab.Picture("page-person-locked-" + language)
		tab.Press(o.say(tab, "Blokkade opheffen", "End the lock"))
		tab.Audit()
		tab.Picture("question-unlock-" + language)
	}
	tab.Press("Blokkade opheffen")
	tab.See("Jan de Vries kan weer inloggen")
	tab.NotSee("Op slot")
	o.in("nl", "jvries", key).See("Mijn account")
	tab.Open("/audit?kind=person.unlock")
	tab.See("Bea Beheer")

	o.must(o.desk.SetSignIn(t.Context(), func(s *identity.SignInSettings) error { s.Release = identity.ReleaseAdministrator; return nil }))
	lock()
	tab.Open(jan)
	tab.See("tot een beheerder de blokkade opheft", "Blokkade opheffen")
	o.must(o.desk.SetSignIn(t.Context(), func(s *identity.SignInSettings) error { s.Release = identity.ReleaseTime; return nil }))
	tab.Open(jan)
	tab.See("Op slot")
	tab.NotSee("Blokkade opheffen")
	tab.Open(jan + "/unlock")
	tab.Press("Blokkade opheffen")
	tab.See("alleen vanzelf")
}
