package pages_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sleutelbos/server/identity"
	"sleutelbos/server/pages"
)

// A report of more people than a page holds is read on by its buttons, and its
// file, which goes out in parts, holds all of them.
func TestLongReport(t *testing.T) {
	w := newWorld(t)
	const people = 450
	key := w.person("bbeheer", "Bea Beheer", identity.RoleAdministrator)
	list := "user,name,email,ends\n"
	for i := range people {
		list += fmt.Sprintf("p%d,%s %d,p%d@voorbeeld.nl,2026-11-%d\n", i, strings.Repeat("Lang ", 24), i, i, 25+i%3)
	}
	rows, err := identity.ReadImport(strings.NewReader(list))
	w.must(err)
	_, err = w.desk.ImportPeople(t.Context(), identity.Operator(), rows, false)
	w.must(err)
	w.wait(5 * 24 * time.Hour)
	for _, language := range []string{"nl", "en"} {
		tab := w.in(language, "bbeheer", key)
		next, first := w.say(tab, "Volgende", "Next"), w.say(tab, "Naar het begin", "To the beginning")
		tab.Open("/reports/past-end")
		tab.NotSee(first)
		seen := map[string]bool{}
		for _, want := range []string{"200", "200", "50"} {
			if got := tab.Ask(`document.querySelectorAll("main tbody tr").length`); got != want {
				t.Errorf("%s shows %s people and not %s", tab.Path(), got, want)
			}
			for user := range strings.FieldsSeq(tab.Ask(`[...document.querySelectorAll("main tbody th .muted")].map((e) => e.textContent).join(" ")`)) {
				seen[user] = true
			}
			if want == "50" {
				break
			}
			tab.Press(next)
			tab.See(first)
		}
		if len(seen) != people {
			t.Errorf("%d people are seen", len(seen))
		}
		tab.NotSee(next)
		tab.Audit()
		tab.Picture("page-report-last-" + language)
		tab.Press(first)
		tab.NotSee(first)
	}
	answer, err := w.session("bbeheer", w.code(key)).Get(w.address + "/reports/past-end/csv")
	w.must(err)
	defer answer.Body.Close()
	if n := strings.Count(read(t, answer), "\n"); n != people+1 || answer.ContentLength >= 0 || answer.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("the file has %d lines and %d bytes: %v", n, answer.ContentLength, answer.Header)
	}
}

// A file that fails at once is an error page; one of which a part went out
// does not look whole.
func TestFileThatFails(t *testing.T) {
	w := newWorldOf(t, pages.NewWithBroken)
	answer, err := w.web.Client().Get(w.address + pages.PathBroken + "100")
	w.must(err)
	defer answer.Body.Close()
	if page := read(t, answer); answer.StatusCode != http.StatusInternalServerError || !strings.Contains(page, "reference") || strings.Contains(page, "xxx") || answer.Header.Get("Content-Disposition") != "" {
		t.Errorf("%d %v\n%s", answer.StatusCode, answer.Header, page)
	}
	long, err := w.web.Client().Get(w.address + pages.PathBroken + "1000000")
	w.must(err)
	defer long.Body.Close()
	if got, err := io.ReadAll(long.Body); err == nil {
		t.Errorf("%d bytes look like all of it", len(got))
	}
	if !strings.Contains(w.log.String(), "the disk is gone") {
		t.Error("the log does not tell why")
	}
}
