//go:build windows || (darwin && cgo)

package capture

import (
	"context"

	"golang.design/x/clipboard"
)

func systemClipboard() func(context.Context) (Clip, error) {
	if clipboard.Init() != nil {
		return nil
	}
	return func(context.Context) (Clip, error) {
		picture := clipboard.Read(clipboard.FmtImage)
		if len(picture) == 0 {
			return Clip{}, ErrEmpty
		}
		return Clip{Picture: picture}, nil
	}
}
