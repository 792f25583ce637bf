package scan

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
)

// webpFile is a picture of a code that says "sleutelbos", in lossless WebP,
// for which Go has a reader only.
const webpFile = "testdata/sleutelbos.webp"

func written(t testing.TB, encode func(io.Writer, image.Image) error, picture image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func saved(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "picture")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func asJPEG(w io.Writer, p image.Image) error { return jpeg.Encode(w, p, nil) }
func asGIF(w io.Writer, p image.Image) error  { return gif.Encode(w, p, nil) }
func asTIFF(w io.Writer, p image.Image) error { return tiff.Encode(w, p, nil) }

func TestReadFile(t *testing.T) {
	for name, encode := range map[string]func(io.Writer, image.Image) error{
		"png": png.Encode, "jpeg": asJPEG, "gif": asGIF, "bmp": bmp.Encode, "tiff": asTIFF,
	} {
		t.Run(name, func(t *testing.T) {
			found, err := ReadFile(t.Context(), saved(t, written(t, encode, qr(t, address, 3))))
			if err != nil {
				t.Fatal(err)
			}
			if got := texts(found); !slices.Equal(got, []string{address}) {
				t.Fatalf("got %q", got)
			}
		})
	}
	t.Run("webp", func(t *testing.T) {
		found, err := ReadFile(t.Context(), webpFile)
		if err != nil {
			t.Fatal(err)
		}
		if got := texts(found); !slices.Equal(got, []string{"sleutelbos"}) {
			t.Fatalf("got %q", got)
		}
	})
}

// hugePNG says that it is as large as given, in a few bytes.
func hugePNG(width, height uint32) []byte {
	head := []byte("IHDR")
	head = binary.BigEndian.AppendUint32(head, width)
	head = binary.BigEndian.AppendUint32(head, height)
	head = append(head, 8, 0, 0, 0, 0)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	out = append(out, head...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(head))
}

func TestReadFileRefuses(t *testing.T) {
	whole := written(t, png.Encode, qr(t, address, 3))
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"empty":         {nil, ErrFormat},
		"text":          {[]byte(address), ErrFormat},
		"cut off":       {whole[:len(whole)/2], ErrFormat},
		"65 megapixels": {hugePNG(8192, 8200), ErrTooLarge},
		"far too wide":  {hugePNG(1<<20, 1<<20), ErrTooLarge},
		"no code":       {written(t, png.Encode, desktop(200, 200, 1)), ErrNone},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadFile(t.Context(), saved(t, c.content))
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if strings.Contains(err.Error(), "JBSW") {
				t.Fatalf("the error shows the content: %v", err)
			}
		})
	}
	t.Run("missing", func(t *testing.T) {
		_, err := ReadFile(t.Context(), filepath.Join(t.TempDir(), "none.png"))
		if !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("folder", func(t *testing.T) {
		if _, err := ReadFile(t.Context(), t.TempDir()); !errors.Is(err, ErrFormat) {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("over 64 MiB", func(t *testing.T) {
		path := saved(t, whole)
		if err := os.Truncate(path, MaxFile+1); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadFile(t.Context(), path); !errors.Is(err, ErrTooLarge) {
			t.Fatalf("got %v", err)
		}
	})
}

// FuzzReadFile wants no panic, no endless search and no finding without text,
// whatever the bytes of the file.
func FuzzReadFile(f *testing.F) {
	small := qr(f, "sleutelbos", 2)
	for _, encode := range []func(io.Writer, image.Image) error{png.Encode, asJPEG, asGIF, bmp.Encode, asTIFF} {
		f.Add(written(f, encode, small))
	}
	webp, err := os.ReadFile(webpFile)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(webp)
	f.Add(written(f, png.Encode, corners(60, 60)))
	f.Add(hugePNG(1, 1))
	f.Add(hugePNG(8192, 8192))
	f.Fuzz(func(t *testing.T, content []byte) {
		// A few bytes can stand for a picture of many megapixels, whose search
		// takes seconds by right.
		if c, _, err := image.DecodeConfig(bytes.NewReader(content)); err == nil && c.Width*c.Height > 1<<18 {
			t.Skip("too large to try often")
		}
		found, err := ReadFile(t.Context(), saved(t, content))
		if (err == nil) == (len(found) == 0) {
			t.Fatalf("%d findings and the error %v", len(found), err)
		}
		if errors.Is(err, context.Canceled) {
			t.Fatal("stopped without being asked to")
		}
		for _, one := range found {
			if one.Text == "" || one.Bounds.Empty() {
				t.Fatalf("a finding without text or place: %q %v", one.Text, one.Bounds)
			}
		}
	})
}
