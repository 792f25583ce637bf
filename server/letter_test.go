package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/letter"
)

func TestLetter(t *testing.T) {
	person := identity.Person{Details: identity.Details{User: "anna", Name: "Anna de Vries"}}
	organisation := identity.OrganisationSettings{
		Name: "Gemeente Voorbeeld", Environment: enroll.Production, URL: "https://codes.example.org:8443",
		Fingerprint: "sha256:" + strings.Repeat("0a", 32), Contact: enroll.Contact{Name: "Servicedesk", Hours: "08:00-17:00"},
	}
	for _, language := range languages() {
		for _, paper := range []bool{false, true} {
			var out bytes.Buffer
			if err := writeLetter(&out, language, paper, person, organisation); err != nil {
				t.Fatal(err)
			}
			text := out.String()
			for _, part := range []string{organisation.Name, person.Name, organisation.URL, organisation.Fingerprint, "anna", "24", "Servicedesk, 08:00-17:00"} {
				if !strings.Contains(text, part) {
					t.Errorf("%s: the letter does not hold %q", language, part)
				}
			}
			if strings.Contains(text, "DEMO") || strings.Contains(text, "<no value>") {
				t.Errorf("%s: the letter says\n%s", language, text)
			}
			for line := range strings.Lines(text) {
				if len([]rune(strings.TrimRight(line, "\n"))) > 96 {
					t.Errorf("%s: a line is too long for paper: %s", language, line)
				}
			}
			want := enroll.LinkAddress{Server: organisation.URL, User: "anna", Fingerprint: organisation.Fingerprint}
			if got, err := enroll.ParseLinkAddress(scan(t, text, paper)); err != nil || got != want {
				t.Errorf("%s: the QR code says %+v, %v", language, got, err)
			}
		}
	}
}

// What the letter quotes, a person looks for in the window.
func TestLetterQuotesTheApp(t *testing.T) {
	quoted := regexp.MustCompile(`"([^"]+)"`)
	organisation := identity.OrganisationSettings{Name: "Gemeente Voorbeeld", URL: "https://codes.example.org", Fingerprint: "sha256:" + strings.Repeat("0a", 32)}
	for _, language := range languages() {
		var shown map[string]any
		content, err := os.ReadFile(filepath.Join("..", "assets", "texts", "app."+language+".json"))
		if err == nil {
			err = json.Unmarshal(content, &shown)
		}
		if err != nil {
			t.Fatal(err)
		}
		words := map[string]bool{}
		for _, text := range shown {
			if text, ok := text.(string); ok {
				words[text] = true
			}
		}
		var out bytes.Buffer
		if err := writeLetter(&out, language, true, identity.Person{Details: identity.Details{User: "anna"}}, organisation); err != nil {
			t.Fatal(err)
		}
		found := quoted.FindAllStringSubmatch(strings.Join(strings.Fields(out.String()), " "), -1)
		if len(found) < 5 {
			t.Errorf("%s: the letter quotes only %q", language, found)
		}
		for _, quote := range found {
			if !words[quote[1]] {
				t.Errorf("%s: the letter names %q, which the app does not show", language, quote[1])
			}
		}
	}
}

func TestLetterWithoutFingerprintOrAddress(t *testing.T) {
	var out bytes.Buffer
	organisation := identity.OrganisationSettings{Name: "Gemeente Voorbeeld", Environment: enroll.Demo, URL: "https://codes.example.org"}
	if err := writeLetter(&out, "nl", true, identity.Person{Details: identity.Details{User: "anna"}}, organisation); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, "ingerafdruk") || strings.Contains(text, "Hulp") || !strings.Contains(text, "DEMO") {
		t.Errorf("the letter says\n%s", text)
	}
	organisation.URL = ""
	if err := writeLetter(&out, "nl", true, identity.Person{}, organisation); !errors.Is(err, letter.ErrNoAddress) {
		t.Errorf("without an address: %v", err)
	}
}

// scan reads the QR code as it looks: on paper a block is ink, on a dark screen
// it is light.
func scan(t *testing.T, text string, paper bool) string {
	t.Helper()
	const dot = 4
	var rows [][]rune
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); strings.Trim(line, " █▀▄") == "" && line != "" {
			rows = append(rows, []rune(line))
		}
	}
	if len(rows) == 0 {
		t.Fatal("there is no QR code")
	}
	picture := image.NewGray(image.Rect(0, 0, (len(rows[0])+8)*dot, (len(rows)*2+8)*dot))
	for i := range picture.Pix {
		picture.Pix[i] = 255
	}
	for y := range len(rows) * 2 {
		for x, r := range rows[y/2] {
			ink := r == '█' || (r == '▀') == (y%2 == 0) && r != ' '
			if ink == paper {
				for i := range dot * dot {
					picture.SetGray((x+4)*dot+i%dot, (y+4)*dot+i/dot, color.Gray{})
				}
			}
		}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatalf("the QR code cannot be read: %v\n%s", err, text)
	}
	return found.GetText()
}

func TestShippedTexts(t *testing.T) {
	for _, name := range []string{"privacy", "terms"} {
		document, err := shipped(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, language := range languages() {
			if document.Title[language] == "" || len(document.Text[language]) < 500 {
				t.Errorf("%s in %s is %d bytes", name, language, len(document.Text[language]))
			}
		}
		if document.Version != shippedVersion {
			t.Errorf("%s has version %s", name, document.Version)
		}
	}
	for _, bad := range []string{"", "Title", "Title\nText", "\n\nText", "Title\n\n \n"} {
		if document := emptyDocument("1"); setText(&document, "nl", bad) == nil {
			t.Errorf("%q is taken as a text", bad)
		}
	}
	document := emptyDocument("1")
	if err := setText(&document, "nl", "\ufeffTitel\r\n\r\nEén.\r\n\r\nTwee.\r\n"); err != nil || document.Title["nl"] != "Titel" || document.Text["nl"] != "Eén.\n\nTwee." {
		t.Errorf("a text from Windows becomes %+v, %v", document, err)
	}
}
