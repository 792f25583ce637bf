package pages_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"

	"sleutelbos/server/pages"
)

// noPages are addresses that show no page of their own, and why.
var noPages = map[string]string{
	"GET /mandates/end":       "it leads to the question, with a mandate; without one back",
	"GET /settings":           "a list of organisations; where there is one it leads on",
	"page settings":           "the same",
	"GET /audit/csv":          "a file",
	"GET /people/export":      "a file",
	"GET /people/{id}/letter": "a file",
	"GET /reports/{name}/csv": "a file",
	"GET /sign-in/cookies":    "it leads on, or to the error page of cookies",
}

// missesNothing tells, after all tests of the package, whether every page was
// audited in both languages: what every address shows, every template, and with
// errors whatever has fields that must be filled in.
func missesNothing() bool {
	seen := browser.Audited()
	if run := flag.Lookup("test.run").Value.String(); run != "" || len(seen) == 0 || flag.Lookup("test.skip").Value.String() != "" && os.Getenv("CI") == "" {
		return true // not all of them ran, or there is no browser
	}
	mux := http.NewServeMux()
	for _, pattern := range pages.Patterns() {
		mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
	}
	languages, wrong, asks := map[string][]string{}, map[string]bool{}, map[string]bool{}
	for _, s := range seen {
		_, pattern := mux.Handler(httptest.NewRequest(http.MethodGet, s.Path, nil))
		for _, what := range []string{pattern, "page " + s.Page} {
			if s.Page != "error" || what != pattern {
				languages[what] = append(languages[what], s.Language)
			}
		}
		wrong[s.Page], asks[s.Page] = wrong[s.Page] || s.Wrong, asks[s.Page] || s.Asks
	}
	templates, err := pages.Templates()
	if err != nil {
		fmt.Println(err)
		return false
	}
	var missing []string
	wanted := pages.Patterns()
	for _, name := range templates {
		wanted = append(wanted, "page "+name)
		if asks[name] && !wrong[name] {
			missing = append(missing, "page "+name+" with an error beside a field")
		}
	}
	for _, what := range wanted {
		for _, language := range []string{"nl", "en"} {
			if noPages[what] == "" && !slices.Contains(languages[what], language) {
				missing = append(missing, what+" in "+language)
			}
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		fmt.Println("FAIL: no test looked whether everybody can use:\n\t" + strings.Join(missing, "\n\t"))
	}
	return len(missing) == 0
}
