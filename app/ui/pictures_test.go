package ui

import (
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"sleutelbos/app/capture"
	"sleutelbos/app/carry"
)

// lit is the theme in one light, whatever the system says.
type lit struct {
	fyne.Theme
	variant fyne.ThemeVariant
}

func (l lit) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	return l.Theme.Color(name, l.variant)
}

// Pictures, for somebody to look at, of the screens that a test machine cannot
// bring about in its real window: it has no camera and no policy of an
// organisation, and reads a list before anybody sees how far it is.
func TestPicturesOfWhatIsRare(t *testing.T) {
	folder := os.Getenv("SLEUTELBOS_TEST_ARTEFACTS")
	if folder == "" {
		folder = filepath.Join("..", "..", "artefacts")
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"nl", "en"} {
		for light, variant := range map[string]fyne.ThemeVariant{"light": theme.VariantLight, "dark": theme.VariantDark} {
			b := newBench(t, language)
			b.withKeys("Ons:jan")
			s := b.shell()
			test.ApplyTheme(t, lit{Theme(), variant})
			s.window.Resize(fyne.NewSize(width, height))
			shoot := func(name string) {
				t.Helper()
				for _, by := range []float32{40, 0, 40, 0, 1, 0} { // lays out anew what came and went, as the real window does
					s.window.Resize(fyne.NewSize(width+by, height+by))
				}
				file, err := os.Create(filepath.Join(folder, "rare-"+language+"-"+light+"-"+name+".png"))
				if err != nil {
					t.Fatal(err)
				}
				if err := png.Encode(file, s.window.Canvas().Capture()); err != nil {
					t.Fatal(err)
				}
				if err := file.Close(); err != nil {
					t.Fatal(err)
				}
			}
			closed := 0
			camera := &lens{shell: s, cameras: []capture.Camera{standIn{closed: &closed}, standIn{closed: &closed}}}
			s.show(&idle{camera})
			camera.preview.Image = mirrored(drawn(t, onsKey))
			camera.state.SetText(b.words.Say("capture.batch", "seen", 2, "size", 3) + " " + b.words.Say("capture.batch-camera"))
			shoot("camera")
			camera.fail(capture.ErrBusy)
			shoot("camera-busy")

			policy := filepath.Join(t.TempDir(), "policy.json")
			writeFile(t, policy, []byte(`{"plain_export": false}`))
			s.Policy = policy
			out := &exporting{shell: s}
			s.show(out)
			out.choose(carry.FormHTML)
			shoot("policy")

			bring := newImporting(s)
			s.show(bring)
			bring.begin()
			bring.bar.SetValue(0.6)
			bring.bar.Show()
			shoot("progress")

			back := &restoring{shell: s}
			s.show(back)
			content, err := s.Folder.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			back.drop([]string{b.file("sleutelbos-2026-11-24.sleutelbos", content)})
			shoot("restore")

			wizard := &wizard{shell: s}
			step := &linkServer{wizard: wizard}
			s.show(step)
			step.fetch.cameras = camera.cameras
			s.redraw()
			shoot("letter")
			s.dropped([]string{pictureFile(t, "WIFI:T:WPA;S:kantoor;P:geheim;;")})
			shoot("letter-not")
		}
	}
}
