package ui

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/linking"
	"sleutelbos/enroll"
)

// linkCode is step 4: user name and activation code. What cannot be right is
// marked where it stands, before anything is sent.
type linkCode struct {
	*wizard
	user, code *field
	userState  *widget.Label
	codeState  *widget.Label
	marked     *fyne.Container
	alert      *alert
	primary    *button
	backTo     *button
	parsed     enroll.ActivationCode
	busy       bool
}

func (l *linkCode) title() string { return l.stepTitle(4, "link.code.title") }

func (l *linkCode) content() fyne.CanvasObject {
	l.alert = newAlert()
	l.user, l.code = newField("", l.back), newField("K7QF-2M8X-9R4T", l.back)
	l.code.TextStyle.Monospace = true
	l.userState = muted("")
	l.codeState = muted("")
	l.marked = container.NewHBox()
	l.marked.Hide()
	l.primary = newPrimary(l.say("link.code.do"), l.enter)
	l.backTo = newButton(l.say("do.back"), l.back)
	content := l.page(page{
		step:    4,
		whose:   l.whose(l.organisation.Name, l.organisation.Environment),
		heading: l.say("link.code.title"),
		body: []fyne.CanvasObject{
			l.alert.box,
			caption(l.say("link.code.user")), l.user, l.userState,
			caption(l.say("link.code.code")), l.code, l.codeState, l.marked,
			muted(l.say("link.code.warning")),
		},
		back:    l.backTo,
		primary: l.primary,
	})
	l.user.SetText(l.draft.User)
	l.user.OnChanged = func(string) { l.check() }
	l.code.OnChanged = func(string) { l.check() }
	l.user.OnSubmitted = func(string) { l.window.Canvas().Focus(l.code) }
	l.code.OnSubmitted = func(string) { l.enter() }
	l.check()
	return content
}

// focus goes to the first of the two that is still empty.
func (l *linkCode) focus() fyne.Focusable {
	if l.user.Text == "" {
		return l.user
	}
	return l.code
}

func (l *linkCode) back() {
	if !l.busy {
		l.show(&linkText{wizard: l.wizard, terms: true})
	}
}

func (l *linkCode) check() {
	l.draft.User = strings.TrimSpace(l.user.Text)
	if strings.Contains(l.draft.User, "@") {
		l.userState.SetText(l.say("link.code.user-address"))
	} else {
		l.userState.SetText(l.say("link.code.user-hint"))
	}
	l.parsed = enroll.ActivationCode{}
	code, err := enroll.ParseActivationCode(l.code.Text)
	var impossible *enroll.CharError
	wrong := true
	switch {
	case err == nil:
		l.parsed, wrong = code, false
		l.codeState.SetText(l.say("link.code.complete"))
	case errors.As(err, &impossible):
		l.codeState.SetText(l.say("link.code.impossible", "char", string(impossible.Char), "position", impossible.Position+1))
	case errors.Is(err, enroll.ErrActivationCheck):
		l.codeState.SetText(l.say("link.code.slip"))
	default:
		wrong = l.saysLength()
	}
	l.codeState.Importance = widget.LowImportance
	if wrong {
		l.codeState.Importance = widget.DangerImportance
	} else if err == nil {
		l.codeState.Importance = widget.SuccessImportance
	}
	l.codeState.Refresh()
	l.mark(impossible)
	if l.parsed.IsZero() || l.draft.User == "" || l.busy {
		l.primary.Disable()
	} else {
		l.primary.Enable()
	}
}

// saysLength counts the characters that are still missing; it tells whether
// there are too many.
func (l *linkCode) saysLength() bool {
	missing := enroll.ActivationLength - enroll.ActivationChars(l.code.Text)
	switch {
	case missing < 0:
		l.codeState.SetText(l.say("link.code.long"))
		return true
	case missing == enroll.ActivationLength:
		l.codeState.SetText(l.say("link.code.code-hint"))
	default:
		l.codeState.SetText(l.say("link.code.more", "n", missing))
	}
	return false
}

// mark shows what was typed once more with the impossible character in red and
// underlined, where it stands.
func (l *linkCode) mark(impossible *enroll.CharError) {
	l.marked.RemoveAll()
	if impossible == nil {
		l.marked.Hide()
		return
	}
	runes := []rune(l.code.Text)
	piece := func(text string, color fyne.ThemeColorName, bold bool) fyne.CanvasObject {
		t := canvas.NewText(text, shade(color))
		t.TextSize, t.TextStyle = 18, fyne.TextStyle{Monospace: true, Bold: bold, Underline: bold}
		return t
	}
	line := container.New(&row{},
		piece(string(runes[:impossible.Position]), colorMuted, false),
		piece(string(impossible.Char), theme.ColorNameError, true),
		piece(string(runes[impossible.Position+1:]), colorMuted, false))
	l.marked.Add(padded(line, 4))
	l.marked.Show()
}

func (l *linkCode) enter() {
	l.check()
	if l.primary.Disabled() {
		switch {
		case l.draft.User == "":
			l.window.Canvas().Focus(l.user)
		case l.parsed.IsZero():
			l.window.Canvas().Focus(l.code)
		}
		return
	}
	l.reach(4)
	l.setBusy(true)
	answer := linking.Answer{User: l.draft.User, Code: l.parsed, Accepted: l.draft.Accepted, Device: l.Device}
	// Leaving the screen must not stop what may be half done: the vault has the
	// key, and the next start finishes it.
	work(l.shell, func(ctx context.Context) (linking.Linked, error) {
		return l.conversation.Link(context.WithoutCancel(ctx), l.vault, answer)
	}, func(linked linking.Linked, err error) {
		l.setBusy(false)
		if err == nil {
			l.done(linked)
			return
		}
		l.showError(l.alert, err, l.draft.Server)
		var problem *enroll.Problem
		if errors.As(err, &problem) && problem.Type == enroll.ProblemTerms {
			l.draft.Accepted = enroll.Accepted{}
			l.organisation = l.conversation.Organisation()
		}
		l.window.Canvas().Focus(l.code)
	})
}

func (l *linkCode) setBusy(on bool) {
	l.busy = on
	if on {
		l.alert.hide()
		l.backTo.Disable()
		l.user.Disable()
		l.code.Disable()
		l.primary.SetText(l.say("link.code.linking"))
		l.primary.Disable()
		return
	}
	l.backTo.Enable()
	l.user.Enable()
	l.code.Enable()
	l.primary.SetText(l.say("link.code.do"))
	l.check()
}

// row sets texts side by side without a gap.
type row struct{}

// Layout sets each object right of the one before.
func (*row) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	x := float32(0)
	for _, o := range objects {
		m := o.MinSize()
		o.Resize(fyne.NewSize(m.Width, size.Height))
		o.Move(fyne.NewPos(x, 0))
		x += m.Width
	}
}

// MinSize is the sum of the widths and the greatest height.
func (*row) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.Size{}
	for _, o := range objects {
		m := o.MinSize()
		size.Width += m.Width
		size.Height = max(size.Height, m.Height)
	}
	return size
}
