package pages_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sleutelbos/server/identity"
)

// A session that ends in the middle of a form: after signing in again nothing
// typed is lost, and only the one who typed it gets it back.
func TestSessionEndsInTheMiddleOfAForm(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	stranger := w.person("pjansen", "Piet Jansen", identity.RoleUser)
	tab := w.in("nl", "jvries", key)
	for _, next := range []struct {
		user string
		sees bool
	}{{"pjansen", false}, {"jvries", true}} {
		tab.Open("/report")
		tab.Fill("Om welk account", "balie-account")
		tab.Tick("Meer mensen")
		tab.Fill("Toelichting", "Al maanden zo")
		w.wait(2 * time.Hour)
		tab.Press("Melden")
		tab.See("uitgelogd", "wordt bewaard")
		tab.Picture("page-signin-kept-nl")
		user := key
		if next.user == "pjansen" {
			user = stranger
		}
		w.enter(tab, next.user, goodPassword, w.code(user))
		if !next.sees {
			tab.NotSee("Nog één klik", "balie-account")
			tab.Press("Uitloggen")
			w.wait(time.Minute)
			w.enter(tab, "jvries", goodPassword, w.code(key))
			w.wait(time.Minute)
			continue
		}
		tab.See("Nog één klik", "nog niet verstuurd")
		tab.Audit()
		tab.Picture("page-resume-nl")
		tab.Press("Verder met")
		tab.See("Dank je wel")
	}
	if n := len(w.reports()); n != 1 {
		t.Errorf("%d reports were kept", n)
	}
}

func (w *world) reports() []identity.AccountReport {
	w.t.Helper()
	all, err := w.desk.AccountReports(w.t.Context(), identity.Operator())
	w.must(err)
	return all
}

// session is a browser of few words that is signed in.
func (w *world) session(user, code string) *http.Client {
	w.t.Helper()
	client := *w.web.Client()
	var err error
	client.Jar, err = cookiejar.New(nil)
	w.must(err)
	body := w.get(&client, "/")
	answer, err := client.PostForm(w.address+"/sign-in", url.Values{
		"form": {hiddenField(w.t, body, "form")}, "user": {user}, "password": {goodPassword}, "code": {code},
	})
	w.must(err)
	answer.Body.Close()
	return &client
}

// Sending the same form twice, at once or again, does it once and answers the
// same; the back button and another content do it anew.
func TestDoubleSubmitDoesNoHarm(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	client := w.session("jvries", w.code(key))
	form := url.Values{"form": {hiddenField(t, w.get(client, "/report"), "form")}, "about": {"balie"}, "fault": {"shared"}}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			answer, err := client.PostForm(w.address+"/report", form)
			if err != nil {
				t.Error(err)
				return
			}
			defer answer.Body.Close()
			if answer.Request.URL.Path != "/" {
				t.Errorf("a repeat leads to %s", answer.Request.URL.Path)
			}
		})
	}
	wait.Wait()
	if n := len(w.reports()); n != 1 {
		t.Errorf("%d reports of one form sent eight times", n)
	}
	form.Set("about", "receptie")
	answer, err := client.PostForm(w.address+"/report", form)
	w.must(err)
	answer.Body.Close()
	if n := len(w.reports()); n != 2 {
		t.Errorf("%d reports; another content is another report", n)
	}
}

// A double click on "sign in" uses one code and ends signed in.
func TestSigningInTwiceAtOnce(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	client := *w.web.Client()
	client.Jar, _ = cookiejar.New(nil)
	form := url.Values{
		"form": {hiddenField(t, w.get(&client, "/"), "form")}, "user": {"jvries"}, "password": {goodPassword}, "code": {w.code(key)},
	}
	for range 2 {
		answer, err := client.PostForm(w.address+"/sign-in", form)
		w.must(err)
		if page := read(t, answer); !strings.Contains(page, "Goedemorgen Jan") {
			t.Errorf("signing in again with the same form shows\n%s", page)
		}
		answer.Body.Close()
	}
}

// Two tabs, another account in one of them: the other's form does nothing as
// somebody else.
func TestFormOfAnotherPerson(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	other := w.person("pjansen", "Piet Jansen", identity.RoleUser)
	tab := w.in("nl", "jvries", key)
	second := tab.Second()
	tab.Open("/profile/contact")
	tab.Fill("Telefoon", "0612345678")
	second.Open("/")
	second.Press("Uitloggen")
	w.enter(second, "pjansen", goodPassword, w.code(other))
	tab.Press("Bewaren")
	tab.See("Je bent nu ingelogd als iemand anders", "Er is niets gedaan", "pjansen")
	tab.Audit()
	tab.Picture("page-other-person-nl")
}

func TestFormFromAnotherSite(t *testing.T) {
	w := newWorld(t)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	client := w.session("jvries", w.code(key))
	form := url.Values{"form": {hiddenField(t, w.get(client, "/report"), "form")}, "about": {"balie"}, "fault": {"shared"}}
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elders.example.org"} {
		r, err := http.NewRequest(http.MethodPost, w.address+"/report", strings.NewReader(form.Encode()))
		w.must(err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(name, value)
		answer, err := client.Do(r)
		w.must(err)
		if page := read(t, answer); answer.StatusCode != http.StatusForbidden || !strings.Contains(page, "andere site") {
			t.Errorf("%s: %d %s", name, answer.StatusCode, page)
		}
		answer.Body.Close()
	}
	if n := len(w.reports()); n != 0 {
		t.Errorf("%d reports came from another site", n)
	}
}
