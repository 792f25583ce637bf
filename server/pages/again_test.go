package pages_test

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sleutelbos/server/identity"
	"sleutelbos/server/pages"
	"sleutelbos/server/store"
)

// beside is the address of another server on the same database and key.
func (w *world) beside() string {
	w.t.Helper()
	key, err := identity.ServerKeyFile(filepath.Join(w.folder, "server.key"), filepath.Join(w.folder, "db"), rand.Reader)
	w.must(err)
	s, err := store.Open(w.t.Context(), filepath.Join(w.folder, "db"))
	w.must(err)
	log := slog.New(slog.NewJSONHandler(&w.log, nil))
	desk, err := identity.New(w.t.Context(), identity.Options{Store: s, Key: key, Now: w.clock, Random: rand.Reader, Log: log, PasswordCost: identity.HashCost{Memory: 64, Passes: 1, Lanes: 1}, Pages: true})
	w.must(err)
	web := httptest.NewUnstartedServer(nil)
	web.StartTLS()
	web.Config.Handler, err = pages.New(pages.Options{Desk: desk, Now: w.clock, Random: rand.Reader, Log: log, URL: w.address})
	w.must(err)
	w.t.Cleanup(func() {
		web.Close()
		_ = desk.Close()
		_ = s.Close()
	})
	return web.URL
}

// A form that is sent to two servers at once, and again, is carried out once and
// answered alike; what is shown only once is not made twice.
func TestDoubleSubmitToTwoServers(t *testing.T) {
	w := newWorld(t)
	both := []string{w.address, w.beside()}
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	w.person("jvries", "Jan de Vries", identity.RoleUser)
	client := w.session("bbeheer", w.code(key))
	form := url.Values{"form": {hiddenField(t, w.get(client, "/report"), "form")}, "about": {"balie"}, "fault": {"shared"}}
	post := func(address, path string, form url.Values) (where, page string) {
		answer, err := client.PostForm(address+path, form)
		if err != nil {
			t.Error(err)
			return "", ""
		}
		defer answer.Body.Close()
		return answer.Request.URL.Path, read(t, answer)
	}
	var wait sync.WaitGroup
	for i := range 6 {
		wait.Go(func() {
			if where, _ := post(both[i%2], "/report", form); where != "/" {
				t.Errorf("a repeat leads to %s", where)
			}
		})
	}
	wait.Wait()
	if n := len(w.reports()); n != 1 {
		t.Errorf("%d reports of one form sent to two servers", n)
	}
	p, err := w.desk.Person(t.Context(), "jvries")
	w.must(err)
	path := "/people/" + p.ID + "/reset-password"
	form = url.Values{"form": {hiddenField(t, w.get(client, path), "form")}, "confirmed": {"yes"}}
	_, first := post(both[0], path, form)
	_, second := post(both[1], path, form)
	if !strings.Contains(first, "Tijdelijk wachtwoord") || !strings.Contains(second, "Dit is al gedaan") {
		t.Errorf("the first server says\n%s\nthe second\n%s", first, second)
	}
	rows, err := w.desk.FindAudit(t.Context(), identity.Operator(), identity.AuditSearch{Kind: "password.reset"})
	w.must(err)
	if len(rows.Lines) != 1 {
		t.Errorf("%d passwords were made", len(rows.Lines))
	}
}

// The back button leads to what was answered to a form, with all that was typed
// and without a question whether to send it again; nobody else gets it.
func TestBackToWhatAnsweredAForm(t *testing.T) {
	w := newWorld(t)
	key := w.operator("bbeheer", "Bea Beheer")
	for _, code := range []string{"bz", "wmo"} {
		_, err := w.desk.SetPart(t.Context(), identity.Operator(), identity.Part{Organisation: identity.MainOrganisation, Code: code})
		w.must(err)
	}
	for _, script := range []bool{true, false} {
		tab := w.in("nl", "bbeheer", key)
		tab.Script(script)
		tab.Open("/organisations/main")
		tab.Fill("Code", "bz")
		tab.Fill("Naam van het", "Burgerzaken")
		tab.Press("Onderdeel toevoegen")
		tab.See("Er is al een onderdeel met deze code")
		tab.Open("/")
		tab.Back()
		tab.See("Er is al een onderdeel met deze code")
		if script {
			if got := tab.Ask(`document.querySelector("[name=part-name]").value`); got != "Burgerzaken" {
				t.Errorf("typed was Burgerzaken, now it is %q", got)
			}
			tab.Reload()
			tab.See("Er is al een onderdeel met deze code")
		}
		tab.Script(true)
		tab.Open("/organisations/main")
		tab.Press("Beëindigen: bz")
		tab.See("Alle rollen en machtigingen voor dit onderdeel")
		question := tab.Path()
		tab.Open("/")
		tab.Back()
		tab.See("Alle rollen en machtigingen voor dit onderdeel")
		stranger := w.session("jvries", w.code(w.person("jvries", "Jan de Vries", identity.RoleUser)))
		if page := w.get(stranger, question); strings.Contains(page, "Alle rollen") {
			t.Errorf("somebody else gets\n%s", page)
		}
		if script {
			p, err := w.desk.Person(t.Context(), "jvries")
			w.must(err)
			_, err = w.desk.DeletePerson(t.Context(), identity.Operator(), p.ID, false)
			w.must(err)
			continue
		}
		tab.Press("Ja, beëindigen")
		tab.See("0 mensen hadden")
		w.wait(20 * time.Minute)
		tab.Open("/organisations/main/part-end")
		tab.See("Onderdelen", "wmo")
		w.wait(55 * time.Minute) // and what was kept is over
		tab.Open("/")
		w.enter(tab, "bbeheer", goodPassword, w.code(key))
		tab.Open(question)
		tab.NotSee("Alle rollen en machtigingen voor dit onderdeel")
		tab.See("Onderdelen")
	}
}

// Of a page with a secret nothing is kept.
func TestNothingSecretIsKept(t *testing.T) {
	w := newWorld(t)
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	client := w.session("bbeheer", w.code(key))
	page := w.get(client, "/profile/devices/add")
	answer, err := client.PostForm(w.address+"/profile/devices/add", url.Values{"form": {hiddenField(t, page, "form")}, "device": {"Telefoon"}})
	w.must(err)
	defer answer.Body.Close()
	if page = read(t, answer); !strings.Contains(page, "otpauth://") || answer.Request.URL.RawQuery != "" {
		t.Fatalf("%s\n%s", answer.Request.URL, page)
	}
	wrong, err := client.PostForm(w.address+"/profile/devices/confirm", url.Values{"form": {hiddenField(t, page, "form")}, "token": {hiddenField(t, page, "token")}, "code": {"000000"}})
	w.must(err)
	defer wrong.Body.Close()
	if page = read(t, wrong); !strings.Contains(page, "otpauth://") || wrong.Request.URL.RawQuery != "" || wrong.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("%s\n%s", wrong.Request.URL, page)
	}
}

// A sign-in that was refused can be come back to as well.
func TestBackToARefusedSignIn(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	tab := w.tab("nl")
	tab.Open("/")
	w.enter(tab, "jvries", "verkeerd-9", w.code(key))
	tab.See("Dit klopt nog niet")
	tab.Open("/help")
	tab.Back()
	tab.See("Wachtwoord", "Gebruikersnaam")
	if got := tab.Ask(`document.querySelector("[name=password]").value`); got != "" {
		t.Errorf("the password is there still")
	}
	w.wait(30 * time.Second)
	w.enter(tab, "jvries", goodPassword, w.code(key))
	tab.See("Jan")
	tab.Back()
	tab.NotSee("verkeerd-9")
}

// The reference of an error page finds what it said: whose it was, and of which
// page; of strangers as well, but not without bound.
func TestReferenceOfAnErrorPage(t *testing.T) {
	w := newWorld(t)
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	jan := w.session("jvries", w.code(w.person("jvries", "Jan de Vries", identity.RoleUser)))
	reference := regexp.MustCompile(`class="reference">([^<]+)<`)
	his := reference.FindStringSubmatch(w.get(jan, "/people/1234?q=secret"))[1]
	stranger := w.web.Client()
	theirs := reference.FindStringSubmatch(w.get(stranger, "/nowhere/at-all?q=secret"))[1]
	for _, language := range []string{"nl", "en"} {
		tab := w.in(language, "bbeheer", key)
		tab.Press(w.say(tab, "Logboek", "Audit log"))
		tab.Fill(w.say(tab, "Kenmerk", "Reference"), strings.ToLower(his))
		tab.Enter()
		tab.See(his, "jvries", "/people/1234", "(403)", w.say(tab, "Foutpagina", "Error page"))
		tab.NotSee("secret")
		tab.Audit()
		tab.Picture("page-audit-error-" + language)
		tab.Open("/audit?reference=" + theirs)
		tab.See(theirs, "/nowhere/at-all", "(404)", w.say(tab, "niemand was ingelogd", "nobody was signed in"))
		tab.NotSee("secret")
	}
	kept := 0
	for range 200 {
		found := reference.FindStringSubmatch(w.get(stranger, "/nowhere"))[1]
		if _, ok, err := w.desk.FindErrorPage(t.Context(), identity.Operator(), found); err == nil && ok {
			kept++
		}
	}
	if kept < 10 || kept > 100 {
		t.Errorf("of 200 error pages of strangers in a moment %d are kept", kept)
	}
}
