package server_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/message/mailtest"
	"sleutelbos/server/pages/pagestest"
	"sleutelbos/server/store/storetest"
)

// Each task as its person does it, in a real browser, on the built program with
// a real mail server, on each database. The tasks are told in whole_*_test.go.
func TestTheWholeOnEachDatabase(t *testing.T) {
	var browser pagestest.Browser
	t.Cleanup(browser.Close)
	t.Run("SQLite", func(t *testing.T) { wholeTown(t, &browser, "") })
	t.Run("PostgreSQL", func(t *testing.T) {
		wholeTown(t, &browser, storetest.Database(t, storetest.Cluster(t, "fsync=off")))
	})
}

func wholeTown(t *testing.T, browser *pagestest.Browser, database string) {
	w := newTown(t, browser, database)
	for _, task := range []struct {
		name string
		do   func(*testing.T, *town)
	}{
		{"from new to the first accepted code", fromNewToTheFirstCode},
		{"unlinked and linked anew", unlinkedAndLinkedAnew},
		{"a lock and its end", aLockAndItsEnd},
		{"a forgotten password", aForgottenPassword},
		{"a loss reported", aLossReported},
		{"the day's code", theDaysCode},
		{"one school keeps out of another", oneSchoolKeepsOutOfAnother},
		{"sent twice, and back", sentTwiceAndBack},
		{"two change one person", twoChangeOnePerson},
		{"a session ends in the middle of a form", aSessionEndsInAForm},
		{"by the keyboard alone", byTheKeyboardAlone},
		{"without JavaScript", withoutJavaScript},
		{"a token and another key", aTokenAndAnotherKey},
		{"an import that is killed", anImportThatIsKilled},
	} {
		if !t.Run(task.name, func(t *testing.T) { task.do(t, w) }) {
			t.Log(w.server.said())
		}
	}
	done(t, w.data, append(w.flags, "audit", "verify")...)
	w.nothingIsLeft(t)
}

// town is a running server with its people, and where their mail arrives.
type town struct {
	town           testing.TB // lasts longer than a task
	data, database string
	flags          []string // that name the database
	serving        []string // all flags of the server
	heads          string   // the file of the audit log's heads
	server         *process
	said           strings.Builder // by servers that stopped
	mails          *mailtest.Server
	read           map[string]bool // mails, by Message-ID
	browser        *pagestest.Browser
	portal         verifier
	keys           map[string]enroll.Key
	secrets        []string
}

const townPassword = "molen-zeven-9"

func newTown(t *testing.T, browser *pagestest.Browser, database string) *town {
	t.Helper()
	w := &town{town: t, data: t.TempDir(), database: database, browser: browser, read: map[string]bool{}, keys: map[string]enroll.Key{}}
	if database == "" {
		w.database = filepath.Join(w.data, "sleutelbos.db")
	} else {
		w.flags = []string{"--database", database}
	}
	mails, flags := postOffice(t)
	w.mails = mails
	w.heads = filepath.Join(t.TempDir(), "heads.jsonl")
	w.serving = append(append(flags, w.flags...), "--environment", "demo", "--organisation", "Gemeente Voorbeeld",
		"--log-level", "debug", "--metrics-listen", ":0", "--audit-heads", w.heads)
	w.begin(t)
	w.portal.key = w.admin(t, "application", "add", "portaal")
	w.admin(t, "organisation", "set", "--contact-name", "Servicedesk", "--contact-phone", "0123 456 789")
	w.admin(t, "role", "set", "teacher", "--nl", "Docent", "--en", "Teacher", "--needs-parts")
	w.admin(t, "organisation", "part", "set", "main", "66KG", "--name", "Hoofdlocatie")
	w.person(t, "bbeheer", "Bea Beheer", "--grant", "administrator", "--grant", "user", "--grant", "teacher=66KG")
	return w
}

// begin starts the server, or starts it again.
func (w *town) begin(t *testing.T) {
	t.Helper()
	if w.server != nil {
		w.said.WriteString(w.server.said())
	}
	server, err := begin(program(t), w.data, w.serving...)
	must(t, err)
	w.town.Cleanup(server.kill) // also when a task begins it
	w.server = server
	w.portal.http, w.portal.url = pinned(t, w.server), w.server.url
}

// admin runs an administrator's command.
func (w *town) admin(t testing.TB, arguments ...string) string {
	t.Helper()
	return done(t, w.data, append(append([]string{}, w.flags...), arguments...)...)
}

// exec moves rows, so that nobody waits.
func (w *town) exec(t testing.TB, text string, args ...any) {
	t.Helper()
	if storetest.Exec(t, w.database, text, args...) == 0 {
		t.Fatalf("no row is meant by %s", text)
	}
}

// person adds somebody with a link and a password.
func (w *town) person(t *testing.T, user, name string, more ...string) {
	t.Helper()
	w.admin(t, append([]string{"person", "add", "--user", user, "--name", name, "--email", user + "@voorbeeld.nl"}, more...)...)
	next := w.link(t, user, w.admin(t, "activation", "new", user))
	tab := w.tab(t, "nl")
	tab.Open(next)
	w.choosePassword(tab, townPassword)
	tab.See("Je wachtwoord is bewaard")
}

// link links somebody's app, which gives the page that it opens next.
func (w *town) link(t *testing.T, user, activation string) string {
	t.Helper()
	w.secrets = append(w.secrets, activation)
	key, next := linkNext(t, w.server, user, activation)
	w.keys[user] = key
	w.secrets = append(w.secrets, key.Secret.Base32())
	return next
}

func (w *town) choosePassword(tab *pagestest.Tab, password string) {
	tab.Fill("Nieuw wachtwoord", password)
	tab.Fill("Nieuw wachtwoord, nog een keer", password)
	tab.Press("Wachtwoord bewaren")
}

func (w *town) tab(t *testing.T, language string) *pagestest.Tab {
	t.Helper()
	return w.browser.Tab(t, w.server.url, language)
}

// code is a fresh code of somebody's app: what they used before lies longer ago
// than it does.
func (w *town) code(t *testing.T, user string) string {
	t.Helper()
	storetest.Exec(t, w.database, "UPDATE links SET last_step = last_step - 1000 WHERE person = (SELECT id FROM people WHERE user_name = $1)", user)
	code, err := w.keys[user].CodeNow(time.Now())
	must(t, err)
	w.secrets = append(w.secrets, code.Text)
	return code.Text
}

// enter fills in the sign-in page, which is in Dutch.
func (w *town) enter(tab *pagestest.Tab, user, password, code string) {
	tab.Fill("Gebruikersnaam", user)
	tab.Fill("Wachtwoord", password)
	tab.Fill("Code", code)
	tab.Press("Inloggen")
}

// in opens a tab in which somebody is signed in.
func (w *town) in(t *testing.T, user string) *pagestest.Tab {
	t.Helper()
	tab := w.tab(t, "nl")
	tab.Open("/")
	w.enter(tab, user, townPassword, w.code(t, user))
	tab.See("Uitloggen", "Mijn account")
	return tab
}

// mail waits for a message to somebody whose subject holds a word.
func (w *town) mail(t *testing.T, to, subject string) (found mailtest.Mail) {
	t.Helper()
	eventually(t, func() bool {
		for _, m := range w.mails.Mails() {
			if m.To == to && strings.Contains(m.Subject, subject) && !w.read[m.MessageID] {
				w.read[m.MessageID], found = true, m
				return true
			}
		}
		return false
	})
	if !found.Encrypted || !found.SignedIn {
		t.Errorf("a mail went in clear, or to anybody: %s", found.Subject)
	}
	return found
}

// activation is the code in the mail to somebody.
func (w *town) activation(t *testing.T, to string) string {
	t.Helper()
	m := w.mail(t, to, "activatiecode")
	code := regexp.MustCompile(`(?m)^ +([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})\s*$`).FindStringSubmatch(m.Text)
	if code == nil {
		t.Fatalf("no code in the mail:\n%s", m.Text)
	}
	return code[1]
}

// path is where a person's page is.
func (w *town) path(t *testing.T, tab *pagestest.Tab, user string) string {
	t.Helper()
	tab.Open("/people?q=" + user)
	return tab.Ask(`[...document.querySelectorAll("#found th a")].map((a) => a.getAttribute("href"))[0] || ""`)
}

// verifies tells whether an application accepts a code.
func (w *town) verifies(t *testing.T, user, code string) bool {
	t.Helper()
	ok, err := w.portal.verify(user, code)
	must(t, err)
	return ok
}
