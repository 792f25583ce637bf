package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"sleutelbos/app/carry"
	"sleutelbos/app/words"
)

// backups is where copies go by themselves, how they stand, and the way back
// from one.
type backups struct {
	*shell
	alert   *alert
	state   *alert
	ways    *fyne.Container
	working bool
}

func (b *backups) title() string { return b.say("copies.title") }

func (b *backups) content() fyne.CanvasObject {
	b.alert, b.state = newAlert(), newAlert()
	b.ways = container.NewVBox()
	page := b.page(page{
		heading: b.title(),
		lead:    b.say("copies.lead"),
		body:    []fyne.CanvasObject{b.alert.box, b.state.box, b.ways},
		back:    newButton(b.say("do.back"), b.back),
	})
	b.refresh()
	return page
}

// start reads how they stand, which may take a while on a folder far away.
func (b *backups) start() {
	work(b.shell, func(context.Context) (carry.Schedule, error) { return carry.ReadSchedule(b.Folder) },
		func(s carry.Schedule, err error) {
			b.copies.set(b.shell, s, err)
			b.refresh()
		})
}

func (b *backups) back() { b.home() }

func (b *backups) refresh() {
	s := b.copies.schedule
	on := s.Folder != ""
	switch {
	case b.copies.err != nil:
		b.state.show(words.Explain(b.Words, b.copies.err, ""))
	case !on:
		b.state.inform(words.Message{What: b.say("copies.off"), Next: b.say("copies.off-next")})
	case b.copies.bad(b.Now()):
		b.state.show(words.Backups(b.Words, s, b.Now()))
	default:
		b.state.inform(words.Backups(b.Words, s, b.Now()))
	}
	b.ways.RemoveAll()
	b.ways.Add(space(4))
	if on {
		b.ways.Add(newChoice(theme.ViewRefreshIcon(), b.say("copies.now"), b.say("copies.now-sub"), b.again))
		b.ways.Add(newChoice(theme.FolderIcon(), b.say("copies.other"), b.say("copies.other-sub"), b.choose))
		b.ways.Add(newChoice(theme.CancelIcon(), b.say("copies.end"), b.say("copies.end-sub"), func() { b.set("") }))
	} else {
		b.ways.Add(newChoice(theme.FolderIcon(), b.say("copies.choose"), b.say("copies.choose-sub"), b.choose))
	}
	b.ways.Add(newChoice(theme.HistoryIcon(), b.say("copies.restore"), b.say("copies.restore-sub"), func() { b.show(newImporting(b.shell)) }))
	b.ways.Refresh()
}

func (b *backups) choose() { b.pickFolder(b.set) }

// set chooses a folder, or with an empty one ends them. The first copy shows
// that it can be done.
func (b *backups) set(folder string) {
	if b.working {
		return
	}
	b.working = true
	b.alert.hide()
	now := b.Now()
	work(b.shell, func(context.Context) (carry.Schedule, error) { return carry.SetSchedule(b.Folder, folder, now) },
		func(s carry.Schedule, err error) {
			b.working = false
			if err != nil {
				b.showError(b.alert, err, "")
				return
			}
			b.copies.set(b.shell, s, nil)
			b.refresh()
		})
}

// again makes a copy now.
func (b *backups) again() {
	b.alert.hide()
	b.copies.run(b.shell, func() {
		if b.current == screen(b) {
			b.refresh()
		}
	})
}
