package pages_test

import "testing"

func TestPagesForStrangers(t *testing.T) {
	w := newWorld(t)
	tab := w.tab("nl")
	for path, seen := range map[string]string{"/": "Inloggen", "/nergens": "Deze pagina is er niet", "/help": "Hulp"} {
		tab.AuditBoth(path)
		tab.See(seen, "Demo", "Servicedesk")
		name := map[string]string{"/": "signin", "/help": "help", "/nergens": "missing-stranger"}[path]
		tab.Picture("page-" + name + "-nl")
		tab.Narrow()
		tab.Dark(true)
		tab.Picture("page-" + name + "-narrow-dark-nl")
		tab.Dark(false)
		tab.Wide()
	}
}
