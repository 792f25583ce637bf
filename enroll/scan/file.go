package scan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // known to image.Decode by being imported, as those below
	_ "image/jpeg"
	_ "image/png"
	"io"
	"os"

	_ "golang.org/x/image/bmp"
	_ "golang.org/x/image/tiff"
	_ "golang.org/x/image/webp"
)

// MaxFile is the largest file that is read: 64 MiB.
const MaxFile = 64 << 20

// Errors of reading files.
var (
	// ErrFormat says that a file is no picture, or not of a known kind, or damaged.
	ErrFormat = errors.New("the file is not a picture that can be read; save it as PNG, JPEG, GIF, WebP, BMP or TIFF and try again")
	// ErrHEIC says that a file is a picture as iPhones keep it.
	ErrHEIC = errors.New("HEIC pictures cannot be read; save the picture as PNG or JPEG and try again")
	// ErrPDF says that a file is a document.
	ErrPDF = errors.New("a PDF document is not a picture; take a picture of the page with the QR code and try again")
)

// ReadFile finds the QR codes of a picture in a file: PNG, JPEG, the first
// frame of a GIF, WebP, BMP or TIFF, told apart by content. Its errors are
// those of [Read], ErrFormat, ErrHEIC, ErrPDF, and those of opening and reading
// the file. Where a phone noted how it was held, places are those of the
// picture as it is shown.
func ReadFile(ctx context.Context, path string) ([]Found, error) {
	content, err := load(path)
	if err != nil {
		return nil, err
	}
	found, err := ReadContent(ctx, content)
	if err != nil {
		return nil, err
	}
	return joined(found)
}

// ReadFileParts is [ReadFile] for one of several pictures: parts come back as
// they are, for [Join].
func ReadFileParts(ctx context.Context, path string) ([]Found, error) {
	content, err := load(path)
	if err != nil {
		return nil, err
	}
	return ReadContent(ctx, content)
}

// ReadContent is [ReadFileParts] for a file's content.
func ReadContent(ctx context.Context, content []byte) ([]Found, error) {
	if len(content) > MaxFile {
		return nil, ErrTooLarge
	}
	picture, err := decodePicture(content)
	if err != nil {
		return nil, err
	}
	found, err := ReadParts(ctx, picture)
	if way := orientation(content); way != 1 {
		for i := range found {
			found[i].Bounds = upright(found[i].Bounds.Sub(picture.Bounds().Min), picture.Bounds().Size(), way)
		}
	}
	return found, err
}

// load reads a regular file up to MaxFile bytes. Other kinds, such as a pipe
// or a device, could deliver for ever.
func load(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open the picture: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil, ErrFormat
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the picture: %w", err)
	}
	defer func() { _ = file.Close() }() // only read from
	content, err := io.ReadAll(io.LimitReader(file, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the picture: %w", err)
	}
	if len(content) > MaxFile {
		return nil, ErrTooLarge
	}
	return content, nil
}

// decodePicture looks at the size that the picture says it has before it takes
// the memory for it.
func decodePicture(content []byte) (image.Image, error) {
	if err := foreign(content); err != nil {
		return nil, err
	}
	config, _, err := image.DecodeConfig(bytes.NewReader(content))
	if err != nil || config.Width <= 0 || config.Height <= 0 {
		return nil, ErrFormat
	}
	if int64(config.Width) > MaxPixels/int64(config.Height) {
		return nil, ErrTooLarge
	}
	picture, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrFormat, err)
	}
	return picture, nil
}

// foreign names the kinds of file that people take for pictures.
func foreign(content []byte) error {
	if bytes.HasPrefix(content, []byte("%PDF-")) {
		return ErrPDF
	}
	if len(content) >= 12 && string(content[4:8]) == "ftyp" {
		switch string(content[8:12]) {
		case "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1", "avif":
			return ErrHEIC
		}
	}
	return nil
}
