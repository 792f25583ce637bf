package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"sleutelbos/app/linking"
	"sleutelbos/enroll"
	"sleutelbos/vault"
)

// wizard is what the five steps of linking share: the conversation with the
// server and the draft that survives closing the window.
type wizard struct {
	*shell
	draft        linking.Draft
	conversation *linking.Conversation
	organisation enroll.Organisation
}

// showWizard begins linking, or takes it up where it was left: first a link that
// was interrupted, then the draft.
func (s *shell) showWizard() {
	w := &wizard{shell: s, draft: linking.LoadDraft(s.Folder.Dir())}
	if pending := linking.Pending(s.vault); len(pending) > 0 {
		s.show(&linkResume{wizard: w, entry: pending[0]})
		return
	}
	s.show(&linkServer{wizard: w})
}

// showWizardAt begins linking with what the letter's address says.
func (s *shell) showWizardAt(address enroll.LinkAddress) {
	w := &wizard{shell: s, draft: linking.LoadDraft(s.Folder.Dir())}
	w.take(address)
	s.show(&linkServer{wizard: w})
}

// take fills in what a letter says. Another server, or another person, begins
// anew.
func (w *wizard) take(address enroll.LinkAddress) {
	if address.Server != w.draft.Server || address.Fingerprint != w.draft.Fingerprint ||
		address.User != "" && address.User != w.draft.User {
		w.draft = linking.Draft{Server: address.Server, Fingerprint: address.Fingerprint, User: address.User}
	}
}

// reach notes how far the person came.
func (w *wizard) reach(step int) {
	w.draft.Step = step
	// A draft that cannot be kept costs only typing, and the vault's own folder
	// says so louder than this could.
	_ = w.draft.Save(w.Folder.Dir())
}

// abandon leaves the wizard; the draft stays.
func (w *wizard) abandon() {
	w.hangUp()
	w.home()
}

func (w *wizard) hangUp() {
	if w.conversation != nil {
		w.conversation.Close()
		w.conversation = nil
	}
}

// goTo shows a step by its number.
func (w *wizard) goTo(step int) {
	w.reach(step)
	switch step {
	case 2:
		w.show(&linkBoth{wizard: w})
	case 3:
		w.show(&linkText{wizard: w})
	case 4:
		w.show(&linkCode{wizard: w})
	default:
		w.show(&linkServer{wizard: w})
	}
}

func (w *wizard) stepTitle(step int, key string) string {
	return w.say("link.step", "step", step) + " – " + w.say(key)
}

// done shows the last step; the draft is no longer needed.
func (w *wizard) done(linked linking.Linked) {
	w.hangUp()
	_ = linking.DropDraft(w.Folder.Dir()) // left behind, it only fills in a form
	w.show(&linkDone{wizard: w, linked: linked})
}

// linkResume finishes a link that was interrupted between its two calls.
type linkResume struct {
	*wizard
	entry   vault.Entry
	alert   *alert
	primary *button
}

func (l *linkResume) title() string { return l.say("link.code.finish") }

func (l *linkResume) content() fyne.CanvasObject {
	l.alert = newAlert()
	l.primary = newPrimary(l.say("do.again"), l.start)
	return l.page(page{
		whose:   l.whose(l.entry.Link.Organisation, enroll.Environment(l.entry.Link.Environment)),
		heading: l.title(),
		lead:    l.say("link.resume"),
		body:    []fyne.CanvasObject{l.alert.box},
		back:    newButton(l.say("link.leave"), l.back),
		primary: l.primary,
	})
}

func (l *linkResume) back()  { l.abandon() }
func (l *linkResume) enter() { l.primary.Tapped(nil) }

func (l *linkResume) start() {
	l.alert.hide()
	l.primary.Disable()
	work(l.shell, func(ctx context.Context) (linking.Linked, error) {
		return linking.Resume(context.WithoutCancel(ctx), l.vault, l.entry, l.Now)
	}, func(linked linking.Linked, err error) {
		l.primary.Enable()
		switch {
		case err == nil:
			l.done(linked)
		case linking.IsGone(err):
			link := l.entry.Link
			l.take(enroll.LinkAddress{Server: link.Server, Fingerprint: link.Fingerprint, User: link.User})
			l.show(&linkServer{wizard: l.wizard, found: err})
		default:
			l.showError(l.alert, err, l.entry.Link.Server)
		}
	})
}
