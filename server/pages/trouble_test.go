package pages_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"sleutelbos/server/identity"
	"sleutelbos/server/pages"
)

// Every error page, to a stranger and to somebody who is signed in.
func TestEveryTroubleCanBeReadByEverybody(t *testing.T) {
	w := newWorldOf(t, pages.NewWithTroubles)
	key := w.person("jvries", "Jan de Vries", identity.RoleUser)
	for _, language := range []string{"nl", "en"} {
		stranger, jan := w.tab(language), w.in(language, "jvries", key)
		for kind := range pages.Troubles() {
			jan.Open(pages.PathTrouble + kind)
			jan.Audit()
			jan.Picture("trouble-" + kind + "-" + language)
			jan.See("jvries", "Servicedesk")
			if jan.Ask("document.querySelector('.reference').textContent") == "" {
				t.Errorf("%s has no reference", kind)
			}
			stranger.Open(pages.PathTrouble + kind)
			stranger.Audit()
			stranger.NotSee("jvries")
		}
	}
}

func TestNoTroubleIsForgotten(t *testing.T) {
	all := pages.Troubles()
	files, err := filepath.Glob("../../assets/texts/server-*.nl.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no texts: ", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`"error\.([a-z]+)\.title"`).FindAllSubmatch(raw, -1) {
			if kind := string(found[1]); all[kind] == nil {
				t.Errorf("no test shows the error page %q", kind)
			}
		}
	}
}
