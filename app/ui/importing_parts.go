package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/carry"
	"sleutelbos/app/words"
	"sleutelbos/enroll/migrate"
)

// asking is the question for the password of a file. The file that asked waits
// in gathered; what is on the list stays.
type asking struct {
	screen   *importing
	gathered *carry.Gathering
	box      *fyne.Container
	what     *widget.Label
	secret   *field
	state    *widget.Label
}

func newAsking(i *importing) *asking {
	a := &asking{screen: i, what: paragraph(""), state: muted("")}
	a.secret = newField("", i.back)
	a.secret.Password = true
	a.secret.OnSubmitted = func(string) { a.open() }
	a.state.Importance = widget.DangerImportance
	open := newPrimary(i.say("bring.open"), a.open)
	skip := newQuiet(i.say("bring.skip"), nil, a.skip)
	a.box = container.NewVBox(card(container.NewVBox(a.what, a.secret, a.state, container.NewHBox(skip, layout.NewSpacer(), open))))
	a.box.Hide()
	return a
}

func (a *asking) show(g *carry.Gathering, ask migrate.Ask) {
	a.gathered = g
	a.what.SetText(a.screen.say("bring.ask", "file", g.Failed(), "what", a.screen.say(ask.Text)))
	a.secret.SetText("")
	a.state.Hide()
	a.box.Show()
	a.screen.window.Canvas().Focus(a.secret)
}

// wrong says so beside the field, and what was typed can be mended.
func (a *asking) wrong(g *carry.Gathering, m words.Message) {
	a.gathered = g
	a.state.SetText(m.String())
	a.state.Show()
	a.screen.window.SetTitle(m.What + " – " + a.screen.say("app.name"))
	a.screen.window.Canvas().Focus(a.secret)
}

func (a *asking) open() {
	if a.secret.Text != "" && !a.screen.busy {
		a.screen.look(a.gathered.Opening([]byte(a.secret.Text)))
	}
}

// skip leaves the file out and goes on with the others.
func (a *asking) skip() {
	rest := a.gathered.Without()
	a.hide()
	if rest.Len() == 0 {
		a.screen.refresh()
		return
	}
	a.screen.look(rest)
}

func (a *asking) hide() {
	a.box.Hide()
	a.secret.SetText("")
	a.gathered = nil
}

// items is the list of what would come. Rows are used again, so that thousands
// cost what a window full does.
func (i *importing) items() *rows {
	return newRows(
		func() int {
			if i.plan == nil {
				return 0
			}
			return len(i.plan.Items)
		},
		func() fyne.CanvasObject { return newItemRow(i) },
		func(n widget.ListItemID, o fyne.CanvasObject) {
			if r, ok := o.(*itemRow); ok && n < len(i.plan.Items) {
				r.set(n, i.plan.Items[n], n == i.chosen)
			}
		})
}

// itemRow is one entry that can come: ticked or not, whose it is, and what
// becomes of it. A click anywhere ticks.
type itemRow struct {
	widget.BaseWidget
	list *importing
	at   int

	ground     *canvas.Rectangle
	tick       *widget.Icon
	name, more *widget.Label
	becomes    *canvas.Text
}

var _ desktop.Cursorable = (*itemRow)(nil)

func newItemRow(i *importing) *itemRow {
	r := &itemRow{list: i, ground: canvas.NewRectangle(shade(colorCard)), tick: widget.NewIcon(theme.CheckButtonIcon())}
	r.ground.CornerRadius = 10
	r.name = widget.NewLabelWithStyle("", fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	r.name.Truncation = fyne.TextTruncateEllipsis
	r.more = muted("")
	r.more.Wrapping, r.more.Truncation = fyne.TextWrapOff, fyne.TextTruncateEllipsis
	r.becomes = canvas.NewText("", shade(colorMuted))
	r.becomes.TextSize, r.becomes.TextStyle = 13, fyne.TextStyle{Bold: true}
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer lays the row out.
func (r *itemRow) CreateRenderer() fyne.WidgetRenderer {
	names := container.New(&tight{}, r.name, r.more)
	inner := container.NewBorder(nil, nil, container.NewCenter(r.tick), container.NewCenter(r.becomes), names)
	return widget.NewSimpleRenderer(container.NewStack(
		container.New(layout.NewCustomPaddedLayout(2, 2, listRoom, listRoom), r.ground),
		container.New(layout.NewCustomPaddedLayout(2, 2, listRoom+8, listRoom+12), inner)))
}

func (r *itemRow) set(at int, item carry.Item, mark bool) {
	r.at = at
	name, more := item.Key.Issuer, item.Key.Account
	if name == "" {
		name, more = more, ""
	}
	if name == "" {
		name = r.list.say("codes.no-name")
	}
	text, colour := r.list.becomes(item)
	switch item.Verdict.What {
	case migrate.Changed, migrate.Kept:
		more = words.Reason(r.list.Words, item)
	}
	r.name.SetText(name)
	r.more.SetText(more)
	r.becomes.Text, r.becomes.Color = text, shade(colour)
	r.becomes.Refresh()
	switch {
	case !item.Takeable():
		r.tick.SetResource(theme.NewDisabledResource(theme.ConfirmIcon()))
	case item.Take:
		r.tick.SetResource(theme.NewPrimaryThemedResource(theme.CheckButtonCheckedIcon()))
	default:
		r.tick.SetResource(theme.CheckButtonIcon())
	}
	r.ground.FillColor = shade(colorCard)
	r.ground.StrokeColor, r.ground.StrokeWidth = shade(theme.ColorNameSeparator), 1
	if mark {
		r.ground.StrokeColor, r.ground.StrokeWidth = shade(theme.ColorNamePrimary), 2
	}
	r.ground.Refresh()
}

// becomes is a word for what becomes of an entry, and its colour.
func (i *importing) becomes(item carry.Item) (string, fyne.ThemeColorName) {
	switch item.Verdict.What {
	case migrate.New:
		return i.say("bring.new"), theme.ColorNameSuccess
	case migrate.Changed:
		return i.say("bring.changed"), theme.ColorNameWarning
	case migrate.Kept:
		return i.say("bring.kept"), theme.ColorNameWarning
	case migrate.Again:
		return i.say("bring.again"), colorMuted
	}
	return i.say("bring.here"), colorMuted
}

// Tapped ticks or takes the tick away.
func (r *itemRow) Tapped(*fyne.PointEvent) { r.list.tick1(r.at) }

// Cursor is a hand.
func (r *itemRow) Cursor() desktop.Cursor { return desktop.PointerCursor }

func (i *importing) tickAll(on bool) {
	for n := range i.plan.Items {
		item := &i.plan.Items[n]
		item.Take = on && item.Takeable()
	}
	i.list.Refresh()
	i.count()
}

func (i *importing) tick1(n int) {
	if i.plan == nil || n >= len(i.plan.Items) || !i.plan.Items[n].Takeable() {
		return
	}
	i.plan.Items[n].Take = !i.plan.Items[n].Take
	i.chosen = n
	i.list.Refresh()
	i.count()
}

// key moves the mark, and the space bar ticks.
func (i *importing) key(e *fyne.KeyEvent) {
	if i.plan == nil || i.busy {
		return
	}
	all := len(i.plan.Items)
	by := map[fyne.KeyName]int{
		fyne.KeyDown: 1, fyne.KeyUp: -1, fyne.KeyPageDown: pageRows, fyne.KeyPageUp: -pageRows, fyne.KeyEnd: all, fyne.KeyHome: -all,
	}[e.Name]
	switch {
	case e.Name == fyne.KeySpace:
		i.tick1(i.chosen)
	case by != 0:
		i.window.Canvas().Focus(i.list) // and not a button, which the space bar would press
		i.chosen = min(max(i.chosen+by, 0), all-1)
		i.list.ScrollTo(i.chosen)
		i.list.Refresh()
	}
}
