package pages_test

import (
	"testing"

	"sleutelbos/server/pages/pagestest"
)

// Every form that no other test gets wrong is sent as nobody should: what is
// wrong stands beside its field, has the focus' summary above it, and everybody
// can read it, in both languages.
func TestFaultsStandBesideTheirFields(t *testing.T) {
	w := newWorld(t)
	key := w.operator("bbeheer", "Bea Beheer")
	for _, language := range []string{"nl", "en"} {
		stranger, tab := w.tab(language), w.in(language, "bbeheer", key)
		for _, p := range []struct {
			name, path string
			by         *pagestest.Tab
			dutch      string // the button
			english    string
			before     func()
		}{
			{"signin", "/", stranger, "Inloggen", "Sign in", nil},
			{"forgotten", "/password/forgotten", stranger, "Stuur de e-mail", "Send the e-mail", nil},
			{"arrange-item", "/start/arrange/tile", tab, "Bewaren", "Save", nil},
			{"device-add", "/profile/devices/add", tab, "Verder", "Go on", nil},
			{"organisations", "/organisations", tab, "Organisatie toevoegen", "Add organisation", nil},
			{"report", "/report", tab, "Melden", "Report", nil},
			{"roles", "/roles", tab, "Rol bewaren", "Save role", nil},
			{"server-sign-in", "/settings/server/sign-in", tab, "Bewaren", "Save", func() {
				tab.Fill(w.say(tab, "Uitloggen na zoveel minuten", "Signed out after so many minutes"), "4")
			}},
			{"device", "/profile/devices/add", tab, "Koppelen", "Link", func() {
				tab.Fill(w.say(tab, "Naam van het apparaat", "Name of the device"), "Telefoon")
				tab.Press(w.say(tab, "Verder", "Go on"))
				tab.Audit()
				tab.Picture("page-device-" + language)
				tab.Fill(w.say(tab, "Code op het nieuwe apparaat", "Code on the new device"), "123456")
			}},
		} {
			p.by.Open(p.path)
			if p.before != nil {
				p.before()
			}
			p.by.Press(w.say(p.by, p.dutch, p.english))
			if got := p.by.Ask(`document.activeElement.id + " " + document.querySelector("main").dataset.page`); got != "errors "+p.name {
				t.Errorf("%s: the focus is on %q", p.path, got)
			}
			// Each line of the summary leads to a field that is described by the same words.
			if lost := p.by.Ask(`[...document.querySelectorAll("#errors li")].filter((li) => {
				const a = li.querySelector("a"), e = a && document.getElementById(a.hash.slice(1));
				const said = e && (e.getAttribute("aria-describedby") || "").split(" ").map((id) => (document.getElementById(id) || {}).textContent || "").join(" ");
				return !said || !said.includes(li.textContent.trim());
			}).map((li) => li.textContent).join("\n") + (document.querySelector("#errors li") ? "" : "nothing")`); lost != "" {
				t.Errorf("%s (%s) does not say beside a field: %s", p.path, language, lost)
			}
			p.by.Audit()
			p.by.Picture("fault-" + p.name + "-" + language)
		}
	}
}
