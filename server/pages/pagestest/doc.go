// Package pagestest drives the server's pages as a person does, for tests: in a
// real Chromium, by labels and the words on buttons, with the keyboard, in both
// languages, and looks whether everybody can use them ([Tab.Audit]).
//
// A package that tests pages has one browser:
//
//	var browser pagestest.Browser
//
//	func TestMain(m *testing.M) {
//		status := m.Run()
//		browser.Close()
//		os.Exit(status)
//	}
//
//	func TestSomething(t *testing.T) {
//		tab := browser.Tab(t, address, "nl")
//		tab.Open("/")
//		tab.Fill("Gebruikersnaam", "jvries")
//		tab.Press("Inloggen")
//		tab.See("Dag Jan")
//		tab.Audit()
//		tab.Picture("start")
//	}
//
// Where there is no Chromium the test is skipped, and fails when CI is set. axe
// is axe-core 4.14.1 as npm has it, under the Mozilla Public License 2.0; it is
// no part of the program.
package pagestest
