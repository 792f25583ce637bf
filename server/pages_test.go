package server_test

import (
	"net/url"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/pages/pagestest"
	"sleutelbos/server/store/storetest"
)

// The first administrator, from the command on the server's machine to the start
// page: the built program, its own certificate, a real browser, on each database.
func TestFirstAdministratorSignsIn(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { firstAdministrator(t) })
	t.Run("PostgreSQL", func(t *testing.T) {
		firstAdministrator(t, "--database", storetest.Database(t, storetest.Cluster(t)))
	})
}

func firstAdministrator(t *testing.T, database ...string) {
	var browser pagestest.Browser
	t.Cleanup(browser.Close)
	data := t.TempDir()
	p := serve(t, data, append([]string{"--environment", "demo", "--organisation", "Gemeente Voorbeeld"}, database...)...)
	run := func(arguments ...string) string { return done(t, data, append(database, arguments...)...) }
	run("person", "add", "--user", "bbeheer", "--name", "Bea Beheer", "--email", "bea@example.org", "--role", "administrator")
	key, next := linkNext(t, p, "bbeheer", run("activation", "new", "bbeheer"))
	tab := browser.Tab(t, p.url, "nl")
	tab.Open(next)
	tab.See("Kies je wachtwoord", "bbeheer", "Demo")
	tab.Fill("Nieuw wachtwoord", "molen-zeven-9")
	tab.Fill("Nieuw wachtwoord, nog een keer", "molen-zeven-9")
	tab.Press("Wachtwoord bewaren")
	code, err := key.CodeNow(time.Now().Add(30 * time.Second)) // the step of now confirmed the link
	must(t, err)
	tab.Fill("Wachtwoord", "molen-zeven-9")
	tab.Fill("Code", code.Text)
	tab.Press("Inloggen")
	tab.See("Bea", "Startpagina inrichten")
	for name := range tab.Cookies() {
		if name == "session" {
			t.Error("a cookie without the environment in its name")
		}
	}
	tab.Press("Uitloggen")
	tab.See("Je bent uitgelogd")
}

// linkNext is link, and gives the address of the page that the app opens next.
func linkNext(t testing.TB, p *process, user, activation string) (enroll.Key, string) {
	t.Helper()
	client, err := enroll.NewClient(p.url, p.fingerprint)
	must(t, err)
	defer client.Close()
	organisation, _, err := client.Organisation(t.Context())
	must(t, err)
	answer, err := client.Link(t.Context(), enroll.NewIdempotencyKey(), enroll.LinkRequest{
		User: user, ActivationCode: activation, Device: "Test",
		Accepted: enroll.Accepted{Privacy: organisation.Privacy.Version, Terms: organisation.Terms.Version},
	})
	must(t, err)
	key, err := enroll.ParseAddress(answer.Address)
	must(t, err)
	code, err := key.CodeNow(time.Now())
	must(t, err)
	confirmed, err := client.Confirm(t.Context(), answer.ID, code.Text)
	must(t, err)
	u, err := url.Parse(confirmed.NextURL)
	if err != nil || u.Path == "" {
		t.Fatalf("no page to open next: %q", confirmed.NextURL)
	}
	return key, u.RequestURI()
}
