package letter

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/enroll/scan"
	"sleutelbos/server/identity"
)

func organisation() identity.OrganisationSettings {
	return identity.OrganisationSettings{
		Name: "Gemeente Voorbeeld", Environment: enroll.Production, URL: "https://codes.gemeentevoorbeeld.nl:8443",
		Fingerprint: "sha256:" + strings.Repeat("0a7f", 16), Contact: enroll.Contact{Name: "Servicedesk", Phone: "0123 456 789", Hours: "08:00-17:00"},
	}
}

func person(user, name, language string) identity.Person {
	return identity.Person{Details: identity.Details{User: user, Name: name, Language: language}}
}

// written writes letters into a folder that is kept where SLEUTELBOS_TEST_ARTEFACTS
// says so.
func written(t *testing.T, name string, o identity.OrganisationSettings, people ...identity.Person) (file string) {
	t.Helper()
	folder := t.TempDir()
	if kept := os.Getenv("SLEUTELBOS_TEST_ARTEFACTS"); kept != "" {
		folder = kept
	}
	var out bytes.Buffer
	must(t, Write(&out, people, map[string]string{"school": "Basisschool De Wilg"}, o, time.Date(2026, 11, 24, 15, 4, 0, 0, time.UTC)))
	file = filepath.Join(folder, name+".pdf")
	must(t, os.WriteFile(file, out.Bytes(), 0o600))
	return file
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// poppler runs one of its programs, which are there where CI is set.
func poppler(t *testing.T, program string, arguments ...string) []byte {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed; scripts/packages test installs it", program)
		}
		t.Skipf("%s is not installed; scripts/packages test installs it", program)
	}
	out, err := exec.Command(path, arguments...).Output()
	must(t, err)
	return out
}

func textOf(t *testing.T, file string) string {
	t.Helper()
	return strings.Join(strings.Fields(string(poppler(t, "pdftotext", "-layout", file, "-"))), " ")
}

// picture gives a page as it is printed.
func picture(t *testing.T, file, resolution string) string {
	t.Helper()
	base := strings.TrimSuffix(file, ".pdf")
	poppler(t, "pdftoppm", "-png", "-r", resolution, "-singlefile", file, base)
	return base + ".png"
}

func TestLetterSaysWhoAndHowInBothLanguages(t *testing.T) {
	for language, wants := range map[string][]string{
		"nl": {"Zoë D'Hondt-Çelik", "zhondt", "24 november 2026", "Gebruikersnaam", "24 uur geldig", "Servicedesk, 0123 456 789"},
		"en": {"Zoë D'Hondt-Çelik", "zhondt", "24 November 2026", "User name", "valid for 24 hours", "Servicedesk, 0123 456 789"},
	} {
		for _, window := range []identity.Window{identity.WindowLeft, identity.WindowRight} {
			o := organisation()
			o.LetterWindow = window
			file := written(t, "letter-"+language+"-"+string(window), o, person("zhondt", "Zoë D'Hondt-Çelik", language))
			text := textOf(t, file)
			for _, want := range append(wants, o.Name, o.URL, o.Fingerprint[:39], o.Fingerprint[39:]) {
				if !strings.Contains(text, want) {
					t.Errorf("%s: there is no %q in %s", language, want, text)
				}
			}
			if strings.Contains(text, "letter.") || strings.Contains(text, "DEMO") {
				t.Error(text)
			}
			if code := regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}\b`).FindString(text); code != "" {
				t.Errorf("the letter holds an activation code: %s", code)
			}
		}
	}
}

// A letter of the demo environment says so in words, and stands out by a band.
func TestLetterOfTheDemoEnvironment(t *testing.T) {
	o := organisation()
	o.Environment = enroll.Demo
	for _, language := range []string{"nl", "en"} {
		file := written(t, "letter-demo-"+language, o, person("jvries", "Jan de Vries", language))
		if text := string(poppler(t, "pdftotext", "-layout", file, "-")); !strings.Contains(text, "DEMO") {
			t.Errorf("the letter says\n%s", text)
		}
	}
}

func TestQRCodeIsReadFromThePrintedLetter(t *testing.T) {
	o := organisation()
	file := picture(t, written(t, "letter-qr", o, person("zhondt", "Zoë D'Hondt", "nl")), "150")
	found, err := scan.ReadFile(t.Context(), file)
	must(t, err)
	want := enroll.LinkAddress{Server: o.URL, User: "zhondt", Fingerprint: o.Fingerprint}
	if len(found) != 1 {
		t.Fatalf("%d codes on the page", len(found))
	}
	if got, err := enroll.ParseLinkAddress(found[0].Text); err != nil || got != want {
		t.Errorf("the QR code says %+v, %v", got, err)
	}
}

// Whatever window an envelope has, it shows the name and nothing that is
// nobody's business.
func TestWindowShowsTheAddressOnly(t *testing.T) {
	for window, area := range map[identity.Window][4]string{ // x, y, width, height in points
		identity.WindowLeft:  {"57", "142", "255", "113"}, // 20 to 110 mm, 50 to 90 mm
		identity.WindowRight: {"283", "139", "283", "116"},
	} {
		o := organisation()
		o.LetterWindow = window
		file := written(t, "window-"+string(window), o, person("zhondt", "Zoë D'Hondt", "nl"))
		shown := string(poppler(t, "pdftotext", "-x", area[0], "-y", area[1], "-W", area[2], "-H", area[3], "-layout", file, "-"))
		if !strings.Contains(shown, "Zoë D'Hondt") || !strings.Contains(shown, "Gemeente Voorbeeld") {
			t.Errorf("%s: the window shows %q", window, shown)
		}
		if strings.Contains(shown, "zhondt") || strings.Contains(shown, "codes.") || strings.Contains(shown, "2026") {
			t.Errorf("%s: the window shows %q", window, shown)
		}
	}
}

func TestAddressHoldsThePersonsOwnOrganisation(t *testing.T) {
	p := person("zhondt", "Zoë D'Hondt", "nl")
	p.Organisation = "school"
	file := written(t, "school", organisation(), p)
	if text := textOf(t, file); !strings.Contains(text, "Zoë D'Hondt Basisschool De Wilg") {
		t.Error(text)
	}
}

func TestManyLettersInOneFile(t *testing.T) {
	var people []identity.Person
	for _, name := range []string{"Łukasz Żółć", "Nguyễn Thị Hằng", "Γιώργος Παπαδόπουλος", "Юлия Соколова", "İbrahim Şahin", "IJsbrand van 't Ven", "田中太郎"} {
		people = append(people, person("user"+name[:1], name, "nl"))
	}
	for i := range people {
		people[i].User = "medewerker" + string(rune('a'+i))
	}
	file := written(t, "many", organisation(), people...)
	pages := strings.Split(strings.TrimSuffix(string(poppler(t, "pdftotext", "-layout", file, "-")), "\f"), "\f")
	if len(pages) != len(people) {
		t.Fatalf("%d pages for %d people", len(pages), len(people))
	}
	for i, p := range people {
		if !strings.Contains(pages[i], p.User) || strings.Contains(pages[i], "田") {
			t.Errorf("page %d: %s", i+1, pages[i])
		}
		if i < len(people)-1 && !strings.Contains(pages[i], p.Name) {
			t.Errorf("page %d does not show the name %s", i+1, p.Name)
		}
	}
}

func TestLetterOfTheLongestStillFits(t *testing.T) {
	o := organisation()
	o.Name = strings.Repeat("Gemeenschappelijke regeling ", 5)
	o.URL = "https://" + strings.Repeat("codes.", 15) + "gemeentevoorbeeld.nl"
	o.Environment = enroll.Demo
	written(t, "longest", o, person(strings.Repeat("w", 64), strings.Repeat("Wilhelmina ", 10), "nl"))
}

func TestLettersThatCannotBe(t *testing.T) {
	var out bytes.Buffer
	o := organisation()
	if err := Write(&out, nil, nil, o, time.Now()); !errors.Is(err, ErrNobody) {
		t.Error(err)
	}
	if err := Write(&out, []identity.Person{person("田中", "Tanaka", "nl")}, nil, o, time.Now()); !errors.Is(err, ErrScript) {
		t.Error(err)
	}
	o.URL = ""
	if err := Write(&out, []identity.Person{person("anna", "Anna", "nl")}, nil, o, time.Now()); !errors.Is(err, ErrNoAddress) {
		t.Error(err)
	}
	if out.Len() != 0 {
		t.Error("something was written")
	}
}

// What the letter quotes, a person looks for in the window.
func TestLetterQuotesTheApp(t *testing.T) {
	quoted := regexp.MustCompile(`"([^"]+)"`)
	for _, language := range []string{"nl", "en"} {
		shown := texts(t, "app."+language+".json")
		for key, text := range texts(t, "server-letter."+language+".json") {
			for _, found := range quoted.FindAllStringSubmatch(text, -1) {
				said := false
				for _, other := range shown {
					said = said || other == found[1]
				}
				if !said {
					t.Errorf("%s quotes %q, which the app does not say", key, found[1])
				}
			}
		}
	}
}

func texts(t *testing.T, file string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "assets", "texts", file))
	must(t, err)
	var all map[string]any
	must(t, json.Unmarshal(content, &all))
	plain := map[string]string{}
	for key, text := range all {
		if text, ok := text.(string); ok {
			plain[key] = text
		}
	}
	return plain
}

func TestFingerprintIsParted(t *testing.T) {
	if got := grouped("sha256:00112233"); !slices.Equal(got, []string{"sha256:0011", "2233"}) {
		t.Error(got)
	}
}
