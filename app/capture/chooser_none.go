//go:build windows || darwin

package capture

import "context"

func systemChooser() func(context.Context, Choice) ([]string, error) { return nil }
