package ui

import (
	"context"
	"net/url"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"

	"sleutelbos/app/capture"
	"sleutelbos/assets"
	"sleutelbos/vault"
)

// Config is what the screens work with.
type Config struct {
	Words   assets.Words
	Folder  *vault.Folder
	Now     func() time.Time
	Version string
	Device  string // name of this computer, for the administrator
	// Printer gives what sends a text to the printer; nil, or a nil function,
	// where there is none.
	Printer func() func(ctx context.Context, text string) error
	// Sources are where pictures come from; what is nil is not offered.
	Sources capture.Sources
	// Policy is the organisation's file, see package carry.
	Policy string
	// Go runs work off Fyne's goroutine; tests run it in place.
	Go func(func())
}

// screen is what the window shows: one at a time.
type screen interface {
	// title names the screen, in the window's title too.
	title() string
	// content builds the screen from its state, at first and after redraw.
	content() fyne.CanvasObject
}

// What a screen may have besides.
type (
	focuser interface{ focus() fyne.Focusable } // takes the keyboard first
	starter interface{ start() }                // begins its work once it is shown
	ticker  interface{ tick(now time.Time) }    // changes with the clock
	stopper interface{ stop() }                 // has something to let go of
	backer  interface{ back() }                 // Escape goes back
	enterer interface{ enter() }                // Enter without a focus
	dropper interface{ drop(paths []string) }   // takes dropped files
	typer   interface{ typed(r rune) }          // takes what is typed without a focus
	keyer   interface{ key(e *fyne.KeyEvent) }  // takes the other keys without a focus
)

// shell shows screens in a window, one at a time, and runs their work.
type shell struct {
	Config
	app    fyne.App
	window fyne.Window

	over      bool              // the driver has ended: its clipboard is gone
	vault     *vault.Vault      // nil while there is none or it is locked
	usedSteps map[string]uint64 // by entry: the step whose code a server has used up
	copies    copies            // backups that are made by themselves
	choosing  bool              // the desktop's dialog for files is open
	current   screen
	ctx       context.Context // ends when the current screen does
	cancel    context.CancelFunc
}

// show puts a screen in the window in place of the current one, whose work ends.
func (s *shell) show(next screen) {
	s.leave()
	s.current = next
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.redraw()
	if t, ok := next.(ticker); ok {
		t.tick(s.Now())
	}
	if st, ok := next.(starter); ok {
		st.start()
	}
}

// leave ends the current screen and its work.
func (s *shell) leave() {
	if s.cancel != nil {
		s.cancel()
	}
	if st, ok := s.current.(stopper); ok {
		st.stop()
	}
	s.current = nil
}

// redraw builds the current screen anew from its state. Its work goes on.
func (s *shell) redraw() {
	s.window.SetTitle(s.current.title() + " – " + s.say("app.name"))
	// What had the focus must lose it: its blinking cursor would go on, unseen,
	// and paint the window sixteen times a second.
	s.window.Canvas().Unfocus()
	s.window.SetContent(s.current.content())
	if f, ok := s.current.(focuser); ok {
		if target := f.focus(); target != nil {
			s.window.Canvas().Focus(target)
		}
	}
}

func (s *shell) say(key string, pairs ...any) string { return s.Words.Say(key, pairs...) }

func (s *shell) openURL(text string) {
	if u, err := url.Parse(text); err == nil {
		_ = s.app.OpenURL(u) // without a browser the address stays on the screen
	}
}

// work runs load off Fyne's goroutine and hands its result to show on it, unless
// the screen that asked is gone by then. Load gets a context that ends with
// the screen.
func work[T any](s *shell, load func(ctx context.Context) (T, error), show func(T, error)) {
	ctx := s.ctx
	s.Go(func() {
		result, err := load(ctx)
		fyne.Do(func() {
			if ctx.Err() == nil {
				show(result, err)
			}
		})
	})
}

// keys routes what is typed while nothing has the focus.
func (s *shell) keys() {
	canvas := s.window.Canvas()
	canvas.SetOnTypedKey(func(e *fyne.KeyEvent) {
		if s.behind(e) {
			return
		}
		switch e.Name {
		case fyne.KeyEscape:
			if b, ok := s.current.(backer); ok {
				b.back()
			}
		case fyne.KeyReturn, fyne.KeyEnter:
			if en, ok := s.current.(enterer); ok {
				en.enter()
			}
		default:
			if k, ok := s.current.(keyer); ok {
				k.key(e)
			}
		}
	})
	canvas.SetOnTypedRune(func(r rune) {
		if t, ok := s.current.(typer); ok && canvas.Overlays().Top() == nil {
			t.typed(r)
		}
	})
	s.window.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) {
		var paths []string
		for _, u := range uris {
			if u.Scheme() == "file" {
				paths = append(paths, u.Path())
			}
		}
		if len(paths) > 0 {
			s.dropped(paths)
		}
	})
}

// dropped takes files wherever the person is. A screen that takes none is a step
// to finish first.
func (s *shell) dropped(paths []string) {
	if d, ok := s.current.(dropper); ok {
		d.drop(paths)
		return
	}
	if s.window.Canvas().Overlays().Top() == nil {
		dialog.ShowInformation(s.say("capture.drop-step"), s.say("capture.drop-after"), s.window)
	}
}
