//go:build !windows && !darwin

package capture

import (
	"context"
	"net/url"
	"strings"

	"github.com/godbus/dbus/v5"
)

// systemChooser asks the desktop's portal, where there may be one.
func systemChooser() func(context.Context, Choice) ([]string, error) {
	s := currentSession()
	if !s.x11 && !s.wayland {
		return nil
	}
	return portalChooser
}

// filter is how the portal takes which files are shown: under a name, patterns,
// each with 0 before it.
type filter struct {
	Name     string
	Patterns []pattern
}

type pattern struct {
	Kind    uint32
	Pattern string
}

func portalChooser(ctx context.Context, c Choice) ([]string, error) {
	options := map[string]dbus.Variant{
		"multiple": dbus.MakeVariant(c.Several),
		"modal":    dbus.MakeVariant(true),
	}
	if len(c.Endings) > 0 {
		f := filter{Name: c.Kind}
		for _, ending := range c.Endings {
			f.Patterns = append(f.Patterns, pattern{0, anyCase(ending)})
		}
		options["filters"] = dbus.MakeVariant([]filter{f})
	}
	results, err := askPortal(ctx, func() {}, portalFiles, options, c.Parent, c.Title)
	if err != nil {
		return nil, err
	}
	addresses, _ := results["uris"].Value().([]string)
	var paths []string
	for _, address := range addresses {
		if u, err := url.Parse(address); err == nil && u.Scheme == "file" && u.Path != "" {
			paths = append(paths, u.Path)
		}
	}
	if len(paths) == 0 {
		return nil, ErrCancelled
	}
	return paths, nil
}

// anyCase is the pattern of names that end so, in capitals or not: cameras write
// them large.
func anyCase(ending string) string {
	var b strings.Builder
	b.WriteByte('*')
	for _, r := range ending {
		low, high := strings.ToLower(string(r)), strings.ToUpper(string(r))
		if low == high {
			b.WriteString(low)
		} else {
			b.WriteString("[" + low + high + "]")
		}
	}
	return b.String()
}
