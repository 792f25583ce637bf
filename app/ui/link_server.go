package ui

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/linking"
	"sleutelbos/app/words"
	"sleutelbos/enroll"
)

// linkServer is step 1: whose server this is, and which environment.
type linkServer struct {
	*wizard
	found error // from elsewhere, to be said here
	again bool  // the person came back to this step: do not jump on

	begun    bool
	asking   bool
	known    bool // the organisation answered
	pin      bool // the certificate needs the letter's fingerprint
	clock    enroll.Clock
	fresh    bool // typed or changed here: show the answer, do not jump on
	err      error
	typed    string
	pinTyped string
	address  *field
	print    *field
	state    *widget.Label
	primary  *button
	fetch    *fetching
	haul     haul // a QR code may lie in parts in several
}

// title names what the step is waiting for.
func (l *linkServer) title() string {
	switch {
	case l.known:
		return l.say("link.step", "step", 1) + " – " + l.organisation.Name
	case l.pin:
		return l.stepTitle(1, "link.server.fingerprint")
	}
	return l.stepTitle(1, "link.server.title")
}

func (l *linkServer) content() fyne.CanvasObject {
	p := page{step: 1, heading: l.say("link.server.title"), back: newButton(l.say("do.back"), l.back)}
	alert := newAlert()
	if l.err != nil && !l.asking {
		alert.show(words.Explain(l.Words, l.err, l.draft.Server))
	}
	l.fetcher().alert = alert
	switch {
	case l.asking:
		p.body = []fyne.CanvasObject{paragraph(l.say("link.server.asking", "server", l.draft.Server))}
	case l.known:
		p.body = []fyne.CanvasObject{l.introduction(), alert.box}
		l.primary = newPrimary(l.say("link.server.yes"), l.enter)
		if l.clock.Off() {
			l.primary = newPrimary(l.say("do.again"), l.ask)
		}
		p.body = append(p.body, container.NewHBox(newQuiet(l.say("link.server.other"), nil, l.another)))
		p.primary = l.primary
	default:
		p.lead = l.say("link.server.lead")
		p.body = append([]fyne.CanvasObject{alert.box}, l.form()...)
		p.primary = l.primary
	}
	return l.page(p)
}

// form asks for the address, and for the fingerprint where nobody vouches for
// the certificate. The letter's QR code has both.
func (l *linkServer) form() []fyne.CanvasObject {
	l.address = newField("https://", l.back)
	l.address.SetText(l.typed)
	l.address.OnChanged = func(text string) { l.typed = text }
	l.address.OnSubmitted = func(string) { l.enter() }
	l.address.empty = l.fetch.fromClipboard
	l.state = muted("")
	l.state.Hide()
	l.primary = newPrimary(l.say("link.server.look"), l.enter)
	body := []fyne.CanvasObject{caption(l.say("link.server.address")), l.address}
	instead := l.say("link.server.fetch")
	if l.pin {
		l.print = newField("sha256:", l.back)
		l.print.SetText(l.pinTyped)
		l.print.OnChanged = func(text string) { l.pinTyped = text }
		l.print.OnSubmitted = func(string) { l.enter() }
		body = append(body, caption(l.say("link.server.fingerprint")), l.print)
		instead = l.say("link.server.fetch-pin")
	}
	return append(body, space(6), paragraph(instead), l.fetch.buttons(), l.state)
}

// introduction says whose server answered.
func (l *linkServer) introduction() fyne.CanvasObject {
	o := l.organisation
	name := widget.NewLabelWithStyle(o.Name, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	name.SizeName = theme.SizeNameSubHeadingText
	name.Wrapping = fyne.TextWrapWord
	environment := container.NewHBox(space(1), l.environmentBadge(o.Environment))
	vouched := l.say("link.server.vouched")
	switch {
	case l.draft.Fingerprint != "":
		vouched = l.say("link.server.pinned")
	case strings.HasPrefix(l.draft.Server, "http://"):
		vouched = l.say("link.server.plain")
	}
	lines := container.NewVBox(environment, container.New(&tight{}, name, paragraph(l.draft.Server), muted(vouched)))
	if o.Environment == enroll.Demo {
		lines.Add(muted(l.say("link.server.demo")))
	}
	return card(lines)
}

func (l *linkServer) focus() fyne.Focusable {
	switch {
	case l.asking || l.primary == nil:
		return nil
	case l.known:
		return l.primary
	case l.pin:
		return l.print
	}
	return l.address
}

func (l *linkServer) back() { l.abandon() }

// start asks at once when the server is known already. Back from the camera it
// is as it was.
func (l *linkServer) start() {
	defer l.fetch.look()
	if l.begun {
		return
	}
	l.begun = true
	l.typed, l.err = l.draft.Server, l.found
	if l.draft.Server != "" {
		l.fresh = l.again || l.found != nil
		l.ask()
		return
	}
	l.redraw()
}

func (l *linkServer) enter() {
	switch {
	case l.asking:
	case l.known && l.clock.Off():
		l.ask()
	case l.known:
		l.goTo(2)
	default:
		l.look()
	}
}

// look takes what was typed: an address, or the letter's whole link address.
func (l *linkServer) look() {
	address, err := enroll.ParseLinkAddress(l.typed)
	if errors.Is(err, enroll.ErrLinkAddress) {
		address = enroll.LinkAddress{}
		address.Server, err = enroll.ParseServer(l.typed)
	}
	if err == nil && l.pin {
		address.Fingerprint, err = enroll.ParseFingerprint(l.pinTyped)
	}
	if err != nil {
		l.err = err
		l.redraw()
		return
	}
	l.take(address)
	l.fresh = true
	l.ask()
}

func (l *linkServer) another() {
	l.hangUp()
	l.known, l.pin, l.err, l.typed = false, false, nil, ""
	l.draft = linking.Draft{}
	l.redraw()
}

func (l *linkServer) ask() {
	l.hangUp()
	l.asking = true
	l.redraw()
	type answer struct {
		conversation *linking.Conversation
		organisation enroll.Organisation
		clock        enroll.Clock
	}
	server := linking.Server{Address: l.draft.Server, Fingerprint: l.draft.Fingerprint}
	work(l.shell, func(ctx context.Context) (answer, error) {
		conversation, err := linking.Start(server, l.Now)
		if err != nil {
			return answer{}, err
		}
		organisation, clock, err := conversation.Ask(ctx)
		return answer{conversation, organisation, clock}, err
	}, func(a answer, err error) {
		l.asking, l.known, l.pin = false, err == nil, false
		l.conversation, l.organisation, l.clock = a.conversation, a.organisation, a.clock
		l.answered(err)
	})
}

func (l *linkServer) answered(err error) {
	var certificate *enroll.CertificateError
	switch {
	case err == nil && l.clock.Off():
		l.err = &linking.ClockError{Clock: l.clock}
	case err == nil:
		l.err = l.found
		if !l.fresh && l.draft.Step > 1 {
			l.goTo(l.stepLeft())
			return
		}
		l.reach(1)
	default:
		l.pin = errors.As(err, &certificate)
		l.pinTyped = ""
		l.err = err
	}
	l.redraw()
}

// stepLeft is the step at which the person left, or that of the texts where
// they changed since.
func (l *linkServer) stepLeft() int {
	if l.draft.Step == 4 && (l.draft.Accepted.Privacy != l.organisation.Privacy.Version ||
		l.draft.Accepted.Terms != l.organisation.Terms.Version) {
		return 3
	}
	return l.draft.Step
}
