package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/enroll"
)

// linkBoth is step 2: does the person have user name and activation code, or
// whom to ask.
type linkBoth struct {
	*wizard
	have    *widget.RadioGroup
	help    *fyne.Container
	primary *button
}

func (l *linkBoth) title() string { return l.stepTitle(2, "link.both.title") }

func (l *linkBoth) content() fyne.CanvasObject {
	yes, no := l.say("link.both.yes"), l.say("link.both.no")
	l.help = container.NewVBox(paragraph(l.say("link.both.help")), l.contact(l.organisation.Contact))
	l.help.Hide()
	l.primary = newPrimary(l.say("do.next"), l.enter)
	l.have = widget.NewRadioGroup([]string{yes, no}, func(chosen string) {
		if chosen == no {
			l.help.Show()
			l.primary.Disable()
			return
		}
		l.help.Hide()
		l.primary.Enable()
	})
	l.have.Required = true
	l.have.SetSelected(yes)
	return l.page(page{
		step:    2,
		whose:   l.whose(l.organisation.Name, l.organisation.Environment),
		heading: l.say("link.both.title"),
		lead:    l.say("link.both.where"),
		body:    []fyne.CanvasObject{wrapped(l.have), l.help},
		back:    newButton(l.say("do.back"), l.back),
		primary: l.primary,
	})
}

// wrapped lets a wide choice be read by scrolling sideways on a narrow window.
func wrapped(o fyne.CanvasObject) fyne.CanvasObject { return container.NewHScroll(o) }

// contact says whom to turn to.
func (s *shell) contact(c enroll.Contact) fyne.CanvasObject {
	var lines []string
	for _, line := range []string{c.Name, c.Phone, c.Email, c.Hours} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	text := strings.Join(lines, "\n")
	if text == "" {
		text = s.say("link.both.no-contact")
	}
	label := paragraph(text)
	label.Selectable = true
	return card(container.New(&tight{}, caption(s.say("link.both.contact")), label))
}

func (l *linkBoth) focus() fyne.Focusable { return l.primary }

func (l *linkBoth) back() { l.show(&linkServer{wizard: l.wizard, again: true}) }

func (l *linkBoth) enter() {
	if !l.primary.Disabled() {
		l.goTo(3)
	}
}
