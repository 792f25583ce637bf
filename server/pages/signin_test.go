package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/pages/pagestest"
)

func TestSigningInAndOut(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	tab := w.tab("nl")
	tab.Open("/profile")
	tab.See("Log eerst in", "Demo", "Servicedesk", "0123 456 789")
	w.enter(tab, "jvries", "verkeerd", w.code(key))
	tab.See("Dit klopt nog niet", "horen niet bij elkaar")
	if !strings.HasPrefix(tab.Title(), "Fout:") || tab.Ask("document.activeElement.id") != "errors" {
		t.Errorf("the error is not announced: %q, focus on %q", tab.Title(), tab.Ask("document.activeElement.id"))
	}
	if got := tab.Ask(`document.querySelector("[name=user]").value`); got != "jvries" {
		t.Errorf("the user name is lost: %q", got)
	}
	tab.Audit()
	tab.Picture("page-signin-wrong-nl")
	w.enter(tab, "JVRIES@voorbeeld.nl", goodPassword, w.code(key))
	tab.See("Mijn profiel", "Jan de Vries")
	if tab.Path() != "/profile" {
		t.Errorf("signing in leads to %s", tab.Path())
	}
	tab.Press("Jan de Vries") // one's own name leads to the start page
	tab.See("Goedemorgen Jan")
	tab.Press("Uitloggen")
	tab.See("Je bent uitgelogd")
	tab.Back()
	tab.NotSee("Goedemorgen Jan")
}

// A lock is said with its end, and alike for a name that nobody has.
func TestLockIsSaidWithItsEnd(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	for _, user := range []string{"jvries", "niemand"} {
		tab := w.tab("nl")
		tab.Open("/")
		for range 5 {
			w.enter(tab, user, "verkeerd-9x", "000000")
		}
		w.enter(tab, user, goodPassword, w.code(key))
		tab.See("op slot", "vandaag om 10:4")
		tab.Picture("page-signin-locked-nl")
	}
	w.wait(16 * time.Minute)
	tab := w.in("nl", "jvries", key)
	tab.See("Goedemorgen Jan")
}

// Somebody whose account begins later, or has ended, is told so.
func TestAccountThatIsNotReady(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	w.must(w.desk.SetSignIn(t.Context(), func(s *identity.SignInSettings) error {
		s.SynchroniseFor = 4 * 60
		return nil
	}))
	tab := w.tab("en")
	tab.Open("/")
	w.enter(tab, "jvries", goodPassword, w.code(key))
	tab.See("still being prepared", "today at 14:30")
	tab.Audit()
	tab.Picture("page-signin-not-ready-en")
}

func TestStaySignedIn(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	tab := w.tab("en")
	tab.Open("/")
	if tab.Ask(`document.querySelector("[name=stay]").checked`) != "false" {
		t.Error("staying signed in is chosen for one")
	}
	w.enter(tab, "jvries", goodPassword, w.code(key))
	for name, age := range tab.Cookies() {
		if strings.Contains(name, "session") && age >= 0 {
			t.Errorf("%s stays without being asked to", name)
		}
		if !strings.HasPrefix(name, "__Host-sleutelbos-demo-") {
			t.Errorf("a cookie is called %s", name)
		}
	}
	w.wait(time.Minute)
	tab.Press("Sign out")
	tab.Tick("Stay signed in")
	w.enter(tab, "jvries", goodPassword, w.code(key))
	kept := false
	for name, age := range tab.Cookies() {
		kept = kept || strings.Contains(name, "session") && age > 0
	}
	if !kept {
		t.Error("staying signed in keeps no cookie")
	}
}

func TestBlockedCookiesAreExplained(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	client := w.web.Client() // keeps no cookies
	body := w.get(client, "/")
	answer, err := client.PostForm(w.address+"/sign-in", url.Values{
		"form": {hiddenField(t, body, "form")}, "user": {"jvries"}, "password": {goodPassword}, "code": {w.code(key)},
	})
	w.must(err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusBadRequest || !strings.Contains(read(t, answer), "bewaart geen cookies") {
		t.Errorf("without cookies: %d", answer.StatusCode)
	}
	// The code was not used up by this.
	tab := w.in("nl", "jvries", key)
	tab.See("Goedemorgen Jan")
	// Where only the old cookie was lost, it heals.
	other := w.tab("nl")
	other.Open("/")
	other.ForgetCookies()
	w.enter(other, "jvries", goodPassword, w.code(key))
	other.See("stond lang open")
	w.enter(other, "jvries", goodPassword, w.code(key))
	other.See("Goedemorgen Jan")
	// So it does where cookies were blocked and are allowed now.
	other.ForgetCookies()
	other.Open("/sign-in/cookies?looked=yes&to=%2Fprofile")
	other.See("bewaart geen cookies")
	other.ForgetCookies()
	other.Press("Opnieuw proberen")
	other.See("Inloggen")
	w.wait(time.Minute)
	w.enter(other, "jvries", goodPassword, w.code(key))
	other.See("Mijn profiel")
	// And a session that is no session is passed over.
	other.ForgetCookies()
	other.SetCookie("__Host-sleutelbos-demo-session", "nonsense")
	other.Open("/")
	other.See("Inloggen")
	other.Open("/profile")
	other.See("Log eerst in")
}

// A browser that is set to block all cookies: nobody gets in, the page says why
// and what to do, nothing is used up, and nothing else on the pages fails for it.
func TestBrowserThatBlocksCookies(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	blocking := pagestest.Browser{NoCookies: true}
	t.Cleanup(blocking.Close)
	for _, language := range []string{"nl", "en"} {
		tab := blocking.Tab(t, w.address, language)
		for _, script := range []bool{true, false} {
			tab.Script(script)
			tab.Open("/")
			w.enter(tab, "jvries", goodPassword, w.code(key))
			tab.See(w.say(tab, "Je browser bewaart geen cookies", "Your browser keeps no cookies"), "Servicedesk")
			if kept := tab.Cookies(); len(kept) > 0 {
				t.Errorf("cookies are kept: %v", kept)
			}
		}
		tab.Script(true)
		tab.Reload()
		tab.Audit()
		tab.Picture("page-no-cookies-" + language)
	}
	w.in("nl", "jvries", key).See("Goedemorgen Jan") // by the same code
}

// Every page can be had, and everything done, without JavaScript.
func TestWithoutJavaScript(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	tab := w.tab("nl")
	tab.Script(false)
	tab.Open("/")
	w.enter(tab, "jvries", goodPassword, w.code(key))
	tab.See("Goedemorgen Jan")
	tab.Press("Profiel en contactgegevens")
	tab.Press("Contactgegevens wijzigen")
	tab.Fill("Telefoon", "0612345678")
	tab.Press("Bewaren")
	tab.See("zijn bewaard", "0612345678")
	tab.Press("English")
	tab.See("Contact details", "0612345678")
}

// Where people sign in with accounts elsewhere too, both stand side by side, and
// it says which is for whom.
func TestMeansStandSideBySide(t *testing.T) {
	w := newWorld(t)
	w.must(w.desk.SetOrganisation(t.Context(), func(o *identity.OrganisationSettings) error {
		o.Outside, o.Environment = true, enroll.Production
		return nil
	}))
	tab := w.tab("nl")
	tab.AuditBoth("/")
	tab.See("Voor iedereen met een account bij Gemeente Voorbeeld", "Voor wie een eHerkenning-", "Productie")
	tab.NotSee("oefenen")
	tab.Picture("page-signin-means-nl")
}
