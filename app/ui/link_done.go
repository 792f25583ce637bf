package ui

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/linking"
	"sleutelbos/app/words"
	"sleutelbos/enroll"
)

// linkDone is step 5: linked, and when the next code comes.
type linkDone struct {
	*wizard
	linked  linking.Linked
	wait    *widget.Label
	code    *canvas.Text
	why     *widget.Label
	primary *button
	later   *button // the other of the two, where a password comes first; else nil
}

func (l *linkDone) title() string { return l.stepTitle(5, "link.done.title") }

func (l *linkDone) content() fyne.CanvasObject {
	mark := widget.NewIcon(theme.NewSuccessThemedResource(theme.ConfirmIcon()))
	big := container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(64), mark))
	l.wait = widget.NewLabelWithStyle("", fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	l.wait.Wrapping = fyne.TextWrapWord
	l.why = muted(l.say("link.done.why"))
	l.why.Alignment = fyne.TextAlignCenter
	l.code = canvas.NewText("", shade(theme.ColorNamePrimary))
	l.code.TextSize, l.code.Alignment = 34, fyne.TextAlignCenter
	l.code.TextStyle = fyne.TextStyle{Monospace: true, Bold: true}
	name := widget.NewLabelWithStyle(words.Name(l.Words, l.linked.Entry), fyne.TextAlignCenter, fyne.TextStyle{})
	name.Wrapping = fyne.TextWrapWord
	body := []fyne.CanvasObject{big, card(container.NewVBox(name, l.code, l.wait, l.why))}
	l.primary = newPrimary(l.say("link.done.do"), l.enter)
	if l.linked.NextURL != "" {
		// The page is open for ten minutes, the codes for ever: it comes first.
		l.later = newButton(l.say("link.done.do"), l.enter)
		body = append(body, container.NewHBox(l.later))
		l.primary.SetText(l.say("link.done.web"))
		l.primary.OnTapped = l.choose
	}
	link := l.linked.Entry.Link
	return l.page(page{
		step:    5,
		whose:   l.whose(link.Organisation, enroll.Environment(link.Environment)),
		heading: l.say("link.done.title"),
		lead:    l.say("link.done.lead", "organisation", link.Organisation),
		body:    body,
		primary: l.primary,
	})
}

func (l *linkDone) focus() fyne.Focusable { return l.primary }

// tick counts down to the next code, and then shows it.
func (l *linkDone) tick(now time.Time) {
	left := l.linked.NextCode.Sub(now)
	if left > 0 {
		l.wait.SetText(l.say("link.done.wait", "n", int((left+time.Second-1)/time.Second)))
		return
	}
	code, err := l.vault.Peek(l.linked.Entry.ID, now)
	if err != nil {
		return
	}
	l.why.Hide()
	l.wait.SetText(l.say("link.done.ready"))
	if text := words.Grouped(code.Text); text != l.code.Text {
		l.code.Text = text
		l.code.Refresh()
	}
}

// choose opens the page where the person chooses a password. The way on is then
// to the codes, and the page can be opened once more.
func (l *linkDone) choose() {
	l.openURL(l.linked.NextURL)
	l.primary.SetText(l.say("link.done.do"))
	l.primary.OnTapped = l.enter
	l.later.SetText(l.say("link.done.web"))
	l.later.OnTapped = func() { l.openURL(l.linked.NextURL) }
}

func (l *linkDone) enter() {
	l.used(l.linked.Entry.ID, l.linked.Used)
	l.home()
}
