package pages_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/pages/pagestest"
)

// office is a world with an administrator who is signed in.
type office struct {
	*world
	tab  *pagestest.Tab
	boss identity.Person
}

func newOffice(t *testing.T, language string, mail bool) *office {
	t.Helper()
	w := newWorld(t)
	if mail {
		w.must(w.desk.SetMail(t.Context(), identity.Mail{From: "codes@voorbeeld.nl"}))
	}
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	o := &office{world: w, tab: w.in(language, "bbeheer", key)}
	var err error
	o.boss, err = w.desk.Person(t.Context(), "bbeheer")
	w.must(err)
	o.posted() // what the administrator was told
	return o
}

// newcomer is somebody who is not linked.
func (o *office) newcomer(user, name string) identity.Person {
	o.t.Helper()
	p, err := o.desk.AddPerson(o.t.Context(), identity.NewPerson{User: user, Name: name, Email: user + "@voorbeeld.nl"})
	o.must(err)
	return p
}

func (o *office) find(user string) identity.Person {
	o.t.Helper()
	p, err := o.desk.Person(o.t.Context(), user)
	o.must(err)
	return p
}

// posted takes what waits to be mailed.
func (o *office) posted() (all []identity.Message) {
	o.t.Helper()
	for {
		m, _, ok, err := o.desk.TakeMessage(o.t.Context())
		o.must(err)
		if !ok {
			return all
		}
		o.must(o.desk.Sent(o.t.Context(), m))
		all = append(all, m)
	}
}

func TestAdministratorMailsAnActivationCode(t *testing.T) {
	o := newOffice(t, "nl", true)
	anna := o.newcomer("adevries", "Anna de Vries")
	tab := o.tab
	tab.Open("/people/" + anna.ID)
	tab.See("Nog niet gekoppeld", "Brief (PDF)")
	tab.NotSee("Dagcode geven", "Ontkoppelen")
	tab.Press("Activatiecode mailen")
	tab.See("Klopt dit adres? adevries@voorbeeld.nl", "24 uur")
	if len(o.posted()) != 0 {
		t.Fatal("mailed before it was confirmed")
	}
	tab.Audit()
	tab.Picture("signing-mail-confirm-nl")
	tab.Press("Code mailen")
	tab.See("Er is een activatiecode onderweg naar adevries@voorbeeld.nl", "Er is een code onderweg")
	mails := o.posted()
	if len(mails) != 1 || mails[0].To != "adevries@voorbeeld.nl" || mails[0].Secret == "" {
		t.Fatalf("%d mails", len(mails))
	}
	if strings.Contains(tab.Text(), mails[0].Secret) {
		t.Error("the administrator sees the code")
	}
	tab.Reload()
	tab.See("Activatiecode", "verstuurd")
}

func TestAdministratorUnlinksAndMails(t *testing.T) {
	o := newOffice(t, "en", true)
	key := o.person("jvries", "Jan de Vries", identity.RoleUser)
	jan := o.find("jvries")
	o.posted()
	tab := o.tab
	tab.Open("/people/" + jan.ID)
	tab.NotSee("Mail activation code", "Letter (PDF)")
	tab.Press("Unlink and mail a code")
	tab.See("You cannot undo this", "Is that address right?")
	tab.Picture("signing-unlink-en")
	tab.Press("Unlink and mail a code")
	tab.See("Jan de Vries is unlinked", "Mail activation code")
	kinds := map[identity.MessageKind]bool{}
	for _, m := range o.posted() {
		kinds[m.Kind] = true
	}
	if !kinds[identity.MessageActivation] || !kinds[identity.MessageUnlinked] {
		t.Errorf("%v", kinds)
	}
	_ = key
	if o.find("jvries").Linked() {
		t.Error("still linked")
	}
}

func TestDayCodeIsShownOnceAndSignsIn(t *testing.T) {
	o := newOffice(t, "nl", true)
	o.person("jvries", "Jan de Vries", identity.RoleUser)
	jan := o.find("jvries")
	tab := o.tab
	tab.Open("/people/" + jan.ID)
	tab.Press("Dagcode geven")
	tab.See("Weet je zeker dat je Jan de Vries spreekt?", "middernacht")
	tab.Press("Ik weet het zeker: geef de code")
	tab.See("Dagcode van Jan de Vries", "24 november 2026")
	tab.Audit()
	code := tab.Ask("document.querySelector('code.key').textContent")
	tab.Picture("signing-day-code-nl")
	if len(code) != 11 {
		t.Fatalf("%q", code)
	}
	theirs := o.tab2("nl")
	theirs.Open("/")
	o.enter(theirs, "jvries", goodPassword, code)
	theirs.See("Jan")
	tab.Press("Terug naar Jan de Vries")
	tab.NotSee(code)
	tab.Press("Dagcode geven")
	tab.Press("Ik weet het zeker: geef de code")
	tab.See("afgelopen zeven dagen al een dagcode")
	if strings.Contains(o.log.String(), code) || strings.Contains(o.log.String(), strings.ReplaceAll(code, " ", "")) {
		t.Error("the log tells the code")
	}
}

func (o *office) tab2(language string) *pagestest.Tab { return o.world.tab(language) }

func TestPasswordIsResetAndShownOnce(t *testing.T) {
	o := newOffice(t, "en", true)
	key := o.person("jvries", "Jan de Vries", identity.RoleUser)
	jan := o.find("jvries")
	tab := o.tab
	tab.Open("/people/" + jan.ID)
	tab.Press("Reset the password")
	tab.See("The old password stops working at once")
	tab.Press("Reset the password")
	tab.See("Temporary password of Jan de Vries")
	temporary := tab.Ask("document.querySelector('code.key').textContent")
	tab.Picture("signing-password-en")
	theirs := o.tab2("en")
	theirs.Open("/")
	o.enter(theirs, "jvries", temporary, o.code(key))
	if !strings.HasPrefix(theirs.Path(), "/password") {
		t.Errorf("after the temporary password: %s", theirs.Path())
	}
}

func TestWithoutMailTheCodeIsShownOnce(t *testing.T) {
	o := newOffice(t, "nl", false)
	anna := o.newcomer("adevries", "Anna de Vries")
	tab := o.tab
	tab.Open("/people/" + anna.ID)
	tab.Press("Activatiecode maken")
	tab.See("Deze server verstuurt geen mail")
	tab.Press("Activatiecode maken")
	code := tab.Ask("document.querySelector('code.key').textContent")
	if _, err := enroll.ParseActivationCode(code); err != nil {
		t.Errorf("%q: %v", code, err)
	}
	tab.Press("Terug naar Anna de Vries")
	tab.NotSee(code)
}

func TestLettersForASelection(t *testing.T) {
	o := newOffice(t, "nl", true)
	o.newcomer("adevries", "Anna de Vries")
	o.newcomer("bjansen", "Bert Jansen")
	o.person("jvries", "Jan de Vries", identity.RoleUser)
	o.posted()
	tab := o.tab
	tab.Open("/people/letters")
	tab.See("Anna de Vries", "Bert Jansen")
	tab.NotSee("Jan de Vries")
	tab.Press("Codes mailen")
	tab.See("Kies minstens één persoon.")
	tab.Audit()
	tab.Tick("Anna de Vries")
	tab.Tick("Bert Jansen")
	tab.Picture("letters-nl")
	tab.Press("Codes mailen")
	tab.See("Activatiecodes mailen aan 2 mensen?")
	tab.Press("Codes mailen")
	tab.See("Er zijn 2 activatiecodes onderweg.")
	to := map[string]string{}
	for _, m := range o.posted() {
		to[m.To] = m.Secret
	}
	if len(to) != 2 || to["adevries@voorbeeld.nl"] == to["bjansen@voorbeeld.nl"] {
		t.Errorf("%d mails", len(to))
	}
}

// The letter is fetched as the browser does, with the administrator's cookies.
func TestLetterIsForThoseWhoManageThePerson(t *testing.T) {
	o := newOffice(t, "nl", true)
	anna := o.newcomer("adevries", "Anna de Vries")
	o.person("jvries", "Jan de Vries", identity.RoleUser)
	get := func(cookies []*http.Cookie, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		o.web.Config.Handler.ServeHTTP(w, r)
		return w
	}
	boss := o.cookies("bbeheer")
	if w := get(boss, "/people/"+anna.ID+"/letter"); w.Code != 200 || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF")) ||
		w.Header().Get("Content-Type") != "application/pdf" || !strings.Contains(w.Header().Get("Content-Disposition"), "brief-sleutelbos.pdf") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := get(boss, "/people/"+o.find("jvries").ID+"/letter"); w.Code != http.StatusSeeOther {
		t.Errorf("somebody who is linked: %d", w.Code)
	}
	if w := get(o.cookies("jvries"), "/people/"+anna.ID+"/letter"); w.Code != http.StatusForbidden {
		t.Errorf("for a user: %d", w.Code)
	}
	if w := get(nil, "/people/"+anna.ID+"/letter"); w.Code != http.StatusSeeOther {
		t.Errorf("for a stranger: %d", w.Code)
	}
}

// cookies gives the session of somebody who signs in by a code of the desk's.
func (o *office) cookies(user string) []*http.Cookie {
	o.t.Helper()
	signed, err := o.desk.SignIn(o.t.Context(), identity.SignInRequest{User: user, Password: goodPassword, Code: o.fresh(user)})
	o.must(err)
	return []*http.Cookie{{Name: o.sessionCookie(), Value: signed.Token.Reveal()}}
}

// fresh is a day code of somebody, in place of a code from an app.
func (o *office) fresh(user string) string {
	o.t.Helper()
	o.must(o.desk.SetOrganisation(o.t.Context(), func(s *identity.OrganisationSettings) error { s.DayCodes = 100; return nil }))
	code, _, err := o.desk.IssueDayCode(o.t.Context(), identity.Operator(), o.find(user).ID)
	o.must(err)
	return code.Reveal()
}

// sessionCookie is the name of the cookie that the tab got.
func (o *office) sessionCookie() string {
	o.t.Helper()
	for name := range o.tab.Cookies() {
		if strings.Contains(name, "session") {
			return name
		}
	}
	o.t.Fatal("no cookie holds a session")
	return ""
}

func TestOneselfUnlinksAndBeginsAnew(t *testing.T) {
	o := newOffice(t, "nl", true)
	key := o.person("jvries", "Jan de Vries", identity.RoleUser)
	o.posted()
	tab := o.in("nl", "jvries", key)
	tab.Open("/profile/devices")
	tab.Press("Ontkoppelen en code mailen")
	tab.See("De activatiecode gaat naar jvries@voorbeeld.nl")
	tab.Press("Ontkoppelen en code mailen")
	tab.See("Je bent ontkoppeld")
	mails := o.posted()
	if len(mails) < 2 || o.find("jvries").Linked() {
		t.Errorf("%d mails", len(mails))
	}
}

func TestSigningPagesCanBeUsedByEverybody(t *testing.T) {
	w := newWorld(t)
	w.must(w.desk.SetMail(t.Context(), identity.Mail{From: "codes@voorbeeld.nl"}))
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	boss, err := w.desk.Person(t.Context(), "bbeheer")
	w.must(err)
	_, err = w.desk.EditPerson(t.Context(), identity.Operator(), boss.ID, boss.Version, false, func(d *identity.Details) error {
		d.Grants = append(d.Grants, identity.Grant{Role: identity.RoleOperator, Organisation: "main"})
		return nil
	})
	w.must(err)
	w.person("jvries", "Jan de Vries", identity.RoleUser)
	o := &office{world: w}
	anna := o.newcomer("adevries", "Anna de Vries")
	_, err = w.desk.MailActivation(t.Context(), identity.Operator(), anna.ID)
	w.must(err)
	m, _, _, err := w.desk.TakeMessage(t.Context())
	w.must(err)
	w.must(w.desk.PutOff(t.Context(), m, "450 4.2.0", false))
	m, _, _, err = w.desk.TakeMessage(t.Context())
	w.must(err)
	w.must(w.desk.Undeliverable(t.Context(), m, "550 5.1.1"))
	w.wait(10 * time.Second)
	for _, language := range []string{"nl", "en"} {
		tab := w.in(language, "bbeheer", key)
		for _, p := range []struct{ name, path string }{
			{"signing-linked", "/people/" + o.find("jvries").ID},
			{"signing-new", "/people/" + anna.ID},
			{"letters", "/people/letters"},
			{"mail", "/mail"},
		} {
			tab.Open(p.path)
			tab.Audit()
			tab.Picture("page-" + p.name + "-" + language)
		}
	}
}
