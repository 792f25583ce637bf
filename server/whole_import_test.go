package server_test

import (
	"fmt"
	"strings"
	"testing"

	"sleutelbos/server/store/storetest"
)

// The server is killed in the middle of an import. Each line is done or is not,
// Bea is told how far it came, and the same file does the rest.
func anImportThatIsKilled(t *testing.T, w *town) {
	const lines = 1500
	var file strings.Builder
	file.WriteString("user,name,email,roles\n")
	for i := range lines {
		fmt.Fprintf(&file, "imp%d,Im Port %d,imp%d@voorbeeld.nl,user|teacher=66KG\n", i, i, i)
	}
	count := func(of string) int {
		t.Helper()
		return storetest.Count(t, w.database, "SELECT count(*) FROM "+of+" JOIN people p ON p.id = x.person WHERE p.user_name LIKE 'imp%'")
	}
	people := func() int { return count("(SELECT id AS person FROM people) x") }
	bea := w.in(t, "bbeheer")
	bea.Open("/people/import")
	bea.Upload("mensen.csv", file.String())
	bea.Press("Bekijk wat er zou gebeuren")
	bea.See("Er is nog niets opgeslagen")
	bea.Ask(`(document.querySelector("main button[value=all]").click(), "")`) // waits for no page: none comes
	eventually(t, func() bool { return people() >= 100 })
	w.server.kill()
	done := people()
	if done == 0 || done >= lines {
		t.Fatalf("%d of %d lines were done when the server was killed", done, lines)
	}
	for of, each := range map[string]int{"names x": 2, "grants x": 2, "(SELECT DISTINCT person FROM person_words) x": 1, "(SELECT person FROM audit WHERE kind = 'person.add') x": 1} {
		if n := count(of); n != each*done {
			t.Errorf("%d people have %d of %s", done, n, of)
		}
	}

	w.begin(t)
	bea = w.in(t, "bbeheer")
	bea.Open("/people/import")
	bea.See("Je vorige import is nog niet klaar", fmt.Sprintf("%d van de %d regels zijn gedaan, tot en met regel %d", done, lines, done+1))
	bea.Picture("whole-import-killed-nl")
	bea.Upload("mensen.csv", file.String())
	bea.Press("Bekijk wat er zou gebeuren")
	if got, want := bea.Ask(`[...document.querySelectorAll(".facts dd")].map((e) => e.textContent).join(" ")`), fmt.Sprintf("%d 0 %d 0", lines-done, done); got != want {
		t.Errorf("new, changed, unchanged, refused: %s instead of %s", got, want)
	}
	bea.Press("Voer alles uit")
	bea.See(fmt.Sprintf("Klaar: %d nieuw, 0 gewijzigd, 0 geweigerd", lines-done))
	if n := people(); n != lines {
		t.Errorf("in the end there are %d of %d", n, lines)
	}
	bea.Open("/people/import")
	bea.NotSee("Je vorige import")
}
