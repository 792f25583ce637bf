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
	"sleutelbos/enroll/scan"
)

// fetching is the buttons that fetch a picture with QR codes, those that work
// here, and the reading of it. The screen that has them says what becomes of
// what was read.
type fetching struct {
	*shell
	alert *alert
	doing func(text string) // says what is under way, and with nothing that it is over
	take  func([]scan.Found)
	// others gets files of which one is no picture; nil: only that is said.
	others func(paths []string)
	// again shows the screen once more, after that of the camera.
	again func()
	// seen is told what the camera sees, and says what to show next to it, or
	// nothing where it has gone on to another screen.
	seen func([]scan.Found) string

	reading bool // a picture is fetched or read
	cameras []capture.Camera
	camera  *button // shown once there is a camera
	pressed *button // the source that was chosen last
}

// buttons are the sources that work here.
func (f *fetching) buttons() fyne.CanvasObject {
	f.pressed, f.reading = nil, false // what was under way ended with the former showing
	buttons := container.NewGridWithColumns(2)
	if f.Sources.Screen != nil {
		buttons.Add(f.source("capture.screen", theme.ComputerIcon(), f.fromScreen))
	}
	buttons.Add(f.source("add.picture", theme.FileImageIcon(), func() {
		f.refocus() // whoever cancels is where they were
		f.pickPictures(f.drop)
	}))
	if f.Sources.Clipboard != nil {
		buttons.Add(f.source("capture.clipboard", theme.ContentPasteIcon(), f.fromClipboard))
	}
	f.camera = f.source("capture.camera", theme.MediaVideoIcon(), f.fromCamera)
	show(f.camera, len(f.cameras) > 0)
	buttons.Add(f.camera)
	return buttons
}

// look looks for cameras, which takes a moment.
func (f *fetching) look() {
	if f.Sources.Cameras == nil {
		return
	}
	work(f.shell, func(context.Context) ([]capture.Camera, error) {
		return f.Sources.Cameras(), nil
	}, func(cameras []capture.Camera, _ error) {
		f.cameras = cameras
		if f.camera != nil {
			show(f.camera, len(cameras) > 0)
		}
	})
}

// read fetches and reads pictures off Fyne's goroutine, and shows what they hold.
func (f *fetching) read(doing string, fetch func(ctx context.Context) ([]scan.Found, error)) {
	f.alert.hide()
	f.doing(doing)
	f.window.SetTitle(doing + " – " + f.say("app.name"))
	f.reading = true
	work(f.shell, fetch, func(found []scan.Found, err error) {
		f.reading = false
		f.doing("")
		if err != nil {
			f.showFetchError(err)
			f.refocus()
			return
		}
		f.take(found)
	})
}

// refocus puts the focus back on the source that was chosen last.
func (f *fetching) refocus() { f.refocusOn(f.pressed) }

// source is a button that fetches.
func (f *fetching) source(key string, icon fyne.Resource, do func()) *button {
	b := newButtonWithIcon(f.say(key), icon, nil)
	b.OnTapped = func() {
		if !f.reading { // a key that bounces asks once
			f.pressed = b
			do()
		}
	}
	return b
}

// drop reads pictures that were dropped or chosen. Other files are another
// program's lists, for the page that reads those, or an error.
func (f *fetching) drop(paths []string) {
	f.read(f.say("add.reading"), func(ctx context.Context) ([]scan.Found, error) { return f.readFiles(ctx, paths) })
}

func (f *fetching) readFiles(ctx context.Context, paths []string) ([]scan.Found, error) {
	found, err := readFiles(ctx, paths)
	if errors.Is(err, scan.ErrFormat) && f.others != nil {
		fyne.Do(func() {
			if ctx.Err() == nil {
				f.others(paths)
			}
		})
	}
	return found, err
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

func (f *fetching) fromScreen() {
	f.read(f.say("capture.screen-reading"), func(ctx context.Context) ([]scan.Found, error) {
		// Also where something fails: a window that is gone is a program that is.
		defer f.comeBack()
		pictures, err := f.Sources.Screen(ctx, f.stepAside)
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
func (f *fetching) fromClipboard() {
	if typed := strings.TrimSpace(f.app.Clipboard().Content()); isAddress(typed) && !strings.HasPrefix(typed, "file:") {
		f.take(texts(typed))
		return
	}
	if f.Sources.Clipboard == nil {
		return
	}
	f.read(f.say("add.reading"), func(ctx context.Context) ([]scan.Found, error) {
		clip, err := f.Sources.Clipboard(ctx)
		if err != nil {
			return nil, err
		}
		if len(clip.Files) > 0 {
			return f.readFiles(ctx, clip.Files)
		}
		return scan.ReadContent(ctx, clip.Picture)
	})
}

// fromCamera shows what the camera sees until it has seen a code.
func (f *fetching) fromCamera() {
	f.show(&lens{
		shell: f.shell, cameras: f.cameras,
		leave: f.again, take: f.seen,
		dropped: func(paths []string) {
			f.again()
			f.drop(paths)
		},
	})
}
