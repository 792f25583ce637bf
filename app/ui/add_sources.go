package ui

import (
	"context"
	"errors"
	"image"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"sleutelbos/app/capture"
	"sleutelbos/app/words"
	"sleutelbos/enroll/scan"
)

// sources are the buttons that fetch a picture: those that work here.
func (a *add) sources() fyne.CanvasObject {
	buttons := container.NewGridWithColumns(2)
	if a.Sources.Screen != nil {
		buttons.Add(a.source("capture.screen", theme.ComputerIcon(), a.fromScreen))
	}
	buttons.Add(a.source("add.picture", theme.FileImageIcon(), func() {
		a.pickPicture(func(path string) { a.drop([]string{path}) })
	}))
	if a.Sources.Clipboard != nil {
		buttons.Add(a.source("capture.clipboard", theme.ContentPasteIcon(), a.fromClipboard))
	}
	a.camera = a.source("capture.camera", theme.MediaVideoIcon(), a.fromCamera)
	if len(a.cameras) == 0 {
		a.camera.Hide()
	}
	buttons.Add(a.camera)
	return buttons
}

// read fetches and reads pictures off Fyne's goroutine, and shows what they hold.
func (a *add) read(doing string, fetch func(ctx context.Context) ([]scan.Found, error)) {
	a.alert.hide()
	a.part.Hide()
	a.note(doing)
	a.window.SetTitle(doing + " – " + a.say("app.name"))
	work(a.shell, fetch, func(found []scan.Found, err error) {
		a.note("")
		if err != nil {
			a.showFetchError(err)
			a.again()
			return
		}
		a.take(found)
	})
}

// again puts the focus back on the button that was pressed: Fyne takes it away
// with the press, and whoever works by keyboard is lost.
func (a *add) again() {
	canvas := a.window.Canvas()
	if a.pressed != nil && canvas.Focused() == nil {
		canvas.Focus(a.pressed)
	}
}

// source is a button that fetches.
func (a *add) source(key string, icon fyne.Resource, do func()) *button {
	b := newButtonWithIcon(a.say(key), icon, nil)
	b.OnTapped = func() {
		a.pressed = b
		do()
	}
	b.escape = a.back
	return b
}

// drop reads pictures that were dropped or chosen. Other files are another
// program's lists, for the page that reads those.
func (a *add) drop(paths []string) {
	a.read(a.say("add.reading"), func(ctx context.Context) ([]scan.Found, error) {
		found, err := readFiles(ctx, paths)
		if errors.Is(err, scan.ErrFormat) {
			fyne.Do(func() {
				if ctx.Err() == nil {
					a.importFiles(paths)
				}
			})
		}
		return found, err
	})
}

// readFiles reads pictures. What one of them holds is not lost because another
// holds nothing; but where one is no picture, that is all that is said.
func readFiles(ctx context.Context, paths []string) ([]scan.Found, error) {
	var all []scan.Found
	var first error
	for _, path := range paths {
		found, err := scan.ReadFileParts(ctx, path)
		if errors.Is(err, scan.ErrFormat) {
			return nil, err
		}
		if err != nil && first == nil {
			first = err
		}
		all = append(all, found...)
	}
	if len(all) > 0 && ctx.Err() == nil {
		return all, nil
	}
	return nil, first
}

// errScreen says that no code was found on the screen: there is more to do about
// it than with a picture.
var errScreen = errors.New("no QR code was found on the screen")

func (a *add) fromScreen() {
	a.read(a.say("capture.screen-reading"), func(ctx context.Context) ([]scan.Found, error) {
		// Also where something fails: a window that is gone is a program that is.
		defer a.comeBack()
		pictures, err := a.Sources.Screen(ctx, a.stepAside)
		if err != nil {
			return nil, err
		}
		found, err := readPictures(ctx, pictures)
		if errors.Is(err, scan.ErrNone) {
			return nil, errScreen
		}
		return found, err
	})
}

// readPictures finds the codes of all pictures.
func readPictures(ctx context.Context, pictures []image.Image) ([]scan.Found, error) {
	var all []scan.Found
	first := error(scan.ErrNone)
	for _, picture := range pictures {
		found, err := scan.ReadParts(ctx, picture)
		if err != nil && !errors.Is(err, scan.ErrNone) {
			first = err
		}
		all = append(all, found...)
	}
	if len(all) > 0 && ctx.Err() == nil {
		return all, nil
	}
	return nil, first
}

// stepAside hides the window; from a worker.
func (s *shell) stepAside() { fyne.DoAndWait(s.window.Hide) }

// comeBack shows it again, with the keyboard; from a worker.
func (s *shell) comeBack() {
	fyne.Do(func() {
		if !s.over {
			s.window.Show()
			s.window.RequestFocus()
		}
	})
}

// fromClipboard reads what was copied: a picture, picture files, or an address.
func (a *add) fromClipboard() {
	if typed := strings.TrimSpace(a.app.Clipboard().Content()); isAddress(typed) && !strings.HasPrefix(typed, "file:") {
		a.take(texts(typed))
		return
	}
	if a.Sources.Clipboard == nil {
		return
	}
	a.read(a.say("add.reading"), func(ctx context.Context) ([]scan.Found, error) {
		clip, err := a.Sources.Clipboard(ctx)
		if err != nil {
			return nil, err
		}
		if len(clip.Files) > 0 {
			return readFiles(ctx, clip.Files)
		}
		return scan.ReadContent(ctx, clip.Picture)
	})
}

// fromCamera shows what the camera sees until it has seen a code.
func (a *add) fromCamera() {
	a.show(&lens{
		shell: a.shell, cameras: a.cameras,
		leave: func() { a.show(a) },
		take: func(found []scan.Found) string {
			b := a.haul.add(found)
			if b.size > 0 {
				return a.say("capture.batch", "seen", b.seen, "size", b.size) + " " + a.say("capture.batch-camera")
			}
			a.show(a)
			a.present(b)
			return ""
		},
		dropped: func(paths []string) {
			a.show(a)
			a.drop(paths)
		},
	})
}

// showFetchError says what went wrong with fetching, or as anywhere else.
func (a *add) showFetchError(err error) {
	m, ok := a.explainFetch(err)
	switch {
	case !ok:
		a.showError(a.alert, err, "")
	case errors.Is(err, capture.ErrCancelled):
		a.alert.inform(m)
		a.window.SetTitle(m.What + " – " + a.say("app.name"))
	default:
		a.alert.show(m)
		a.window.SetTitle(m.What + " – " + a.say("app.name"))
	}
}

func (s *shell) explainFetch(err error) (words.Message, bool) {
	switch {
	case errors.Is(err, capture.ErrCancelled):
		return words.Message{What: s.say("capture.cancelled"), Next: s.say("capture.cancelled-next")}, true
	case errors.Is(err, capture.ErrRefused):
		return words.Message{What: s.say("capture.refused"), Next: s.say("capture.picture-next")}, true
	case errors.Is(err, capture.ErrUnavailable):
		return words.Message{What: s.say("capture.unavailable"), Next: s.say("capture.picture-next")}, true
	case errors.Is(err, capture.ErrEmpty):
		return words.Message{What: s.say("capture.empty"), Next: s.say("capture.empty-next")}, true
	case errors.Is(err, capture.ErrBusy):
		return words.Message{What: s.say("capture.busy"), Next: s.say("capture.busy-next")}, true
	case errors.Is(err, context.DeadlineExceeded):
		return words.Message{What: s.say("capture.slow"), Next: s.say("capture.empty-next")}, true
	case errors.Is(err, errScreen):
		return words.Message{What: s.say("capture.no-code"), Next: s.say("capture.no-code-next")}, true
	case errors.Is(err, capture.ErrTooLarge):
		return words.Explain(s.Words, scan.ErrTooLarge, ""), true
	}
	return words.Message{}, false
}

// pickPicture lets the person choose a picture file.
func (s *shell) pickPicture(picked func(path string)) {
	s.pickFile([]string{".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff"}, picked)
}
