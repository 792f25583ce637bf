//go:build cgo

package app

import (
	"context"
	"os"
	"runtime"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/lang"

	"sleutelbos/app/capture"
	"sleutelbos/app/ui"
	"sleutelbos/assets"
)

// appID is the one of FyneApp.toml.
const appID = "nl.sleutelbos.app"

// window opens the desktop window and stays until it is closed. Started again
// for the same vault, it brings the first one to the front.
func (a *App) window(ctx context.Context, args []string) error {
	address := ""
	if len(args) == 1 {
		address = args[0]
	}
	if !hasDisplay() {
		return a.refuse("cmd.no-display")
	}
	folder, err := a.folder()
	if err != nil {
		return err
	}
	first, calls, err := onlyOne(folder.Dir(), address)
	if err != nil {
		return err
	}
	if !first {
		a.say("%s", a.words.Say("cmd.only-running"))
		return nil
	}
	defer calls.Close()
	if err := speakFyne(a.words.Language()); err != nil {
		return err
	}
	device, _ := os.Hostname() // a device without a name links too
	program := fyneapp.NewWithID(appID)
	w := ui.New(program, ui.Config{
		Words: a.words, Folder: folder, Now: a.now, Version: a.version,
		Device: device, Printer: printer, Policy: a.policyFile, Sources: capture.System(),
	})
	go calls.serve(func(address string) { fyne.Do(func() { w.Come(address) }) })
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-ctx.Done():
			w.Quit()
		case <-ended:
		}
	}()
	w.Open(address)
	w.Run()
	return nil
}

// speakFyne gives Fyne's own few words (file dialogs, menus of a field) in Dutch.
// Fyne follows the system's language alone, so they go under that one's name:
// the person may have chosen Dutch on an English system.
func speakFyne(language string) error {
	if language != "nl" {
		return nil
	}
	raw, err := assets.FyneDutch()
	if err != nil {
		return err
	}
	return lang.AddTranslationsForLocale(raw, lang.SystemLocale())
}

// hasDisplay tells whether a window can be opened: on Windows and macOS always,
// elsewhere where X11 or Wayland is named.
func hasDisplay() bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return true
	}
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}
