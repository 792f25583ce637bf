package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/words"
	"sleutelbos/vault"
)

// menu is what one does seldom.
func (c *codes) menu(below fyne.CanvasObject) {
	canvas := c.window.Canvas()
	items := []*fyne.MenuItem{
		fyne.NewMenuItem(c.say("menu.link"), c.showWizard),
		fyne.NewMenuItem(c.say("menu.add"), func() { c.show(newAdd(c.shell)) }),
		fyne.NewMenuItem(c.say("menu.import"), func() { c.show(newImporting(c.shell)) }),
		fyne.NewMenuItem(c.say("menu.export"), func() { c.show(&exporting{shell: c.shell}) }),
		fyne.NewMenuItem(c.say("menu.copies"), func() { c.show(&backups{shell: c.shell}) }),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(c.say("menu.recovery"), c.newRecovery),
		fyne.NewMenuItem(c.say("menu.lock"), c.lock),
		fyne.NewMenuItemSeparator(),
		fyne.NewMenuItem(c.say("menu.about"), c.about),
	}
	popup := widget.NewPopUpMenu(fyne.NewMenu("", items...), canvas)
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(below)
	popup.ShowAtPosition(fyne.NewPos(at.X+below.Size().Width-popup.MinSize().Width, at.Y+below.Size().Height))
}

// menuEdge is how near the window's edge a menu may come.
const menuEdge = 12

func (c *codes) entryMenu(e vault.Entry, at fyne.Position) {
	remove := fyne.NewMenuItem(c.say("codes.remove"), func() { c.askRemove(e) })
	items := []*fyne.MenuItem{remove}
	if e.Readable {
		favourite := fyne.NewMenuItem(c.say("codes.favourite"), func() { c.setFavourite(e, true) })
		if e.Favourite {
			favourite = fyne.NewMenuItem(c.say("codes.favourite-not"), func() { c.setFavourite(e, false) })
		}
		items = []*fyne.MenuItem{
			fyne.NewMenuItem(c.say("do.copy"), func() { c.take(e) }),
			favourite,
			fyne.NewMenuItem(c.say("codes.groups"), func() { c.askGroups(e) }),
			fyne.NewMenuItem(c.say("codes.rename"), func() { c.askRename(e) }),
			fyne.NewMenuItemSeparator(),
			c.moveItem("codes.up", e, -1),
			c.moveItem("codes.down", e, 1),
			fyne.NewMenuItemSeparator(),
			remove,
		}
	}
	popup := widget.NewPopUpMenu(fyne.NewMenu("", items...), c.window.Canvas())
	if width := popup.MinSize().Width; at.X+width > c.window.Canvas().Size().Width-menuEdge {
		at.X -= width
	}
	popup.ShowAtPosition(at)
}

func (c *codes) moveItem(key string, e vault.Entry, by int) *fyne.MenuItem {
	item := fyne.NewMenuItem(c.say(key), func() { c.move(e, by) })
	_, ok := c.neighbour(e, by)
	item.Disabled = !ok
	return item
}

func (c *codes) setFavourite(e vault.Entry, favourite bool) {
	c.update(func(d *vault.Draft) error { return d.SetFavourite(e.ID, favourite) }, "")
}

// askRemove removes an entry once the person confirms what that means.
func (c *codes) askRemove(e vault.Entry) {
	name := words.Name(c.Words, e)
	c.ask(question{
		title: c.say("codes.remove-title", "name", name), do: c.say("codes.remove-do"), danger: true,
		content: paragraph(c.say("codes.remove-lead")),
		yes: func() {
			c.update(func(d *vault.Draft) error { return d.Remove(e.ID) }, c.say("codes.removed", "name", name))
		},
	})
}

func (c *codes) askRename(e vault.Entry) {
	issuer, account := newField("", nil), newField("", nil)
	issuer.SetText(e.Issuer)
	account.SetText(e.Account)
	c.ask(question{
		title: c.say("rename.title"), do: c.say("rename.do"), fields: []*field{issuer, account},
		content: container.NewVBox(caption(c.say("add.issuer")), issuer, caption(c.say("add.account")), account),
		yes: func() {
			c.update(func(d *vault.Draft) error { return d.Rename(e.ID, issuer.Text, account.Text) }, "")
		},
	})
}

// update changes the vault and shows the list as it is then.
func (c *codes) update(change func(*vault.Draft) error, done string) {
	work(c.shell, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, c.vault.Update(context.WithoutCancel(ctx), change)
	}, func(_ struct{}, err error) {
		c.load()
		switch {
		case err != nil:
			c.fail(err)
		case done != "":
			c.notice.show(done, "", nil, c.Now())
		}
	})
}

func (c *codes) newRecovery() {
	if err := c.noteUnseen(); err != nil {
		c.fail(err)
		return
	}
	work(c.shell, func(ctx context.Context) (vault.RecoveryKey, error) {
		return c.vault.NewRecoveryKey(context.WithoutCancel(ctx))
	}, func(key vault.RecoveryKey, err error) {
		if err != nil {
			c.noteSeen()
			c.fail(err)
			return
		}
		c.show(&showRecovery{shell: c.shell, key: key, byKeyring: true, next: c.home})
	})
}

func (c *codes) about() {
	dialog.ShowCustom(c.say("menu.about"), c.say("do.close"), container.NewVBox(
		paragraph(c.say("about.lead", "version", c.Version)),
		muted(c.say("about.vault", "folder", c.Folder.Dir()))), c.window)
}
