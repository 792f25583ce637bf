package capture

import (
	"context"
	"errors"
	"image"
)

// Errors of fetching.
var (
	// ErrCancelled says that the person did not want to after all.
	ErrCancelled = errors.New("cancelled")
	// ErrRefused says that the desktop, or the person by its settings, does not
	// allow it.
	ErrRefused = errors.New("the system does not allow it")
	// ErrUnavailable says that there is nothing here by which it could be done.
	ErrUnavailable = errors.New("this system offers no way to do it")
	// ErrEmpty says that no picture is on the clipboard.
	ErrEmpty = errors.New("no picture is on the clipboard")
	// ErrTooLarge says that what was to be fetched is larger than any picture
	// that is read.
	ErrTooLarge = errors.New("the picture is too large")
	// ErrBusy says that another program uses the camera.
	ErrBusy = errors.New("another program uses the camera")
)

// Sources are the places that pictures come from on this computer. What cannot
// work here is nil, and is not offered.
type Sources struct {
	// Screen makes a picture of each monitor, or of what the person chooses.
	// Aside is called once, before the picture is made, and makes our own window
	// step aside; whoever calls brings it back. The errors are ErrCancelled,
	// ErrRefused, ErrUnavailable, the context's, and the system's own.
	Screen func(ctx context.Context, aside func()) ([]image.Image, error)
	// Clipboard gives what was copied, or ErrEmpty.
	Clipboard func(ctx context.Context) (Clip, error)
	// Cameras lists the cameras that are there now. It may take a moment.
	Cameras func() []Camera
	// Files shows the desktop's own dialog to choose files with. The errors are
	// ErrCancelled, ErrRefused, ErrUnavailable, where the program has to show one
	// of its own, and the context's, with which the dialog goes away.
	Files func(ctx context.Context, choice Choice) ([]string, error)
}

// Choice is what a dialog lets the person choose.
type Choice struct {
	Title   string
	Parent  string   // the window before which it stands, as the portal names it, or empty
	Several bool     // several files at once
	Kind    string   // what the files are, in words
	Endings []string // of their names; none: every file
}

// Clip is what is on the clipboard: one of both.
type Clip struct {
	Picture []byte   // a picture, as a file has it
	Files   []string // paths of files, as a file manager copies them
}

// Camera is a camera that is not in use yet.
type Camera interface {
	// Name tells it from others.
	Name() string
	// Open starts it, or gives ErrBusy, ErrRefused or the system's own error.
	Open() (Frames, error)
}

// Frames are what a camera sees.
type Frames interface {
	// Next waits for the next picture, which is the caller's to keep.
	Next() (image.Image, error)
	// Close lets go of the camera, whose light then goes out. Next is not called
	// at the same time.
	Close() error
}

// System gives what works on this computer.
func System() Sources {
	return Sources{Screen: systemScreen(), Clipboard: systemClipboard(), Cameras: systemCameras(), Files: systemChooser()}
}
