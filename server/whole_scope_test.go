package server_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"sleutelbos/server/pages/pagestest"
)

// Alma manages School Alfa. Of School Beta she sees nobody, can grant nothing,
// and cannot even learn who is there: what is another's is answered like what
// nobody has.
func oneSchoolKeepsOutOfAnother(t *testing.T, w *town) {
	w.admin(t, "organisation", "add", "School Alfa")
	beta := w.admin(t, "organisation", "add", "School Beta")
	part := "66KX"
	w.admin(t, "organisation", "part", "set", "School Beta", part, "--name", "Betalocatie")
	w.person(t, "alma", "Alma Alfa", "--organisation", "School Alfa", "--grant", "administrator", "--grant", "user")
	w.person(t, "berta", "Berta Beta", "--organisation", "School Beta", "--grant", "user", "--grant", "teacher="+part)
	w.person(t, "albert", "Albert Alfa", "--organisation", "School Alfa")
	alma := w.in(t, "alma")

	// By page.
	alma.Press("Mensen")
	alma.See("Albert Alfa")
	alma.NotSee("Berta", "Beta", "Bea Beheer")
	for _, words := range []string{"berta", "Beta", "berta@voorbeeld.nl"} {
		alma.Open("/people?organisation=" + beta + "&q=" + words)
		alma.NotSee("Berta Beta", "School Beta")
	}
	alma.Open("/people/new?organisation=" + beta)
	alma.See("School Alfa")
	alma.NotSee("School Beta", "Betalocatie")

	// By address: every page and every form.
	var theirs, mine struct {
		ID string `json:"id"`
	}
	must(t, json.Unmarshal([]byte(w.admin(t, "person", "show", "berta", "--json")), &theirs))
	must(t, json.Unmarshal([]byte(w.admin(t, "person", "show", "albert", "--json")), &mine))
	nobodys := theirs.ID[:16] + mine.ID[16:]
	alma.Open("/people/new")
	if got := asked(alma, "GET", "/people/"+mine.ID, ""); !strings.HasPrefix(got, "200") || !strings.Contains(got, "Albert Alfa") {
		t.Fatalf("her own people are not to be seen: %s", got)
	}
	for _, one := range []struct{ method, path, form string }{
		{"GET", "/people/ID", ""},
		{"GET", "/people/ID/edit", ""},
		{"GET", "/people/ID/letter", ""},
		{"POST", "/people/ID/edit", "given=X&family=Y&email=x@voorbeeld.nl&user=berta&version=1"},
		{"POST", "/people/ID/delete", "confirmed=yes"},
		{"POST", "/people/ID/activation", "confirmed=yes"},
		{"POST", "/people/ID/unlink", "confirmed=yes"},
		{"POST", "/people/ID/day-code", "confirmed=yes"},
		{"POST", "/people/ID/reset-password", "confirmed=yes"},
		{"POST", "/people/letters", "person=ID&do=letters"},
		{"POST", "/people/letters", "person=ID&do=mail&confirmed=yes"},
		{"GET", "/organisations/ID", ""},
		{"POST", "/organisations/ID/sign-off", "confirmed=yes"},
	} {
		ask := func(id string) string {
			return asked(alma, one.method, strings.ReplaceAll(one.path, "ID", id), strings.ReplaceAll(one.form, "ID", id))
		}
		their, none := ask(theirs.ID), ask(nobodys)
		if their != none {
			t.Errorf("%s %s tells that somebody is there:\n%s\n---\n%s", one.method, one.path, their, none)
		}
		if strings.Contains(their, "Berta") || one.method == "GET" && strings.HasPrefix(their, "200") {
			t.Errorf("%s %s shows\n%s", one.method, one.path, their)
		}
	}
	if csv := asked(alma, "GET", "/people/export?organisation="+beta, ""); strings.Contains(csv, "erta") {
		t.Errorf("exported: %s", csv)
	}

	// By granting: her own people get no role for the other school, nor one that
	// she does not hold.
	before := w.admin(t, "grant", "list", "albert")
	alma.Open("/people/" + mine.ID + "/edit")
	for _, value := range []string{"user|" + beta + "|", "administrator|" + beta + "|", "operator|main|", "user|main|"} {
		alma.Open("/people/" + mine.ID + "/edit")
		alma.Ask(`(document.querySelector("input[name=grants]").value = "` + value + `", document.querySelector("input[name=grants]").checked = true, "")`)
		alma.Press("Bewaren")
		if path, _, _ := strings.Cut(alma.Path(), "?"); !strings.HasSuffix(path, "/edit") && !strings.Contains(alma.Text(), "niets gewijzigd") {
			t.Errorf("granting %s leads to %s", value, alma.Path())
		}
	}
	if after := w.admin(t, "grant", "list", "albert"); after != before {
		t.Errorf("granted: %s", after)
	}
	alma.Open("/people/new")
	alma.Ask(`(document.querySelector("input[name=organisation]").value = "` + beta + `", "")`)
	alma.Fill("Achternaam", "Indringer")
	alma.Fill("E-mail om", "indringer@voorbeeld.nl")
	alma.Fill("Gebruikersnaam", "indringer")
	alma.Press("Persoon toevoegen")
	if list := w.admin(t, "person", "export", "--organisation", "School Beta"); strings.Contains(list, "indringer") {
		t.Error("somebody was added to the other school")
	}

	// By the interface for applications, where a session counts for nothing.
	for _, path := range []string{"/api/v1/people", "/api/v1/people/" + theirs.ID, "/api/v1/verify"} {
		if got := asked(alma, "GET", path, ""); strings.HasPrefix(got, "200") || strings.Contains(got, "erta") {
			t.Errorf("%s gives %s", path, got)
		}
	}
	if got := asked(alma, "POST", "/api/v1/verify", "user=berta&code=000000"); !strings.HasPrefix(got, "401") {
		t.Errorf("without an application's key: %s", got)
	}
	if !w.verifies(t, "berta", w.code(t, "berta")) {
		t.Error("Berta's code does not work after all this")
	}
	w.stillThere(t, theirs.ID)
}

// stillThere fails if something was done to somebody.
func (w *town) stillThere(t *testing.T, id string) {
	t.Helper()
	shown := w.admin(t, "person", "show", "berta", "--json")
	if !strings.Contains(shown, `"linked": true`) || !strings.Contains(shown, id) {
		t.Errorf("Berta is no longer as she was: %s", shown)
	}
	for _, m := range w.mails.Mails() {
		if m.To == "berta@voorbeeld.nl" && (strings.Contains(m.Subject, "dagcode") || strings.Contains(m.Subject, "activatiecode") || strings.Contains(m.Subject, "beëindigd")) {
			t.Errorf("Berta was mailed: %s", m.Subject)
		}
	}
}

// asked sends a request as the page before it would, and gives its status, where
// it led, and what can be read there, but for what differs every time.
func asked(tab *pagestest.Tab, method, path, form string) string {
	quoted, _ := json.Marshal([]string{method, path, form}) // texts always can be written
	got := tab.Ask(`(([method, path, form]) => { const r = new XMLHttpRequest(); r.open(method, path, false);
		if (method === "POST") r.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
		const token = document.querySelector("input[name=form]").value;
		r.send(method === "POST" ? form + "&form=" + encodeURIComponent(token) : null);
		const page = new DOMParser().parseFromString(r.responseText, "text/html");
		return r.status + " " + new URL(r.responseURL).pathname + "\n" + (page.querySelector("main") || page.body).textContent.replace(/\s+/g, " ") })(` + string(quoted) + ")")
	got = regexp.MustCompile(`[0-9a-f]{32}`).ReplaceAllString(got, "ID")
	got = regexp.MustCompile(`\d{1,2} [a-z]+ \d{4} om \d{1,2}:\d{2}(:\d{2})?`).ReplaceAllString(got, "WHEN")
	return regexp.MustCompile(`Kenmerk\s*\S+`).ReplaceAllString(got, "REFERENCE")
}
