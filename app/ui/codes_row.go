package ui

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/words"
	"sleutelbos/enroll"
	"sleutelbos/vault"
)

// soon is when little time is left to type a code.
const soon = 5 * time.Second

// starIcon marks a favourite. It is drawn here, for Fyne has none; the colour is
// the theme's.
var starIcon = fyne.NewStaticResource("star.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24"><path fill="#000" d="M12 2.6l2.9 6.1 6.6.9-4.8 4.6 1.2 6.6L12 17.6l-5.9 3.2 1.2-6.6L2.5 9.6l6.6-.9z"/></svg>`))

// codeRow shows one entry: who asks, whose account, the code in two groups and
// the time it has left. A click copies, a drag puts it elsewhere, and the dots or
// the other button open a menu.
type codeRow struct {
	widget.BaseWidget
	list  *codes
	entry vault.Entry
	mark  bool   // chosen with the keyboard
	state string // what the right side says now, so that only changes are drawn

	ground          *canvas.Rectangle
	issuer, account *widget.Label
	demo, star      fyne.CanvasObject
	code            *canvas.Text
	note            *canvas.Text
	track, left     *canvas.Arc
	ring            *fyne.Container
	dots            *dots
}

var (
	_ desktop.Cursorable = (*codeRow)(nil)
	_ fyne.Draggable     = (*codeRow)(nil)
)

func newCodeRow(list *codes) *codeRow {
	r := &codeRow{list: list}
	r.ground = canvas.NewRectangle(shade(colorCard))
	r.ground.CornerRadius = 12
	r.issuer = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	r.issuer.Truncation = fyne.TextTruncateEllipsis
	r.account = widget.NewLabel("")
	r.account.Importance = widget.LowImportance
	r.account.SizeName = theme.SizeNameCaptionText
	r.account.Truncation = fyne.TextTruncateEllipsis
	r.demo = badge("DEMO", colorSoon)
	r.demo.Hide()
	r.star = widget.NewIcon(theme.NewPrimaryThemedResource(starIcon))
	r.star.Hide()
	r.code = canvas.NewText("", shade(theme.ColorNamePrimary))
	r.code.TextSize, r.code.TextStyle = 26, fyne.TextStyle{Monospace: true, Bold: true}
	r.note = canvas.NewText("", shade(colorMuted))
	r.note.TextSize = 13
	r.track = canvas.NewDoughnutArc(0, 360, shade(colorTrack))
	r.left = canvas.NewDoughnutArc(0, 360, shade(theme.ColorNamePrimary))
	for _, arc := range []*canvas.Arc{r.track, r.left} {
		arc.CutoutRatio = 0.62
		arc.SetMinSize(fyne.NewSquareSize(24))
	}
	r.ring = container.NewStack(r.track, r.left)
	r.dots = newDots(func(at fyne.Position) { r.list.entryMenu(r.entry, at) })
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer lays the row out.
func (r *codeRow) CreateRenderer() fyne.WidgetRenderer {
	names := container.New(&tight{}, r.issuer, r.account)
	right := container.NewHBox(container.NewCenter(r.star), container.NewCenter(r.demo), container.NewCenter(r.note), container.NewCenter(r.code), space(1), container.NewCenter(r.ring), container.NewCenter(r.dots))
	inner := container.NewBorder(nil, nil, nil, right, names)
	return widget.NewSimpleRenderer(container.NewStack(
		container.New(layout.NewCustomPaddedLayout(3, 3, listRoom, listRoom), r.ground),
		container.New(layout.NewCustomPaddedLayout(9, 9, listRoom+8, listRoom+8), inner)))
}

// set gives the row an entry. Rows are used again for other entries.
func (r *codeRow) set(e vault.Entry, mark bool, now time.Time) {
	r.entry, r.mark, r.state = e, mark, ""
	issuer, account := e.Issuer, e.Account
	if issuer == "" {
		issuer, account = account, ""
	}
	if issuer == "" {
		issuer = r.list.say("codes.no-name")
	}
	if e.Foreign {
		account = r.list.foreign(e)
	} else if groups := strings.Join(e.Groups, ", "); groups != "" {
		account = strings.TrimPrefix(account+" · "+groups, " · ")
	}
	show(r.star, e.Favourite)
	demo := e.Link != nil && e.Link.Environment == string(enroll.Demo)
	if demo { // the server says so in the name too, for other apps' sake
		issuer = strings.TrimSuffix(issuer, " (demo)")
	}
	r.issuer.SetText(issuer)
	r.account.SetText(account)
	show(r.demo, demo)
	r.ground.FillColor = shade(colorCard)
	r.ground.StrokeColor, r.ground.StrokeWidth = shade(theme.ColorNameSeparator), 1
	if mark {
		r.ground.StrokeColor, r.ground.StrokeWidth = shade(theme.ColorNamePrimary), 2
	}
	r.ground.Refresh()
	r.tick(now)
}

// tick shows the code and the time it has left.
func (r *codeRow) tick(now time.Time) {
	switch {
	case r.entry.Foreign:
		r.say(r.list.say("codes.foreign"))
	case !r.entry.Readable:
		r.say("?")
	case r.entry.Link.Pending():
		r.say(r.list.say("codes.pending"))
	case r.entry.Kind == enroll.HOTP:
		if r.state == "" {
			r.say(r.list.say("codes.show-counter"))
		}
	default:
		r.tickTime(now)
	}
}

func (r *codeRow) tickTime(now time.Time) {
	code, err := r.list.vault.Peek(r.entry.ID, now)
	if err != nil {
		r.say("?")
		return
	}
	left := code.Until.Sub(now)
	if r.list.isUsed(r.entry, code) {
		r.say(r.list.say("codes.used", "n", int((left+time.Second-1)/time.Second)))
		return
	}
	color := shade(theme.ColorNamePrimary)
	if left <= soon {
		color = shade(colorSoon)
	}
	if text := words.Grouped(code.Text); text != r.state || color != r.code.Color {
		r.state = text
		r.code.Text, r.code.Color = text, color
		r.note.Hide()
		r.code.Show()
		r.ring.Show()
		r.code.Refresh()
	}
	period := code.Until.Sub(code.From)
	r.left.FillColor = color
	r.left.StartAngle = 360 - 360*float32(left)/float32(period)
	r.left.EndAngle = 360
	r.left.Refresh()
}

// say shows words in place of a code.
func (r *codeRow) say(text string) {
	if text == r.state {
		return
	}
	r.state = text
	r.note.Text = text
	r.note.Show()
	r.code.Hide()
	r.ring.Hide()
	r.note.Refresh()
}

// reveal shows a counter-based code until the row is used for something else.
func (r *codeRow) reveal(code string) {
	r.state = words.Grouped(code)
	r.code.Text, r.code.Color = r.state, shade(theme.ColorNamePrimary)
	r.note.Hide()
	r.code.Show()
	r.ring.Hide()
	r.code.Refresh()
}

// Tapped copies.
func (r *codeRow) Tapped(*fyne.PointEvent) { r.list.take(r.entry) }

// TappedSecondary opens the menu of the entry.
func (r *codeRow) TappedSecondary(e *fyne.PointEvent) { r.list.entryMenu(r.entry, e.AbsolutePosition) }

// Dragged carries the entry along; the list makes room for it.
func (r *codeRow) Dragged(e *fyne.DragEvent) { r.list.carry(r, e.Dragged.DY) }

// DragEnd leaves it where it is.
func (r *codeRow) DragEnd() { r.list.putDown() }

// Cursor is a hand.
func (r *codeRow) Cursor() desktop.Cursor { return desktop.PointerCursor }
