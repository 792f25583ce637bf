package scan

import (
	"errors"
	"image"

	"github.com/skip2/go-qrcode"
)

// MaxDrawn is the largest side of a drawn code, in pixels.
const MaxDrawn = 4096

// Errors of [Draw].
var (
	ErrText = errors.New("the text is empty or too long for a QR code; about 2,300 characters fit")
	ErrSize = errors.New("the QR code does not fit the size asked for; ask for a larger one, up to 4,096 pixels")
)

// Draw makes a square picture of a QR code, black on white, with error
// correction level M (15 %) and the quiet zone of four modules that the
// standard asks for (§9.1). The size is its side in pixels; what whole pixels
// for each module leave over goes to the margin.
func Draw(text string, size int) (image.Image, error) {
	drawn, err := encode(text)
	if err != nil {
		return nil, err
	}
	if size < len(drawn.Bitmap()) || size > MaxDrawn {
		return nil, ErrSize
	}
	return drawn.Image(size), nil
}

// DrawTerminal draws a QR code of level M with half blocks, two rows of modules
// to a line, its light modules in the colour of the text: upright on a dark
// terminal, inverted on a light one, which scanners take as well. A text that
// is empty or too long gives an empty string.
func DrawTerminal(text string) string {
	drawn, err := encode(text)
	if err != nil {
		return ""
	}
	return drawn.ToSmallString(false)
}

// encode drops what the encoder says went wrong, so that no part of the text
// can come along with it.
func encode(text string) (*qrcode.QRCode, error) {
	if text == "" {
		return nil, ErrText
	}
	drawn, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil, ErrText
	}
	return drawn, nil
}
