package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/assets"
)

// welcome is the first screen of the first run: the ways in, and nothing else
// to decide.
type welcome struct {
	*shell
	activation *choice
}

func (w *welcome) title() string { return w.say("welcome.title") }

func (w *welcome) content() fyne.CanvasObject {
	icon := canvas.NewImageFromResource(fyne.NewStaticResource("icon.png", assets.Icon()))
	icon.SetMinSize(fyne.NewSquareSize(112))
	icon.FillMode = canvas.ImageFillContain
	name := widget.NewLabelWithStyle(w.say("app.name"), fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	name.SizeName = theme.SizeNameHeadingText
	lead := widget.NewLabelWithStyle(w.say("welcome.lead"), fyne.TextAlignCenter, fyne.TextStyle{})
	lead.Wrapping = fyne.TextWrapWord
	w.activation = newChoice(theme.MailComposeIcon(), w.say("welcome.activation"), w.say("welcome.activation-sub"), func() {
		w.afterVault(func() { w.showWizard() })
	})
	key := newChoice(theme.GridIcon(), w.say("welcome.key"), w.say("welcome.key-sub"), func() {
		w.afterVault(func() { w.show(newAdd(w.shell)) })
	})
	head := container.NewVBox(space(26), icon, container.New(&tight{}, name, lead), space(14))
	elsewhere := newChoice(theme.DownloadIcon(), w.say("welcome.import"), w.say("welcome.import-sub"), func() {
		w.afterVault(func() { w.show(newImporting(w.shell)) })
	})
	restore := newQuiet(w.say("welcome.restore"), theme.HistoryIcon(), func() { w.show(&restoring{shell: w.shell}) })
	ways := container.NewVBox(w.activation, space(2), key, space(2), elsewhere, container.NewCenter(restore))
	return container.New(&column{}, padded(container.NewVScroll(container.NewVBox(head, ways)), 18))
}

func (w *welcome) enter() { w.activation.do() }

// drop reads a picture or opens the adding of it, once there is a vault.
func (w *welcome) drop(paths []string) {
	w.afterVault(func() {
		add := newAdd(w.shell)
		w.show(add)
		add.drop(paths)
	})
}

// afterVault goes on once there is an open vault, and makes it on the way.
func (s *shell) afterVault(next func()) {
	if s.vault != nil {
		next()
		return
	}
	s.show(&protect{shell: s, next: next})
}
