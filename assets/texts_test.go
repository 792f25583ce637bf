package assets

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// families are who says the texts, and in which folders of the source.
var families = map[string][]string{"app": {"app", "enroll/migrate", "main.go"}, "server": {"server", "assets/pages"}}

// readTexts gives each key's forms: one, or "one" and "other".
func readTexts(t *testing.T, family, language string) map[string]map[string]string {
	t.Helper()
	files, err := filesOf(family, language)
	if err != nil {
		t.Fatal(err)
	}
	forms := map[string]map[string]string{}
	for _, file := range files {
		for key, form := range readFile(t, file) {
			if forms[key] != nil {
				t.Errorf("%s has the key %s, and another file too", file, key)
			}
			forms[key] = form
		}
	}
	return forms
}

func readFile(t *testing.T, file string) map[string]map[string]string {
	t.Helper()
	raw, err := texts.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var read map[string]any
	if err := json.Unmarshal(raw, &read); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	forms := map[string]map[string]string{}
	for key, value := range read {
		switch v := value.(type) {
		case string:
			forms[key] = map[string]string{"other": v}
		case map[string]any:
			forms[key] = map[string]string{}
			for form, text := range v {
				forms[key][form], _ = text.(string)
			}
		}
	}
	return forms
}

var hole = regexp.MustCompile(`{{\.(\w+)}}`)

func holes(text string) []string {
	var names []string
	for _, m := range hole.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	for family := range families {
		sayTheSame(t, readTexts(t, family, "nl"), readTexts(t, family, "en"))
	}
}

func sayTheSame(t *testing.T, nl, en map[string]map[string]string) {
	for key, forms := range en {
		other, ok := nl[key]
		if !ok {
			t.Errorf("%s is in English only", key)
			continue
		}
		for form, text := range forms {
			if other[form] == "" || text == "" {
				t.Errorf("%s has no form %q in both languages", key, form)
			}
			if !slices.Equal(holes(text), holes(other[form])) {
				t.Errorf("%s has other holes in Dutch: %q, %q", key, text, other[form])
			}
		}
	}
	for key := range nl {
		if _, ok := en[key]; !ok {
			t.Errorf("%s is in Dutch only", key)
		}
	}
}

// composed are the beginnings of keys that the code puts together.
var composed = []string{"why.", "import.differs.", "next.", "env.", "link.privacy.", "link.terms.", "error.", "help.", "month.", "rule.", "field.", "person.code.", "import.field.", "arrange.", "password.", "language.", "outbox.kind.", "outbox.state.", "rules.", "audit.kind.", "audit.outcome.", "reports.", "glance.", "server.", "texts."}

func TestEveryKeyInTheSourceHasATextAndIsUsed(t *testing.T) {
	for family, folders := range families {
		known, used := readTexts(t, family, "en"), map[string]bool{}
		for _, folder := range folders {
			findKeys(t, filepath.Join("..", folder), known, used)
		}
		for key := range known {
			made := slices.ContainsFunc(composed, func(start string) bool { return strings.HasPrefix(key, start) })
			if !used[key] && !made {
				t.Errorf("nothing says %q", key)
			}
		}
	}
}

// findKeys looks through source and page templates.
func findKeys(t *testing.T, folder string, known map[string]map[string]string, used map[string]bool) {
	t.Helper()
	literal := regexp.MustCompile(`"([a-z]+(?:\.[a-z0-9-]+)+)"`)
	inPage := regexp.MustCompile(`\bsay "([^"]+)"`)
	say := regexp.MustCompile(`(?:[sS]ay|refuse|refuseList|ask|askSecret|press|stepTitle)\((?:\d, )?(?:input, )?"([^"]+)"`)
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".html") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range literal.FindAllSubmatch(raw, -1) {
			used[string(m[1])] = true
		}
		for _, m := range append(say.FindAllSubmatch(raw, -1), inPage.FindAllSubmatch(raw, -1)...) {
			key := string(m[1])
			if strings.Contains(key, ".") && !strings.HasSuffix(key, ".") && known[key] == nil {
				t.Errorf("%s says %q, which no text has", path, key)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLanguageOfATag(t *testing.T) {
	for tag, want := range map[string]string{"nl": "nl", "nl_NL.UTF-8": "nl", "NL-be": "nl", "en_GB": "en", "de": "en", "": "en", "C": "en"} {
		words, err := In(tag)
		if err != nil || words.Language() != want {
			t.Errorf("%q reads %q, %v", tag, words.Language(), err)
		}
	}
}

func TestSayFillsHolesAndCounts(t *testing.T) {
	words, err := In("nl")
	if err != nil {
		t.Fatal(err)
	}
	if got := words.Say("codes.left", "n", 1); got != "nog 1 seconde" {
		t.Errorf("one: %q", got)
	}
	if got := words.Say("codes.left", "n", 7); got != "nog 7 seconden" {
		t.Errorf("more: %q", got)
	}
	if got := words.Pick(map[string]string{"en": "text", "fr": "texte"}); got != "text" {
		t.Errorf("picked %q", got)
	}
}

func TestFyneSpeaksDutch(t *testing.T) {
	raw, err := FyneDutch()
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]any
	if err := json.Unmarshal(raw, &texts); err != nil || texts["Cancel"] != "Annuleren" {
		t.Errorf("%v, %v", texts["Cancel"], err)
	}
}
