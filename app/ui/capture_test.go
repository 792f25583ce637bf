package ui

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"google.golang.org/protobuf/encoding/protowire"

	"sleutelbos/app/capture"
	"sleutelbos/enroll/scan"
)

// standIn is a camera that sees pictures one after another, and then the last
// for as long as anybody looks.
type standIn struct {
	sees   []image.Image
	err    error
	closed *int
}

func (standIn) Name() string { return "HD-camera in het scherm" }

func (c standIn) Open() (capture.Frames, error) { return &standInFrames{c}, c.err }

type standInFrames struct{ standIn }

func (f *standInFrames) Next() (image.Image, error) {
	if len(f.sees) == 0 {
		return nil, errors.New("unplugged")
	}
	picture := f.sees[0]
	if len(f.sees) > 1 {
		f.sees = f.sees[1:]
	}
	return picture, nil
}

func (f *standInFrames) Close() error {
	*f.closed++
	return nil
}

// drawn is a picture with codes beside each other.
func drawn(t *testing.T, texts ...string) image.Image {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, max(500*len(texts), 300), 500))
	draw.Draw(picture, picture.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	for i, text := range texts {
		code, err := scan.Draw(text, 440)
		if err != nil {
			t.Fatal(err)
		}
		draw.Draw(picture, image.Rect(500*i+30, 30, 500*i+470, 470), code, image.Point{}, draw.Src)
	}
	return picture
}

func encoded(t *testing.T, picture image.Image) []byte {
	t.Helper()
	var content bytes.Buffer
	if err := png.Encode(&content, picture); err != nil {
		t.Fatal(err)
	}
	return content.Bytes()
}

func pictureFile(t *testing.T, texts ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "code.png")
	writeFile(t, path, encoded(t, drawn(t, texts...)))
	return path
}

// googlePart is one of several QR codes, as Google Authenticator's description
// of them says.
func googlePart(part, size int, names ...string) string {
	var all []byte
	for _, name := range names {
		var key []byte
		key = protowire.AppendTag(key, 1, protowire.BytesType)
		key = protowire.AppendBytes(key, []byte("geheim van "+name))
		key = protowire.AppendTag(key, 2, protowire.BytesType)
		key = protowire.AppendString(key, name)
		for _, field := range []protowire.Number{4, 5} {
			key = protowire.AppendVarint(protowire.AppendTag(key, field, protowire.VarintType), 1)
		}
		key = protowire.AppendVarint(protowire.AppendTag(key, 6, protowire.VarintType), 2)
		all = protowire.AppendTag(all, 1, protowire.BytesType)
		all = protowire.AppendBytes(all, key)
	}
	for field, n := range map[protowire.Number]int{2: 1, 3: size, 4: part - 1, 5: 77} {
		all = protowire.AppendVarint(protowire.AppendTag(all, field, protowire.VarintType), uint64(n))
	}
	return "otpauth-migration://offline?data=" + url.QueryEscape(base64.StdEncoding.EncodeToString(all))
}

const (
	onsKey  = "otpauth://totp/Ons:jan?secret=" + someSecret + "P"
	bankKey = "otpauth://totp/Bank:jan?secret=MFRGGZDFMZTWQ2LK"
)

func (b *bench) names() string {
	var all []string
	for _, e := range b.shell().vault.List() {
		all = append(all, e.Issuer+":"+e.Account)
	}
	return strings.Join(all, " ")
}

// adding opens the page in a program with these sources.
func adding(t *testing.T, language string, sources capture.Sources) *bench {
	t.Helper()
	b := newBench(t, language)
	b.withKeys("A:a")
	b.sources = sources
	b.open("")
	b.shell().show(newAdd(b.shell()))
	return b
}

func TestOnlyWhatWorksIsOffered(t *testing.T) {
	b := adding(t, "en", capture.Sources{Cameras: func() []capture.Camera { return nil }})
	for _, button := range all[*button](b) {
		for _, key := range []string{"capture.screen", "capture.clipboard", "capture.camera"} {
			if button.Text == b.words.Say(key) {
				t.Errorf("%q is offered", button.Text)
			}
		}
	}
}

// The code of every monitor is offered, and nothing is kept before the person
// says so.
func TestAddFromTheScreen(t *testing.T) {
	aside := false
	pictures, failure := []image.Image{drawn(t, onsKey), drawn(t, "https://example.org", bankKey)}, error(nil)
	b := adding(t, "nl", capture.Sources{Screen: func(_ context.Context, stepAside func()) ([]image.Image, error) {
		stepAside()
		aside = true
		return pictures, failure
	}})
	b.press("capture.screen")
	if !aside {
		t.Error("the window stayed in the way")
	}
	b.wantTitle(b.words.Say("bring.title"))
	b.says("2 nieuw")
	if b.names() != "A:a" {
		t.Errorf("kept unasked: %s", b.names())
	}
	b.key(fyne.KeyReturn)
	if b.names() != "A:a Ons:jan Bank:jan" {
		t.Errorf("kept: %s", b.names())
	}

	for err, key := range map[error]string{
		capture.ErrCancelled: "capture.cancelled", capture.ErrRefused: "capture.refused", capture.ErrUnavailable: "capture.unavailable",
	} {
		failure = err
		b.shell().show(newAdd(b.shell()))
		b.press("capture.screen")
		b.says(b.words.Say(key))
	}
	failure, pictures = nil, []image.Image{drawn(t)}
	b.press("capture.screen")
	b.says(b.words.Say("capture.no-code"))
	pictures = []image.Image{drawn(t, "WIFI:T:WPA;S:kantoor;P:geheim;;")}
	b.press("capture.screen")
	b.says(b.words.Say("scan.is.wifi"))
}

func TestAddFromTheClipboard(t *testing.T) {
	clip, failure := capture.Clip{Picture: encoded(t, drawn(t, onsKey))}, error(nil)
	b := adding(t, "en", capture.Sources{Clipboard: func(context.Context) (capture.Clip, error) { return clip, failure }})
	screen := b.shell().current.(*add)
	screen.secret.TypedShortcut(&fyne.ShortcutPaste{Clipboard: b.app.Clipboard()}) // with nothing but a picture on it
	if screen.issuer.Text != "Ons" {
		t.Fatalf("the form says %q", screen.issuer.Text)
	}
	b.key(fyne.KeyReturn) // pressed before anybody can have looked
	if b.names() != "A:a" {
		t.Fatalf("kept unseen: %s", b.names())
	}
	if b.shell().window.Canvas().Focused() != fyne.Focusable(screen.primary) {
		t.Error("a key that came too soon took the focus away")
	}
	b.now = b.now.Add(lookAtIt)
	b.key(fyne.KeyReturn) // what is shown is kept by Enter
	if b.names() != "A:a Ons:jan" {
		t.Errorf("kept: %s", b.names())
	}

	b.shell().show(newAdd(b.shell()))
	clip = capture.Clip{Files: []string{pictureFile(t, bankKey)}}
	b.press("capture.clipboard")
	if screen := b.shell().current.(*add); screen.issuer.Text != "Bank" {
		t.Errorf("the form says %q", screen.issuer.Text)
	}
	failure = capture.ErrEmpty
	b.press("capture.clipboard")
	b.says(b.words.Say("capture.empty"))
	b.app.Clipboard().SetContent("otpauth://totp/Copied:x?secret=" + someSecret + "P")
	b.press("capture.clipboard")
	if screen := b.shell().current.(*add); screen.issuer.Text != "Copied" {
		t.Errorf("the form says %q", screen.issuer.Text)
	}
}

func TestAddByCamera(t *testing.T) {
	closed := 0
	camera := standIn{closed: &closed, sees: []image.Image{drawn(t), drawn(t, onsKey)}}
	b := adding(t, "nl", capture.Sources{Cameras: func() []capture.Camera { return []capture.Camera{camera} }})
	screen := b.shell().current.(*add)
	b.press("capture.camera")
	b.wantTitle("Gevonden: Ons (jan)")
	if screen.issuer.Text != "Ons" || !screen.valid {
		t.Errorf("the form says %+v", screen.key)
	}
	if closed != 1 {
		t.Errorf("the camera was let go of %d times", closed)
	}

	for err, key := range map[error]string{capture.ErrBusy: "capture.busy", errors.New("no light"): "capture.camera-fails"} {
		b.shell().show(newAdd(b.shell()))
		b.shell().current.(*add).cameras = []capture.Camera{standIn{err: err, closed: &closed}}
		b.press("capture.camera")
		b.says(b.words.Say(key))
		b.key(fyne.KeyEscape)
		b.wantTitle(b.words.Say("add.title"))
	}
}

func TestListInSeveralPictures(t *testing.T) {
	b := adding(t, "nl", capture.Sources{})
	drop := func(texts ...string) { b.shell().dropped([]string{pictureFile(t, texts...)}) }
	drop(googlePart(1, 3, "een", "twee"))
	b.says("1 van de 3 QR-codes gezien.")
	drop(googlePart(1, 3, "een", "twee")) // the same again is no step further
	b.says("1 van de 3 QR-codes gezien.")
	drop(googlePart(3, 3, "vijf"))
	b.says("2 van de 3 QR-codes gezien.")
	b.says(b.words.Say("capture.batch-next"))
	drop(googlePart(2, 3, "drie", "vier"))
	b.wantTitle(b.words.Say("bring.title"))
	b.key(fyne.KeyReturn)
	if b.names() != "A:a :een :twee :vijf :drie :vier" {
		t.Errorf("kept: %s", b.names())
	}

	b.shell().home()
	drop(googlePart(1, 2, "zes", "zeven"))
	b.says("1 van de 2 QR-codes gezien.")
	screen := b.shell().current.(*add)
	drop(onsKey) // one that has nothing to do with it does not wait
	if screen.issuer.Text != "Ons" || screen.part.Visible() {
		t.Errorf("the form says %+v", screen.key)
	}
	drop(googlePart(1, 2, "zes", "zeven"))
	screen.part.Tapped(nil)
	b.key(fyne.KeyReturn)
	if !strings.HasSuffix(b.names(), ":zes :zeven") {
		t.Errorf("kept: %s", b.names())
	}
}

// A picture that holds nothing does not take away what the others hold.
func TestDropAnywhere(t *testing.T) {
	b := newBench(t, "nl")
	b.withKeys("A:a")
	b.open("")
	nothing := filepath.Join(t.TempDir(), "nothing.png")
	writeFile(t, nothing, encoded(t, drawn(t)))
	b.shell().dropped([]string{nothing, pictureFile(t, onsKey), pictureFile(t, bankKey)})
	b.wantTitle(b.words.Say("bring.title"))
	b.key(fyne.KeyEscape)
	if b.names() != "A:a" {
		t.Errorf("kept unasked: %s", b.names())
	}

	b.shell().lock()
	b.shell().dropped([]string{pictureFile(t, onsKey)})
	b.says(b.words.Say("capture.drop-locked"))
	b.press("unlock.keyring-again")
	if screen, ok := b.shell().current.(*add); !ok || screen.issuer.Text != "Ons" {
		t.Fatalf("after unlocking %q is shown", b.title())
	}

	b.shell().show(&protect{shell: b.shell(), next: b.shell().home})
	b.shell().show(&idle{&showRecovery{shell: b.shell()}})
	b.shell().dropped([]string{pictureFile(t, onsKey)})
	b.says(b.words.Say("capture.drop-step"))
}

// What a QR code says that is no key takes a line or two, whatever it is.
func TestAForeignTextIsShort(t *testing.T) {
	for text, want := range map[string]string{
		"https://delinde.nl/rooster":     "https://delinde.nl/rooster",
		"BCD\n002\n1\nSCT\n\nDe Linde\n": "BCD 002 1 SCT De Linde",
		strings.Repeat("é", 200):         strings.Repeat("é", 120) + "…",
	} {
		if got := shorten(text); got != want {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}
