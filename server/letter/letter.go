package letter

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"

	"sleutelbos/assets"
	"sleutelbos/enroll"
	"sleutelbos/server/identity"
)

// Errors of [Write].
var (
	// ErrNoAddress says that a letter cannot be written because the server never
	// ran.
	ErrNoAddress = errors.New("the server has no public address yet; start it once, with --url, before you print letters")
	// ErrScript says that a user name is in letters that the typeface has not.
	ErrScript = errors.New("this user name has letters that the letter cannot show")
	ErrNobody = errors.New("a letter is for somebody; name at least one person")
)

// Names gives the names of organisations by their ids, for the addresses.
func Names(all []identity.Organisation) map[string]string {
	names := map[string]string{}
	for _, o := range all {
		names[o.ID] = o.Name
	}
	return names
}

// Write makes the letters of these people, in their order, a page for each. Under
// a person's name stands that of their organisation; whom names does not name is
// of the operator's.
func Write(w io.Writer, people []identity.Person, names map[string]string, o identity.OrganisationSettings, now time.Time) error {
	switch {
	case o.URL == "":
		return ErrNoAddress
	case len(people) == 0:
		return ErrNobody
	}
	p, err := newPrinter(o, now)
	if err == nil {
		p.names = names
	}
	if err != nil {
		return fmt.Errorf("print letters: %w", err)
	}
	for _, person := range people {
		if !p.shows(person.User) {
			return fmt.Errorf("%s: %w", person.User, ErrScript)
		}
		if err := p.print(person); err != nil {
			return fmt.Errorf("print letters: %w", err)
		}
	}
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("print letters: %w", err)
	}
	return nil
}

const face = "Liberation"

// printer puts letters on pages.
type printer struct {
	pdf   *fpdf.Fpdf
	glyph *sfnt.Font
	sheet sheet
	now   time.Time
	o     identity.OrganisationSettings
	words map[string]assets.Words
	names map[string]string // of organisations
}

func newPrinter(o identity.OrganisationSettings, now time.Time) (*printer, error) {
	plain, strong, err := assets.Fonts()
	if err != nil {
		return nil, err
	}
	p := &printer{pdf: fpdf.New("P", "mm", "A4", ""), sheet: sheetOf(o.LetterWindow), o: o, now: now, words: map[string]assets.Words{}}
	if p.glyph, err = sfnt.Parse(plain); err != nil {
		return nil, err
	}
	for _, language := range []string{"nl", "en"} {
		if p.words[language], err = assets.ServerIn(language); err != nil {
			return nil, err
		}
	}
	p.pdf.AddUTF8FontFromBytes(face, "", plain)
	p.pdf.AddUTF8FontFromBytes(face, "B", strong)
	p.pdf.SetAutoPageBreak(false, 0)
	p.pdf.SetMargins(0, 0, 0)
	p.pdf.SetCellMargin(0)
	p.pdf.SetCreationDate(now)
	p.pdf.SetModificationDate(now)
	p.pdf.SetCatalogSort(true)
	p.pdf.SetProducer("Sleutelbos", true)
	p.pdf.SetAuthor(o.Name, true)
	return p, p.pdf.Error()
}

// shows tells whether the typeface has every letter of a text.
func (p *printer) shows(text string) bool {
	var buffer sfnt.Buffer
	for _, r := range norm.NFC.String(text) {
		index, err := p.glyph.GlyphIndex(&buffer, r)
		if err != nil || index == 0 || r > 0xffff {
			return false
		}
	}
	return true
}

// name is how a person is addressed: by name, unless that is in letters that the
// typeface has not.
func (p *printer) name(person identity.Person) string {
	if !p.shows(person.Name) {
		return person.User
	}
	return norm.NFC.String(person.Name)
}

func (p *printer) print(person identity.Person) error {
	words := p.words["nl"]
	if person.Language == "en" {
		words = p.words["en"]
	}
	p.pdf.AddPage()
	if p.pdf.PageNo() == 1 {
		p.pdf.SetTitle(words.Say("letter.title"), true)
		p.pdf.SetLang(words.Language())
	}
	l := page{printer: p, Words: words, person: person, name: p.name(person), scale: 1}
	l.measure()
	l.frame()
	l.body()
	return p.pdf.Error()
}

func contactLine(c enroll.Contact) string {
	var parts []string
	for _, part := range []string{c.Name, c.Phone, c.Email, c.Hours} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
