package scan

import (
	"errors"
	"image"
	"image/color"
	"strings"
	"testing"
)

func TestDrawIsRead(t *testing.T) {
	for _, text := range []string{
		"7", "SLEUTELBOS", "067wtvpm", address, short, "Café Ons Genoegen, ’s-Hertogenbosch €5", "鍵束",
		strings.Repeat("lang ", 120),
	} {
		drawn, err := Draw(text, 600)
		if err != nil {
			t.Fatal(err)
		}
		if drawn.Bounds() != image.Rect(0, 0, 600, 600) {
			t.Errorf("drawn %v", drawn.Bounds())
		}
		found, err := Read(t.Context(), drawn)
		if err != nil || len(found) != 1 || found[0].Text != text {
			t.Errorf("drawn %q, read %q, %v", text, texts(found), err)
		}
	}
}

// TestReadLatin1 draws the bytes of Latin-1, which the encoder takes as they
// are; the standard's own reading of them is the right one.
func TestReadLatin1(t *testing.T) {
	drawn, err := Draw("Caf\xe9 Ge\xefnd", 300)
	if err != nil {
		t.Fatal(err)
	}
	found, err := Read(t.Context(), drawn)
	if err != nil || len(found) != 1 || found[0].Text != "Café Geïnd" {
		t.Fatalf("read %q, %v", texts(found), err)
	}
}

func TestDrawRefuses(t *testing.T) {
	for _, c := range []struct {
		text string
		size int
		want error
	}{
		{"", 300, ErrText},
		{strings.Repeat("x", 2400), 4000, ErrText},
		{"a", 0, ErrSize},
		{"a", -3, ErrSize},
		{"a", 20, ErrSize},
		{"a", MaxDrawn + 1, ErrSize},
	} {
		if _, err := Draw(c.text, c.size); !errors.Is(err, c.want) {
			t.Errorf("%d characters at size %d: got %v, want %v", len(c.text), c.size, err, c.want)
		}
	}
}

// onScreen paints half blocks as a terminal does.
func onScreen(text string, paper, ink color.Color) image.Image {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	const half = 8
	width := 0
	for _, line := range lines {
		width = max(width, len([]rune(line)))
	}
	screen := image.NewRGBA(image.Rect(0, 0, (width+4)*half, (2*len(lines)+4)*half))
	for y := range screen.Rect.Dy() {
		for x := range screen.Rect.Dx() {
			screen.Set(x, y, paper)
			row, column := y/half-2, x/half-2
			if row < 0 || row/2 >= len(lines) || column < 0 {
				continue
			}
			line := []rune(lines[row/2])
			if column >= len(line) {
				continue
			}
			upper := row%2 == 0
			if c := line[column]; c == '█' || c == '▀' && upper || c == '▄' && !upper {
				screen.Set(x, y, ink)
			}
		}
	}
	return screen
}

func TestDrawTerminalIsRead(t *testing.T) {
	drawn := DrawTerminal(short)
	for name, screen := range map[string]image.Image{
		"dark terminal":  onScreen(drawn, color.Black, color.White),
		"light terminal": onScreen(drawn, color.White, color.Black),
	} {
		found, err := Read(t.Context(), screen)
		if err != nil || len(found) != 1 || found[0].Text != short {
			t.Errorf("%s: read %q, %v", name, texts(found), err)
		}
	}
	if got := DrawTerminal(strings.Repeat("x", 3000)); got != "" {
		t.Errorf("too long a text is drawn all the same")
	}
}
