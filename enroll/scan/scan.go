package scan

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"slices"
)

// Found is one QR code of a picture.
type Found struct {
	// Text is what the code says. It often holds a key, so printing a Found
	// does not show it.
	Text string
	// Bounds is the upright rectangle around the code without its quiet zone,
	// in the picture's coordinates.
	Bounds image.Rectangle
	// Part is set where the code holds only a part of a text; Text is empty then.
	Part Part
}

// Format shows where the code is and hides its text, under every verb.
func (f Found) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, f.String()) }

// String shows where the code is and hides its text.
func (f Found) String() string { return fmt.Sprintf("QR code at %v", f.Bounds) }

// LogValue shows where the code is and hides its text.
func (f Found) LogValue() slog.Value { return slog.StringValue(f.String()) }

// MarshalJSON refuses: the text is written by those who mean to.
func (f Found) MarshalJSON() ([]byte, error) {
	return nil, errors.New("a scanned code is not written as JSON by accident")
}

// MaxPixels is the largest picture that is read: 64 megapixels.
const MaxPixels = 64 << 20

// Errors of reading.
var (
	// ErrNone says that the picture was looked at and no code was found.
	ErrNone = errors.New("no QR code was found in the picture; make the code larger on the screen or take the picture straight from the front, and try again")
	// ErrPart says that all codes found are parts of a text whose other parts
	// are in another picture.
	ErrPart = errors.New("the QR code is one of several that together hold one text; give all of them at once")
	// ErrTooLarge says that the picture was not looked at because of its size.
	ErrTooLarge = errors.New("the picture is too large to search; cut out the part with the QR code and try again")
)

// Read finds the QR codes of a picture, from top to bottom and left to right,
// and joins those that hold one text in parts. It returns ErrNone, ErrPart,
// ErrTooLarge, or the context's error, whose end it notices within some tens of
// milliseconds.
func Read(ctx context.Context, picture image.Image) ([]Found, error) {
	found, err := ReadParts(ctx, picture)
	if err != nil {
		return nil, err
	}
	return joined(found)
}

// joined is what can be used of what one picture holds.
func joined(found []Found) ([]Found, error) {
	whole, _ := Join(found)
	if len(whole) == 0 {
		return nil, ErrPart
	}
	return whole, nil
}

// ReadParts is [Read] for one of several pictures: parts come back as they are,
// for [Join].
func ReadParts(ctx context.Context, picture image.Image) ([]Found, error) {
	bounds := picture.Bounds()
	if bounds.Empty() {
		return nil, ErrNone
	}
	if int64(bounds.Dx())*int64(bounds.Dy()) > MaxPixels {
		return nil, ErrTooLarge
	}
	found := locate(search(ctx, picture), bounds)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("search the picture for QR codes: %w", err)
	}
	if len(found) == 0 {
		return nil, ErrNone
	}
	return found, nil
}

// locate brings what was read in a treated picture back to the coordinates of
// the picture as it came, in order, each code once.
func locate(codes []code, bounds image.Rectangle) []Found {
	var found []Found
	for _, c := range codes {
		f := Found{Text: c.text, Part: c.part, Bounds: c.bounds().Add(bounds.Min).Intersect(bounds)}
		again := func(other Found) bool {
			return other.Text == f.Text && other.Part == f.Part && other.Bounds.Overlaps(f.Bounds)
		}
		if !slices.ContainsFunc(found, again) {
			found = append(found, f)
		}
	}
	slices.SortFunc(found, func(a, b Found) int {
		return cmp.Or(
			cmp.Compare(a.Bounds.Min.Y, b.Bounds.Min.Y),
			cmp.Compare(a.Bounds.Min.X, b.Bounds.Min.X),
			cmp.Compare(a.Text, b.Text), cmp.Compare(a.Part.Number, b.Part.Number))
	})
	return found
}
