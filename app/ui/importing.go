package ui

import (
	"context"
	"errors"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/carry"
	"sleutelbos/app/words"
	"sleutelbos/enroll/migrate"
)

// importing brings in what other programs, backups and pictures hold: it shows
// what would become of each entry, and writes what the person left ticked.
type importing struct {
	*shell
	gathered *carry.Gathering // what is on the list
	plan     *carry.Plan      // nil: nothing was read yet

	alert   *alert
	doing   *widget.Label
	bar     *widget.ProgressBar
	ask     *asking
	counts  *widget.Label
	list    *rows
	middle  *fyne.Container // holds the list, and lays it out when it comes
	tools   *fyne.Container
	start   *fyne.Container // what there is to do while nothing was read
	more    *button         // lets more files be chosen
	primary *button
	backTo  *button
	chosen  int
	busy    bool
	reading context.CancelFunc // ends the reading that is under way
	refused func()             // says which file was left out, once the others are on the list
}

// importSources shows what several keys or files hold, to choose from before
// anything is kept. On that screen already, they come beside what is there.
func (s *shell) importSources(sources []carry.Source) {
	if at, ok := s.current.(*importing); ok && !at.busy {
		at.look(at.waiting().With(sources...))
		return
	}
	s.afterVault(func() {
		i := newImporting(s)
		s.show(i)
		i.look(carry.Gather(sources...))
	})
}

// importFiles is importSources of files, read off Fyne's goroutine.
func (s *shell) importFiles(paths []string) {
	s.afterVault(func() {
		at, ok := s.current.(*importing)
		if !ok {
			at = newImporting(s)
			s.show(at)
		}
		at.drop(paths)
	})
}

func newImporting(s *shell) *importing {
	return &importing{shell: s, gathered: carry.Gather()}
}

func (i *importing) title() string { return i.say("bring.title") }

func (i *importing) content() fyne.CanvasObject {
	i.alert = newAlert()
	i.doing = paragraph("")
	i.doing.Hide()
	i.bar = widget.NewProgressBar()
	i.bar.Hide()
	i.ask = newAsking(i)
	i.counts = muted("")
	i.list = i.items()
	i.middle = beyond(i.list)
	i.more = newQuiet(i.say("bring.more"), theme.ContentAddIcon(), func() {
		i.refocusOn(i.more) // whoever cancels is where they were
		i.choose()
	})
	i.tools = container.NewVBox(i.counts, container.NewHBox(
		newQuiet(i.say("bring.all"), theme.CheckButtonCheckedIcon(), func() { i.tickAll(true) }),
		newQuiet(i.say("bring.none"), theme.CheckButtonIcon(), func() { i.tickAll(false) }),
		i.more))
	i.start = container.NewVBox(
		paragraph(i.say("bring.lead")),
		newChoice(theme.FolderOpenIcon(), i.say("bring.choose"), i.say("bring.choose-sub"), i.choose),
		space(4), muted(i.say("bring.known")))
	i.backTo = newButton(i.say("do.back"), i.back)
	i.primary = newPrimary("", i.enter)
	page := i.page(page{
		heading: i.title(),
		body:    []fyne.CanvasObject{i.alert.box, i.start, i.doing, i.bar, i.ask.box, i.tools},
		fill:    i.middle,
		back:    i.backTo,
		primary: i.primary,
	})
	i.refresh()
	return page
}

// refresh shows what fits the state: the choice of files, or the list.
func (i *importing) refresh() {
	show(i.start, i.plan == nil && !i.busy && i.ask.box.Hidden)
	show(i.tools, i.plan != nil && !i.busy && i.ask.box.Hidden)
	show(i.list, i.plan != nil && !i.busy && i.ask.box.Hidden)
	show(i.doing, i.busy)
	if !i.busy {
		i.bar.Hide()
	}
	i.middle.Refresh()
	i.count()
}

func show(o fyne.CanvasObject, visible bool) {
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}

// count says how many there are of each kind, and on the button how many come.
func (i *importing) count() {
	n := 0
	if i.plan != nil {
		n = i.plan.Chosen()
		i.counts.SetText(i.countsOf(i.plan))
	}
	do := i.say("bring.do-none")
	if n > 0 {
		do = i.say("bring.do", "n", n)
	}
	i.primary.SetText(do)
	show(i.primary, i.plan != nil)
	if n > 0 && !i.busy && i.ask.box.Hidden {
		i.primary.Enable()
	} else {
		i.primary.Disable()
	}
}

// countsOf says how many there are of each kind that there is.
func (i *importing) countsOf(p *carry.Plan) string {
	var parts []string
	for _, one := range []struct {
		key string
		n   int
	}{
		{"bring.count-new", p.Count(migrate.New)},
		{"bring.count-changed", p.Count(migrate.Changed)},
		{"bring.count-here", p.Count(migrate.Here)},
		{"bring.count-again", p.Count(migrate.Again)},
		{"bring.count-kept", p.Count(migrate.Kept)},
	} {
		if one.n > 0 {
			parts = append(parts, i.say(one.key, "n", one.n))
		}
	}
	return strings.Join(parts, " · ")
}

// choose lets the person choose files; more can follow.
func (i *importing) choose() {
	if !i.busy {
		i.pickFiles("files.all", nil, i.drop)
	}
}

// drop reads files that were dropped or chosen, beside what is there.
func (i *importing) drop(paths []string) {
	if i.busy {
		return
	}
	ctx := i.begin()
	work(i.shell, func(context.Context) ([]carry.Source, error) { return carry.ReadSources(paths) },
		func(sources []carry.Source, err error) {
			if ctx.Err() != nil {
				return // the person stopped it, and the screen says so already
			}
			i.end()
			if err != nil {
				i.showError(i.alert, err, "")
				return
			}
			i.look(i.waiting().With(sources...))
		})
}

// waiting is what is on the list, and with it the file that a password is asked
// for: its key file can be dropped meanwhile.
func (i *importing) waiting() *carry.Gathering {
	if i.ask.gathered != nil {
		return i.ask.gathered
	}
	return i.gathered
}

// looked is what came of looking at all that was gathered.
type looked struct {
	gathered *carry.Gathering
	plan     *carry.Plan
}

// look reads what was gathered, and shows it or asks what is missing. What was
// there stays until it is read.
func (i *importing) look(g *carry.Gathering) {
	ctx := i.begin()
	v, tell := i.vault, i.progress(ctx)
	work(i.shell, func(context.Context) (looked, error) { // ctx ends with the screen too
		plan, err := g.Look(ctx, v, carry.Options{Progress: tell})
		return looked{g, plan}, err
	}, func(l looked, err error) {
		if ctx.Err() == nil {
			i.end()
			i.found(l, err)
		}
	})
}

func (i *importing) found(l looked, err error) {
	var needed *migrate.PassphraseError
	switch {
	case err == nil:
		l.plan.KeepTicks(i.plan)
		i.gathered, i.plan = l.gathered, l.plan
		i.chosen = min(i.chosen, max(len(l.plan.Items)-1, 0))
		i.ask.hide()
		i.notes()
		if i.refused != nil {
			i.refused()
			i.refused = nil
		}
		i.refresh()
		i.list.Refresh()
		i.window.Canvas().Unfocus()
	case errors.As(err, &needed):
		i.ask.show(l.gathered, needed.Ask)
		i.refresh()
	case errors.Is(err, migrate.ErrPassphrase) && !i.ask.box.Hidden:
		i.ask.wrong(l.gathered, words.Explain(i.Words, err, ""))
		i.refresh()
	default:
		name, rest := l.gathered.Failed(), l.gathered.Without()
		if !i.ask.box.Hidden && name != "" && rest.Len() > 0 {
			// It came while a password was asked for, or opened with it.
			i.ask.hide()
			i.refused = func() { i.fail(name, err) }
			i.look(rest)
			return
		}
		i.refresh()
		i.fail(name, err)
	}
}

// fail says what is wrong with which file.
func (i *importing) fail(name string, err error) {
	m := words.Explain(i.Words, err, "")
	if name != "" {
		m.What = name + ": " + m.What
	}
	i.alert.show(m)
	i.window.SetTitle(m.What + " – " + i.say("app.name"))
}

// notes says what was read and what is to be told of it.
func (i *importing) notes() {
	var names, notes []string
	for _, f := range i.plan.Formats {
		names = append(names, words.Format(i.Words, f))
	}
	for _, n := range i.plan.Notes {
		notes = append(notes, i.say(n.Text, n.Values...))
	}
	i.alert.inform(words.Message{What: i.say("import.read-as", "what", strings.Join(names, ", ")), Next: strings.Join(notes, " ")})
	i.window.SetTitle(i.title() + " – " + i.say("app.name"))
}

// progressAfter is how long something may take before a bar shows how far it is,
// and progressEvery how often that moves: each time, the window is painted.
const (
	progressAfter = 200 * time.Millisecond
	progressEvery = 100 * time.Millisecond
)

// progress gives what is told how far the reading is. It runs where the reading
// does.
func (i *importing) progress(ctx context.Context) func(text string, done, total int) {
	began, said, last := i.Now(), "", time.Time{}
	return func(text string, done, total int) {
		now := i.Now()
		if text == said && (now.Sub(began) < progressAfter || now.Sub(last) < progressEvery) {
			return
		}
		said, last = text, now
		fyne.Do(func() {
			if ctx.Err() != nil || !i.busy {
				return
			}
			i.doing.SetText(i.say(text))
			if total > 0 && now.Sub(began) >= progressAfter {
				i.bar.SetValue(float64(done) / float64(total))
				i.bar.Show()
			}
		})
	}
}

// begin says that something is under way, which the person can stop: the
// context ends then, and with the screen.
func (i *importing) begin() context.Context {
	ctx, cancel := context.WithCancel(i.ctx)
	i.busy, i.reading = true, cancel
	i.alert.hide()
	i.doing.SetText(i.say("import.reading"))
	i.backTo.SetText(i.say("do.cancel"))
	i.refresh()
	return ctx
}

func (i *importing) end() {
	i.busy = false
	if i.reading != nil {
		i.reading()
		i.reading = nil
	}
	i.backTo.SetText(i.say("do.back"))
	i.refresh()
}

// back ends what is under way, or leaves; nothing was written.
func (i *importing) back() {
	switch {
	case i.backTo.Disabled():
		return // it is being written, as a whole
	case i.busy:
		i.ask.hide()
		i.end()
		i.alert.inform(words.Message{What: i.say("bring.stopped")})
	case !i.ask.box.Hidden:
		i.ask.hide()
		i.refresh()
	default:
		i.home()
	}
}

func (i *importing) focus() fyne.Focusable { return nil }

// enter brings in what is ticked, in one save.
func (i *importing) enter() {
	if i.plan == nil {
		i.choose()
		return
	}
	if i.primary.Disabled() {
		return
	}
	i.busy, i.reading = true, nil // from here on it happens as a whole
	i.doing.SetText(i.say("bring.writing"))
	i.backTo.Disable()
	i.refresh()
	plan := i.plan
	work(i.shell, func(ctx context.Context) (carry.Undo, error) {
		return plan.Take(context.WithoutCancel(ctx), i.vault)
	}, func(undo carry.Undo, err error) {
		i.backTo.Enable()
		i.end()
		if err != nil {
			i.fail("", err)
			return
		}
		i.show(&imported{shell: i.shell, plan: plan, undo: undo})
	})
}
