package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"
)

// question is a dialog with something to decide, as wide as the window allows.
type question struct {
	title, do string
	content   fyne.CanvasObject
	danger    bool
	fields    []*field // Enter in one of them decides too; the first has the focus
	yes       func()
}

func (s *shell) ask(q question) {
	d := dialog.NewCustomConfirm(q.title, q.do, s.say("do.cancel"), q.content, func(yes bool) {
		if yes {
			q.yes()
		}
	}, s.window)
	if q.danger {
		d.SetConfirmImportance(widget.DangerImportance)
	}
	for _, f := range q.fields {
		f.escape = d.Hide
		f.OnSubmitted = func(string) { d.Confirm() }
	}
	d.Resize(fyne.NewSize(s.window.Canvas().Size().Width-40, 10))
	d.Show()
	if len(q.fields) > 0 {
		s.window.Canvas().Focus(q.fields[0])
	}
}

// behind tells whether something lies over the screen, so that keys are not for
// it. Escape takes that away.
func (s *shell) behind(e *fyne.KeyEvent) bool {
	overlays := s.window.Canvas().Overlays()
	top := overlays.Top()
	if top != nil && e.Name == fyne.KeyEscape {
		overlays.Remove(top)
	}
	return top != nil
}
