package ui

import (
	"context"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"sleutelbos/assets"
	"sleutelbos/enroll"
)

// Size of the window when it opens, in Fyne's device-independent pixels: a
// narrow column beside whatever one signs in to.
const (
	width  = 480
	height = 700
)

// Window is the app's window.
type Window struct {
	shell *shell
	stop  chan struct{}
	once  atomic.Bool
}

// New puts the app's screens in a new window of a Fyne app. Run shows it.
func New(a fyne.App, config Config) *Window {
	if config.Go == nil {
		config.Go = func(f func()) { go f() }
	}
	a.Settings().SetTheme(Theme())
	icon := fyne.NewStaticResource("sleutelbos.png", assets.Icon())
	a.SetIcon(icon)
	s := &shell{Config: config, app: a, window: a.NewWindow(config.Words.Say("app.name"))}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.window.SetIcon(icon)
	s.window.Resize(fyne.NewSize(width, height))
	s.window.SetPadded(false)
	s.keys()
	w := &Window{shell: s, stop: make(chan struct{})}
	s.window.SetOnClosed(w.Close)
	return w
}

// Open shows the screen that fits: the welcome on the first run, else what opens
// the vault. Address is where to begin, a sleutelbos://link or otpauth address,
// or empty.
func (w *Window) Open(address string) {
	s := w.shell
	next := func() { s.arrive(address) }
	exists, err := s.Folder.Exists()
	copies, _ := s.Folder.Generations() // a folder that cannot be read has none
	switch {
	case err == nil && !exists && len(copies) > 0:
		s.show(&damaged{shell: s, next: next}) // the file is gone, and its copies are not
	case err == nil && !exists && address != "":
		s.show(&protect{shell: s, next: next})
	case err == nil && !exists:
		s.show(&welcome{shell: s})
	default:
		s.openEarly(next)
	}
}

// Come takes the window to the front, and to an address if there is one: the
// program was started once more.
func (w *Window) Come(address string) {
	s := w.shell
	s.window.Show()
	s.window.RequestFocus()
	if address != "" && s.vault != nil {
		s.arrive(address)
	}
}

// arrive goes where an address leads, with an open vault.
func (s *shell) arrive(address string) {
	if link, err := enroll.ParseLinkAddress(address); err == nil {
		s.showWizardAt(link)
		return
	}
	if address != "" {
		add := newAdd(s)
		s.show(add)
		add.take(texts(address))
		return
	}
	s.home()
}

// home is where one is when nothing is going on: the codes, or, while there are
// none and a link was begun, that link.
func (s *shell) home() { s.show(&codes{shell: s}) }

// Run shows the window and ticks until it is closed.
func (w *Window) Run() {
	go w.clock()
	// The first frame may be drawn before the window is on the screen, and would
	// then be missed until the next tick.
	w.shell.app.Lifecycle().SetOnStarted(func() { w.shell.window.Content().Refresh() })
	w.shell.window.ShowAndRun()
	w.shell.over = true
	w.Close()
}

// Quit ends the program from another goroutine, after what the closing of the
// window does: a code does not stay on the clipboard.
func (w *Window) Quit() {
	fyne.Do(func() {
		// On the signal that led here Fyne ends by itself too. Where it was first,
		// this runs on the caller's goroutine and there is no driver any more,
		// which is a panic; nothing is left to be done then.
		defer func() { _ = recover() }()
		w.Close()
		w.shell.app.Quit()
	})
}

// Close ends the clock and locks the vault; it may be called again.
func (w *Window) Close() {
	if w.once.Swap(true) {
		return
	}
	close(w.stop)
	w.shell.leave()
	if w.shell.vault != nil {
		w.shell.vault.Lock()
	}
}

// clock gives the current screen one tick at each whole second of the wall
// clock, so that codes change when they do. The machine may sleep in between:
// a tick tells the time and counts nothing.
func (w *Window) clock() {
	for {
		now := w.shell.Now()
		timer := time.NewTimer(now.Truncate(time.Second).Add(time.Second).Sub(now))
		select {
		case <-w.stop:
			timer.Stop()
			return
		case <-timer.C:
		}
		fyne.Do(func() {
			w.shell.copies.tick(w.shell, w.shell.Now())
			if t, ok := w.shell.current.(ticker); ok {
				t.tick(w.shell.Now())
			}
		})
	}
}

// used notes that a step's code was used up at a server, so that the list does
// not offer it once more.
func (s *shell) used(id string, step uint64) {
	if s.usedSteps == nil {
		s.usedSteps = map[string]uint64{}
	}
	s.usedSteps[id] = step
}

// lock locks the vault and shows how to open it.
func (s *shell) lock() {
	s.leave()
	if s.vault != nil {
		s.vault.Lock()
		s.vault = nil
	}
	s.show(&unlock{shell: s, locked: true, next: s.home})
}
