package ui

import (
	"path/filepath"

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

// pickPlace lets the person choose a folder for a new file of this name. The
// file is written by us, never by Fyne, which would leave it open to others.
func (s *shell) pickPlace(name string, picked func(path string)) {
	s.pickFolder(func(folder string) { picked(filepath.Join(folder, name)) })
}
