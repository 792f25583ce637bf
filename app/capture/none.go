//go:build darwin && !cgo

package capture

import (
	"context"
	"image"
)

// Without cgo nothing of macOS can be asked.

func systemScreen() func(context.Context, func()) ([]image.Image, error) { return nil }

func systemClipboard() func(context.Context) (Clip, error) { return nil }
