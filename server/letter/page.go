package letter

import (
	"fmt"
	"strings"

	"github.com/skip2/go-qrcode"
	"golang.org/x/text/unicode/norm"

	"sleutelbos/assets"
	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/message"
)

// Measures, in millimetres from the upper left corner; type in points.
const (
	left      = 25.0
	right     = 190.0
	textTop   = 103.0 // below what any window shows
	bottom    = 285.0
	qrSize    = 42.0
	normal    = 10.5
	small     = 8.0
	line      = 5.0
	paragraph = 2.5
)

// sheet is where a window envelope of 220 by 110 mm shows the address.
type sheet struct {
	addressX, addressY float64
	dateX              float64
	folds              [2]float64
}

// sheetOf: on the left as DIN 5008 form B has it, on the right where Dutch
// envelopes have theirs. The address lies where the window shows it, however the
// folded letter slides in the envelope.
func sheetOf(window identity.Window) sheet {
	if window == identity.WindowRight {
		return sheet{addressX: 115, addressY: 60, dateX: left, folds: [2]float64{99, 198}}
	}
	return sheet{addressX: left, addressY: 63, dateX: 125, folds: [2]float64{105, 210}}
}

// page is one letter.
type page struct {
	*printer
	assets.Words
	person identity.Person
	name   string
	y      float64
	scale  float64 // of what is below the window
	dry    bool    // nothing is drawn
}

// measure finds the size at which everything fits: long names and addresses
// need a smaller one.
func (l *page) measure() {
	l.dry = true
	for l.body(); l.y > bottom && l.scale > 0.5; l.body() {
		l.scale -= 0.05
	}
	l.dry = false
}

// frame puts the sender, the address, the date and the marks for folding.
func (l *page) frame() {
	l.font("B", 14)
	l.at(left, 20, l.fit(l.o.Name, right-left))
	if l.o.Environment == enroll.Demo {
		l.font("B", normal)
		if !l.dry {
			l.pdf.SetFillColor(243, 166, 90) // as the band of the pages
			l.pdf.Rect(left-2, 26.5, right-left+4, 7, "F")
			l.pdf.SetFillColor(0, 0, 0)
		}
		l.at(left, 28, l.Say("letter.demo"))
	}
	l.font("", small)
	l.pdf.SetTextColor(90, 90, 90)
	l.at(l.sheet.addressX, l.sheet.addressY-5, l.fit(l.o.Name+" · "+l.Say("letter.page-of"), 80))
	l.pdf.SetTextColor(0, 0, 0)
	l.font("", normal)
	l.at(l.sheet.addressX, l.sheet.addressY+1, l.fit(l.name, 80))
	of := l.names[l.person.Organisation]
	if of == "" || !l.shows(of) {
		of = l.o.Name
	}
	l.at(l.sheet.addressX, l.sheet.addressY+1+line, l.fit(of, 80))
	l.at(l.sheet.dateX, 93, message.Date(l.now, l.o.Location(), l.Language()))
	l.pdf.SetDrawColor(160, 160, 160)
	l.pdf.SetLineWidth(0.2)
	for _, y := range l.sheet.folds {
		l.pdf.Line(4, y, 8, y)
	}
	l.pdf.Line(4, 148.5, 9, 148.5) // where to punch
}

func (l *page) body() {
	l.y = textTop
	l.font("B", 12*l.scale)
	l.paragraph(left, right, l.Say("letter.subject"))
	l.font("", normal*l.scale)
	l.y += 1
	l.paragraph(left, right, l.Say("letter.greeting", "name", l.name))
	l.paragraph(left, right, l.Say("letter.intro", "organisation", l.o.Name))
	l.box()
	l.heading(l.Say("letter.need"))
	for _, text := range []string{l.Say("letter.need-letter"), l.Say("letter.need-app"), l.Say("letter.need-code")} {
		l.item("–", text, 0)
	}
	l.y += paragraph
	l.heading(l.Say("letter.how"))
	look := l.Say("letter.look-up")
	if l.o.Fingerprint != "" {
		look += " " + l.Say("letter.compare")
	}
	steps := []string{l.Say("letter.open"), look, l.Say("letter.accept"), l.Say("letter.fill-in"), l.Say("letter.done")}
	for i, text := range steps {
		l.item(fmt.Sprintf("%d.", i+1), text, 0.8)
	}
	if contact := contactLine(l.o.Contact); contact != "" {
		l.y += paragraph
		l.font("B", normal*l.scale)
		l.paragraph(left, right, l.Say("letter.help", "contact", contact))
	}
}

// box shows what is typed over, and the QR code of the same.
func (l *page) box() {
	const inside = 4.0
	top := l.y + 1
	height := qrSize + 2*inside
	width := right - left - 3*inside - qrSize
	y := top + inside
	field := func(name, text string, size float64, lines ...string) {
		l.font("", small)
		l.pdf.SetTextColor(90, 90, 90)
		l.at(left+inside, y, name)
		l.pdf.SetTextColor(0, 0, 0)
		l.font("B", size)
		if text != "" {
			lines = l.split(text, width)
		}
		y += 4.3
		for _, text := range lines {
			l.at(left+inside, y, text)
			y += size * 0.42
		}
		y += 2.5
	}
	field(l.Say("letter.user"), norm.NFC.String(l.person.User), 14*l.scale)
	field(l.Say("letter.server"), l.o.URL, normal*l.scale)
	if l.o.Fingerprint != "" {
		field(l.Say("letter.fingerprint"), "", 9*l.scale, grouped(l.o.Fingerprint)...)
	}
	height = max(height, y+inside-2.5-top)
	l.y = top + height + 5
	if l.dry {
		return
	}
	l.pdf.SetDrawColor(120, 120, 120)
	l.pdf.SetLineWidth(0.3)
	l.pdf.Rect(left, top, right-left, height, "D")
	l.qr(right-inside-qrSize, top+inside)
}

// grouped parts a fingerprint into lines that are easily typed over.
func grouped(fingerprint string) []string {
	kind, digits, _ := strings.Cut(fingerprint, ":")
	half := len(digits) / 2
	return []string{kind + ":" + digits[:half], digits[half:]}
}

// qr draws the code of the link, row by row, so that it is sharp at every size.
func (l *page) qr(x, y float64) {
	address := enroll.LinkAddress{Server: l.o.URL, User: l.person.User, Fingerprint: l.o.Fingerprint}
	code, err := qrcode.New(address.String(), qrcode.Medium)
	if err != nil {
		l.pdf.SetError(err)
		return
	}
	code.DisableBorder = true
	dots := code.Bitmap()
	size := qrSize / float64(len(dots))
	l.pdf.SetFillColor(0, 0, 0)
	for row, dark := range dots {
		for begin := 0; begin < len(dark); begin++ {
			end := begin
			for end < len(dark) && dark[end] {
				end++
			}
			if end > begin {
				// A little taller than a row, so that no printer leaves a gap.
				l.pdf.Rect(x+float64(begin)*size, y+float64(row)*size, float64(end-begin)*size, size*1.02, "F")
				begin = end
			}
		}
	}
}

func (l *page) font(style string, size float64) { l.pdf.SetFont(face, style, size) }

// at puts one line, whose upper edge is at y.
func (l *page) at(x, y float64, text string) {
	if l.dry {
		return
	}
	l.pdf.SetXY(x, y)
	l.pdf.CellFormat(0, 4, text, "", 0, "L", false, 0, "")
}

func (l *page) heading(text string) {
	l.font("B", normal*l.scale)
	l.paragraph(left, right, text)
	l.y -= paragraph - 0.8
	l.font("", normal*l.scale)
}

func (l *page) paragraph(from, to float64, text string) {
	for _, text := range l.split(text, to-from) {
		l.at(from, l.y, text)
		l.y += line * l.scale
	}
	l.y += paragraph
}

func (l *page) item(mark, text string, gap float64) {
	l.at(left, l.y, mark)
	l.paragraph(left+6, right, text)
	l.y -= paragraph - gap
}

// split breaks a text into lines; a word that is wider than a line is broken
// too.
func (l *page) split(text string, width float64) []string {
	var lines []string
	now := ""
	for _, word := range strings.Fields(text) {
		joined := word
		if now != "" {
			joined = now + " " + word
		}
		if l.pdf.GetStringWidth(joined) <= width {
			now = joined
			continue
		}
		if now != "" {
			lines = append(lines, now)
		}
		for now = word; l.pdf.GetStringWidth(now) > width; {
			head := l.head(now, width)
			lines, now = append(lines, head), now[len(head):]
		}
	}
	return append(lines, now)
}

// head is as much of a text as fits.
func (l *page) head(text string, width float64) string {
	end := 0
	for i, r := range text {
		next := i + len(string(r))
		if end > 0 && l.pdf.GetStringWidth(text[:next]) > width {
			break
		}
		end = next
	}
	return text[:end]
}

// fit shortens a text to a width.
func (l *page) fit(text string, width float64) string {
	if l.pdf.GetStringWidth(text) <= width {
		return text
	}
	return l.head(text, width-l.pdf.GetStringWidth("…")) + "…"
}
