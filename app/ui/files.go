package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
)

// pickFile lets the person choose a file, of some endings or of all.
func (s *shell) pickFile(endings []string, picked func(path string)) {
	d := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if err != nil || file == nil {
			return // cancelled, or a file that was gone before it was opened
		}
		_ = file.Close()
		picked(file.URI().Path())
	}, s.window)
	if len(endings) > 0 {
		d.SetFilter(storage.NewExtensionFileFilter(endings))
	}
	d.Show()
	d.Resize(s.window.Canvas().Size())
}

// pickFolder lets the person choose a folder.
func (s *shell) pickFolder(picked func(path string)) {
	d := dialog.NewFolderOpen(func(folder fyne.ListableURI, err error) {
		if err == nil && folder != nil {
			picked(folder.Path())
		}
	}, s.window)
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
	d.SetFileName(name)
	d.Show()
	d.Resize(s.window.Canvas().Size())
}
