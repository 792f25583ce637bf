package ui

import (
	"errors"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/driver"
	"fyne.io/fyne/v2/storage"

	"sleutelbos/app/capture"
)

// pickFiles lets the person choose files, of some endings or of all: several at
// once in the desktop's own dialog, where there is one, else one in Fyne's.
func (s *shell) pickFiles(kind string, endings []string, picked func(paths []string)) {
	s.pick(capture.Choice{Title: s.say("files.choose-several"), Several: true, Kind: s.say(kind), Endings: endings}, picked)
}

// pickFile lets the person choose one file.
func (s *shell) pickFile(kind string, endings []string, picked func(paths []string)) {
	s.pick(capture.Choice{Title: s.say("files.choose"), Kind: s.say(kind), Endings: endings}, picked)
}

func (s *shell) pick(c capture.Choice, picked func(paths []string)) {
	if s.Sources.Files == nil {
		s.pickHere(c, picked)
		return
	}
	if s.choosing {
		return // its dialog is open
	}
	s.choosing = true
	c.Parent = s.handle()
	ctx := s.ctx
	s.Go(func() {
		paths, err := s.Sources.Files(ctx, c)
		fyne.Do(func() {
			s.choosing = false
			switch {
			case ctx.Err() != nil: // the screen is gone, and the dialog with it
			case err == nil:
				picked(paths)
			case errors.Is(err, capture.ErrCancelled): // and where they chose is the focus still
			default:
				s.pickHere(c, picked)
			}
		})
	})
}

// pickHere is Fyne's own dialog, in the window.
func (s *shell) pickHere(c capture.Choice, picked func(paths []string)) {
	d := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if err != nil || file == nil {
			return // cancelled, or a file that was gone before it was opened
		}
		_ = file.Close()
		picked([]string{file.URI().Path()})
	}, s.window)
	d.SetTitleText(c.Title)
	if len(c.Endings) > 0 {
		d.SetFilter(storage.NewExtensionFileFilter(c.Endings))
	}
	d.Show()
	d.Resize(s.window.Canvas().Size())
}

// handle is the window as a portal names it, so that its dialog stands before
// ours. Under Wayland there is no name for it.
func (s *shell) handle() (name string) {
	if native, ok := s.window.(driver.NativeWindow); ok {
		native.RunNative(func(context any) {
			if x11, ok := context.(driver.X11WindowContext); ok {
				name = fmt.Sprintf("x11:%x", x11.WindowHandle)
			}
		})
	}
	return name
}

// pickPictures lets the person choose pictures.
func (s *shell) pickPictures(picked func(paths []string)) {
	s.pickFiles("files.pictures", []string{".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"}, picked)
}

// pickFolder lets the person choose a folder.
func (s *shell) pickFolder(picked func(path string)) {
	d := dialog.NewFolderOpen(func(folder fyne.ListableURI, err error) {
		if err == nil && folder != nil {
			picked(folder.Path())
		}
	}, s.window)
	d.SetTitleText(s.say("files.choose-folder"))
	d.Show()
	d.Resize(s.window.Canvas().Size())
}

// pickNew lets the person choose where a new file goes. Fyne asks before it
// takes the name of one that is there, and leaves an empty file.
func (s *shell) pickNew(name string, picked func(path string, err error)) {
	d := dialog.NewFileSave(func(file fyne.URIWriteCloser, err error) {
		switch {
		case err != nil:
			picked("", err)
		case file != nil:
			picked(file.URI().Path(), file.Close())
		}
	}, s.window)
	d.SetTitleText(s.say("files.save"))
	d.SetFileName(name)
	d.Show()
	d.Resize(s.window.Canvas().Size())
}
