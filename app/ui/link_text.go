package ui

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"sleutelbos/enroll"
)

// linkText is step 3: the privacy statement, then the terms of use on a screen
// of their own, each with the version that is accepted.
type linkText struct {
	*wizard
	terms   bool // the second screen
	check   *check
	primary *button
}

func (l *linkText) key() string {
	if l.terms {
		return "link.terms"
	}
	return "link.privacy"
}

func (l *linkText) document() (enroll.Document, *string) {
	if l.terms {
		return l.organisation.Terms, &l.draft.Accepted.Terms
	}
	return l.organisation.Privacy, &l.draft.Accepted.Privacy
}

func (l *linkText) title() string { return l.stepTitle(3, l.key()+".title") }

func (l *linkText) content() fyne.CanvasObject {
	document, accepted := l.document()
	l.primary = newPrimary(l.say("do.next"), l.enter)
	l.check = newCheck(l.say(l.key()+".accept"), func(on bool) {
		if on {
			*accepted = document.Version
			l.primary.Enable()
			return
		}
		*accepted = ""
		l.primary.Disable()
	}, l.enter, l.back)
	l.primary.Disable()
	if *accepted == document.Version {
		l.check.SetChecked(true)
	}
	title := l.Words.Pick(document.Title)
	if title == "" {
		title = l.say(l.key() + ".title")
	}
	text := paragraph(strings.TrimSpace(l.Words.Pick(document.Text)))
	reading := card(container.NewVScroll(container.NewVBox(muted(l.say("link.version", "version", document.Version)), text)))
	return l.page(page{
		step:    3,
		whose:   l.whose(l.organisation.Name, l.organisation.Environment),
		heading: title,
		fill:    container.NewBorder(nil, l.check, nil, nil, reading),
		back:    newButton(l.say("do.back"), l.back),
		primary: l.primary,
	})
}

func (l *linkText) focus() fyne.Focusable { return l.check }

func (l *linkText) back() {
	if l.terms {
		l.show(&linkText{wizard: l.wizard})
		return
	}
	l.goTo(2)
}

func (l *linkText) enter() {
	switch {
	case !l.check.Checked:
	case l.terms:
		l.goTo(4)
	default:
		l.reach(3)
		l.show(&linkText{wizard: l.wizard, terms: true})
	}
}
