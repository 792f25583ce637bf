package pages_test

import "testing"

func TestPagesForStrangers(t *testing.T) {
	w := newWorld(t)
	tab := w.tab("nl")
	for path, seen := range map[string]string{"/": "Inloggen", "/nergens": "Deze pagina is er niet", "/help": "Hulp"} {
		tab.AuditBoth(path)
		tab.See(seen, "Demo", "Servicedesk")
		tab.Picture("page" + path[1:] + "-nl")
	}
}
