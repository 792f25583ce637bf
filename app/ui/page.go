package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/words"
	"sleutelbos/enroll"
)

// page is the frame that every step stands in: where one is, what it is about,
// what there is to do, and below, always in the same place, the way back and
// the way on.
type page struct {
	step    int               // 1 to 5 in the wizard, 0 elsewhere
	whose   fyne.CanvasObject // on top, beside the step: with whom one links; nil: not known
	heading string
	lead    string
	body    []fyne.CanvasObject
	back    *button // nil: no way back
	primary *button // nil: no way on
	// fill gets the room that is left, between body and foot; nil mostly.
	fill fyne.CanvasObject
}

const (
	columnWidth = 560
	steps       = 5
	margin      = 18
	// barRoom is what is kept free beside what scrolls, so that the bar covers
	// nothing.
	barRoom = 8
)

func (s *shell) page(p page) fyne.CanvasObject {
	head := container.NewVBox()
	if p.step > 0 {
		at := muted(s.say("link.step", "step", p.step))
		at.Wrapping = fyne.TextWrapOff
		head.Add(container.NewVBox(s.progress(p.step), container.NewBorder(nil, nil, at, nil, p.whose)))
	} else if p.whose != nil {
		head.Add(p.whose)
	}
	if p.heading != "" {
		head.Add(heading(p.heading))
	}
	if p.lead != "" {
		head.Add(paragraph(p.lead))
	}
	body := container.NewVBox(p.body...)
	var middle fyne.CanvasObject
	if p.fill != nil {
		middle = beforeBar(container.NewBorder(container.NewVBox(head, body), nil, nil, nil, p.fill))
	} else {
		middle = container.NewVScroll(beforeBar(container.NewVBox(head, body)))
	}
	foot := container.NewHBox()
	if p.back != nil {
		foot.Add(p.back)
	}
	foot.Add(layout.NewSpacer())
	if p.primary != nil {
		foot.Add(p.primary)
	}
	frame := container.NewBorder(nil, beforeBar(container.NewVBox(space(6), foot)), nil, nil, middle)
	return container.New(&column{}, container.New(layout.NewCustomPaddedLayout(margin, margin, margin, margin-barRoom), frame))
}

// beforeBar ends where a bar to scroll with begins.
func beforeBar(o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(0, 0, 0, barRoom), o)
}

// progress draws how far the wizard is.
func (s *shell) progress(step int) fyne.CanvasObject {
	bars := container.NewGridWithColumns(steps)
	for i := range steps {
		bar := canvas.NewRectangle(shade(colorTrack))
		if i < step {
			bar.FillColor = shade(theme.ColorNamePrimary)
		}
		bar.CornerRadius = 3
		bar.SetMinSize(fyne.NewSize(20, 6))
		bars.Add(bar)
	}
	return bars
}

// column keeps what it holds readable on a wide window: centred, no wider than
// columnWidth.
type column struct{}

// Layout centres the one object.
func (*column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(size.Width, columnWidth)
	for _, o := range objects {
		o.Resize(fyne.NewSize(width, size.Height))
		o.Move(fyne.NewPos((size.Width-width)/2, 0))
	}
}

// MinSize is that of the one object.
func (*column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.Size{}
	for _, o := range objects {
		size = size.Max(o.MinSize())
	}
	return size
}

// alert says what went wrong and what to do next, on the screen where it
// happened; nothing that was filled in goes away.
type alert struct {
	box        *fyne.Container
	ground     *canvas.Rectangle
	icon       *widget.Icon
	what, next *widget.Label
}

func newAlert() *alert {
	a := &alert{what: paragraph(""), next: paragraph(""), icon: widget.NewIcon(nil)}
	a.what.TextStyle.Bold = true
	a.ground = canvas.NewRectangle(shade(colorCard))
	a.ground.CornerRadius = 10
	words := container.New(&tight{}, a.what, a.next)
	a.box = container.NewStack(a.ground, padded(container.NewBorder(nil, nil, container.NewVBox(space(5), a.icon), nil, words), 6))
	a.box.Hide()
	return a
}

// show says what went wrong.
func (a *alert) show(m words.Message) {
	a.say(m, widget.DangerImportance, theme.ColorNameError, theme.NewErrorThemedResource(theme.WarningIcon()))
}

// inform says what is so, and that nothing is wrong with it.
func (a *alert) inform(m words.Message) {
	a.say(m, widget.MediumImportance, theme.ColorNamePrimary, theme.NewPrimaryThemedResource(theme.InfoIcon()))
}

func (a *alert) say(m words.Message, importance widget.Importance, line fyne.ThemeColorName, icon fyne.Resource) {
	a.ground.StrokeColor, a.ground.StrokeWidth = shade(line), 1.5
	a.icon.SetResource(icon)
	a.what.Importance = importance
	a.what.SetText(m.What)
	a.next.SetText(m.Next)
	if m.Next == "" {
		a.next.Hide()
	} else {
		a.next.Show()
	}
	a.box.Show()
	a.box.Refresh()
}

func (a *alert) hide() { a.box.Hide() }

// showError explains err in the alert, and in the window's title, which is what
// a screen reader and a task bar say.
func (s *shell) showError(a *alert, err error, server string) {
	m := words.Explain(s.Words, err, server)
	a.show(m)
	s.window.SetTitle(m.What + " – " + s.say("app.name"))
}

// environmentBadge says which environment something is of, in colour and in
// words.
func (s *shell) environmentBadge(of enroll.Environment) fyne.CanvasObject {
	ground := theme.ColorNamePrimary
	switch of {
	case enroll.Demo:
		ground = colorSoon
	case "": // a link that does not say
		of = enroll.Production
	}
	return badge(strings.ToUpper(s.say("env."+string(of))), ground)
}

// whose says with whom one links, small, and in which environment.
func (s *shell) whose(organisation string, environment enroll.Environment) fyne.CanvasObject {
	name := muted(organisation)
	name.Wrapping, name.Truncation, name.Alignment = fyne.TextWrapOff, fyne.TextTruncateEllipsis, fyne.TextAlignTrailing
	return container.NewBorder(nil, nil, nil, container.NewCenter(s.environmentBadge(environment)), name)
}

// badge is a small word on a coloured ground.
func badge(text string, ground fyne.ThemeColorName) fyne.CanvasObject {
	label := canvas.NewText(text, shade(theme.ColorNameForegroundOnPrimary))
	label.TextSize, label.TextStyle = 11, fyne.TextStyle{Bold: true}
	box := canvas.NewRectangle(shade(ground))
	box.CornerRadius = 5
	return container.NewStack(box, container.New(layout.NewCustomPaddedLayout(2, 2, 7, 7), label))
}
