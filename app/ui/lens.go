package ui

import (
	"context"
	"errors"
	"image"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"sleutelbos/app/capture"
	"sleutelbos/app/words"
	"sleutelbos/enroll/scan"
)

// Rates of the camera: each preview paints the whole window, and each look for a
// code takes a processor.
const (
	lookEvery    = 200 * time.Millisecond
	lookFor      = 400 * time.Millisecond
	previewWidth = 440
)

// lens shows what a camera sees until a code was seen. The camera is let go of
// when the screen is left.
type lens struct {
	*shell
	cameras []capture.Camera
	leave   func()
	// take gets what was seen, and says what to show next to the camera, or
	// nothing where it has gone on to another screen.
	take    func([]scan.Found) string
	dropped func(paths []string)

	which  int
	end    context.CancelFunc
	closed chan struct{} // closed once the former camera is let go of

	preview *canvas.Image
	state   *widget.Label
	alert   *alert
	choose  *chooser
}

func (l *lens) title() string { return l.say("capture.camera-title") }

func (l *lens) content() fyne.CanvasObject {
	l.alert = newAlert()
	l.state = paragraph(l.say("capture.camera-starting"))
	l.preview = canvas.NewImageFromImage(nil)
	l.preview.FillMode = canvas.ImageFillContain
	l.preview.SetMinSize(fyne.NewSize(0, 260))
	body := []fyne.CanvasObject{l.alert.box}
	if len(l.cameras) > 1 {
		var names []string
		for _, c := range l.cameras {
			names = append(names, c.Name())
		}
		l.choose = newChooser(names, nil)
		l.choose.SetSelectedIndex(l.which)
		l.choose.OnChanged = func(string) {
			l.which = l.choose.SelectedIndex()
			l.watch()
		}
		body = append(body, l.choose)
	}
	return l.page(page{
		heading: l.title(), lead: l.say("capture.camera-lead"),
		body: append(body, l.preview, l.state),
		back: newButton(l.say("do.back"), l.back),
	})
}

func (l *lens) back() { l.leave() }

func (l *lens) drop(paths []string) { l.dropped(paths) }

func (l *lens) start() { l.watch() }

func (l *lens) stop() {
	if l.end != nil {
		l.end()
	}
}

// watch opens the chosen camera once the former one is let go of.
func (l *lens) watch() {
	l.stop()
	l.alert.hide()
	ctx, end := context.WithCancel(l.ctx)
	before, closed, camera := l.closed, make(chan struct{}), l.cameras[l.which]
	l.end, l.closed = end, closed
	l.Go(func() {
		defer close(closed)
		if before != nil {
			<-before
		}
		err := watch(ctx, camera, func(picture image.Image) {
			fyne.Do(func() {
				if ctx.Err() == nil {
					l.preview.Image = picture
					l.preview.Refresh()
					if l.state.Text == l.say("capture.camera-starting") {
						l.state.SetText("")
					}
				}
			})
		}, func(found []scan.Found) {
			fyne.Do(func() {
				if ctx.Err() == nil {
					l.state.SetText(l.take(found))
				}
			})
		})
		fyne.Do(func() {
			if ctx.Err() == nil && err != nil {
				l.fail(err)
			}
		})
	})
}

func (l *lens) fail(err error) {
	l.state.SetText("")
	m, ok := l.explainFetch(err)
	if !ok || errors.Is(err, capture.ErrUnavailable) || errors.Is(err, capture.ErrRefused) {
		m = words.Message{What: l.say("capture.camera-fails"), Next: l.say("capture.camera-fails-next")}
	}
	l.alert.show(m)
	l.window.SetTitle(m.What + " – " + l.say("app.name"))
}

// watch reads a camera until ctx ends. Every frame is taken, so that none that
// is shown is old; a few a second are shown and searched.
func watch(ctx context.Context, camera capture.Camera, show func(image.Image), seen func([]scan.Found)) (err error) {
	frames, err := camera.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, frames.Close()) }()
	var last time.Time
	for ctx.Err() == nil {
		picture, err := frames.Next()
		if err != nil {
			return err
		}
		if time.Since(last) < lookEvery {
			continue
		}
		last = time.Now()
		show(mirrored(picture))
		brief, end := context.WithTimeout(ctx, lookFor)
		found, err := scan.ReadParts(brief, picture)
		end()
		if err == nil && len(found) > 0 {
			seen(found)
		}
	}
	return nil
}

// mirrored is the picture as in a mirror, for people to aim by, and no larger
// than it is shown.
func mirrored(picture image.Image) image.Image {
	from := picture.Bounds()
	width := min(from.Dx(), previewWidth)
	height := max(from.Dy()*width/max(from.Dx(), 1), 1)
	to := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			to.Set(width-1-x, y, picture.At(from.Min.X+x*from.Dx()/width, from.Min.Y+y*from.Dy()/height))
		}
	}
	return to
}
