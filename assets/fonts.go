package assets

import (
	"bytes"
	"compress/gzip"
	_ "embed" // for the fonts
	"fmt"
	"io"
)

// See fonts/NOTICE for whose they are.
//
//go:embed fonts/LiberationSans-Regular.ttf.gz
var regular []byte

//go:embed fonts/LiberationSans-Bold.ttf.gz
var bold []byte

// Fonts are the typeface of letters, Liberation Sans, as TrueType.
func Fonts() (plain, strong []byte, err error) {
	if plain, err = unpack(regular); err == nil {
		strong, err = unpack(bold)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the fonts: %w", err)
	}
	return plain, strong, nil
}

func unpack(packed []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}
