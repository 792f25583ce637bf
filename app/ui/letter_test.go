package ui

import (
	"context"
	"image"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"sleutelbos/app/capture"
)

// The letter in the hand and the mail on the screen: the wizard's first step
// reads both, and shows whose server it is before anybody goes on.
func TestLetterFromScreenAndCamera(t *testing.T) {
	b := newBench(t, "nl")
	b.withKeys("A:a")
	server := startCompanion(t, time.Now)
	letter, _ := server.person("jvries")
	closed := 0
	var onScreen image.Image
	b.sources = capture.Sources{
		Screen: func(context.Context, func()) ([]image.Image, error) { return []image.Image{onScreen}, nil },
		Cameras: func() []capture.Camera {
			return []capture.Camera{standIn{closed: &closed, sees: []image.Image{drawn(t), drawn(t, letter)}}}
		},
	}
	b.open("")
	begin := func() *linkServer {
		w := &wizard{shell: b.shell()}
		step := &linkServer{wizard: w}
		b.shell().show(step)
		return step
	}
	for _, source := range []string{"capture.screen", "capture.camera"} {
		step := begin()
		onScreen = drawn(t, letter)
		b.press(source)
		b.says("Zorggroep De Linde")
		b.says(b.words.Say("link.server.yes"))
		if step.draft.User != "jvries" || step.draft.Fingerprint != server.fingerprint {
			t.Errorf("by %s the draft is %+v", source, step.draft)
		}
	}
	if closed != 1 {
		t.Errorf("the camera was let go of %d times", closed)
	}

	begin()
	onScreen = drawn(t, "WIFI:T:WPA;S:kantoor;P:geheim;;")
	b.press("capture.screen")
	b.says(b.words.Say("link.server.no-letter"))
	b.says(b.words.Say("scan.is.wifi"))
	onScreen = drawn(t)
	b.press("capture.screen")
	b.says(b.words.Say("capture.no-code"))
	// A login key instead of a letter is shown where keys are kept.
	onScreen = drawn(t, onsKey)
	b.press("capture.screen")
	if screen, ok := b.shell().current.(*add); !ok || screen.issuer.Text != "Ons" {
		t.Errorf("the screen is %q", b.title())
	}
	if b.names() != "A:a" {
		t.Errorf("kept unasked: %s", b.names())
	}

	// What was typed is still there after a look at the camera.
	step := begin()
	b.write("codes.example")
	step.fetch.cameras = []capture.Camera{standIn{err: capture.ErrBusy, closed: &closed}}
	b.press("capture.camera")
	b.key(fyne.KeyEscape)
	if !strings.Contains(step.address.Text, "codes.example") {
		t.Errorf("the address is %q", step.address.Text)
	}
}

// A letter's picture that is dropped while its server is shown brings another
// one, and one that holds nothing leaves it.
func TestLetterDropped(t *testing.T) {
	b := newBench(t, "en")
	b.withKeys("A:a")
	server := startCompanion(t, time.Now)
	letter, _ := server.person("jvries")
	b.shell().show(&linkServer{wizard: &wizard{shell: b.shell()}})
	b.shell().dropped([]string{pictureFile(t, letter)})
	b.says(b.words.Say("link.server.yes"))
	b.shell().dropped([]string{pictureFile(t, "https://example.org")})
	b.says(b.words.Say("scan.is.web"))
	b.says(b.words.Say("link.server.yes"))
}

// Several pictures are chosen at once where the desktop has a dialog; where it
// has none, Fyne's takes its place.
func TestFilesChosenInTheDesktopsDialog(t *testing.T) {
	failure := error(nil)
	var asked capture.Choice
	files := []string{pictureFile(t, onsKey), pictureFile(t, bankKey)}
	b := adding(t, "nl", capture.Sources{Files: func(_ context.Context, choice capture.Choice) ([]string, error) {
		asked = choice
		return files, failure
	}})
	b.press("add.picture")
	b.says("2 nieuw")
	if !asked.Several || asked.Kind != "Plaatjes" || len(asked.Endings) == 0 {
		t.Errorf("asked %+v", asked)
	}
	for _, c := range []struct {
		err error
		own bool
	}{{capture.ErrCancelled, false}, {capture.ErrUnavailable, true}} {
		failure = c.err
		b.shell().show(newAdd(b.shell()))
		b.press("add.picture")
		if got := b.shell().window.Canvas().Overlays().Top() != nil; got != c.own {
			t.Errorf("after %v a dialog of our own: %t", c.err, got)
		}
		if focused := b.shell().window.Canvas().Focused() != nil; !focused && !c.own {
			t.Error("whoever cancels is nowhere")
		}
	}
}
