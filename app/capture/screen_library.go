//go:build windows || (darwin && cgo)

package capture

import (
	"context"
	"fmt"
	"image"

	"github.com/kbinani/screenshot"
)

func systemScreen() func(context.Context, func()) ([]image.Image, error) {
	return func(ctx context.Context, aside func()) ([]image.Image, error) {
		return settled(ctx, readMonitors, aside)
	}
}

func readMonitors() ([]image.Image, error) {
	var pictures []image.Image
	for i := range screenshot.NumActiveDisplays() {
		picture, err := screenshot.CaptureDisplay(i)
		if err != nil {
			return nil, fmt.Errorf("read the screen: %w", err)
		}
		pictures = append(pictures, picture)
	}
	if len(pictures) == 0 {
		return nil, ErrUnavailable
	}
	return pictures, nil
}
