package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"sleutelbos/app/carry"
	"sleutelbos/app/words"
	"sleutelbos/enroll/migrate"
)

// imported says what was brought in, and takes it back as a whole.
type imported struct {
	*shell
	plan *carry.Plan
	undo carry.Undo

	alert   *alert
	undoing *button
	primary *button
}

func (i *imported) title() string { return i.say("bring.done", "n", i.plan.Chosen()) }

func (i *imported) content() fyne.CanvasObject {
	i.alert = newAlert()
	i.undoing = newQuiet(i.say("bring.undo"), theme.ContentUndoIcon(), i.takeBack)
	i.primary = newPrimary(i.say("bring.to-codes"), i.enter)
	body := []fyne.CanvasObject{i.alert.box, paragraph(i.say("bring.done-lead"))}
	if n := i.plan.Count(migrate.Kept); n > 0 {
		body = append(body, paragraph(i.say("bring.done-kept", "n", n)))
	}
	for _, b := range i.plan.Batches {
		if !b.Complete() {
			body = append(body, paragraph(i.say("import.note.batch", "seen", len(b.Seen), "size", b.Size)),
				newButton(i.say("bring.rest"), func() { i.show(newImporting(i.shell)) }))
		}
	}
	return i.page(page{heading: i.title(), body: body, back: i.undoing, primary: i.primary})
}

func (i *imported) enter() {
	if !i.primary.Disabled() {
		i.home()
	}
}

func (i *imported) back() { i.enter() }

func (i *imported) takeBack() {
	i.undoing.Disable()
	i.primary.Disable()
	work(i.shell, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, i.undo.Do(context.WithoutCancel(ctx), i.vault)
	}, func(_ struct{}, err error) {
		i.undoing.Enable()
		i.primary.Enable()
		if err != nil {
			i.alert.show(words.Explain(i.Words, err, ""))
			return
		}
		list := &codes{shell: i.shell}
		i.show(list)
		list.notice.show(i.say("bring.undone"), "", nil, i.Now())
	})
}
