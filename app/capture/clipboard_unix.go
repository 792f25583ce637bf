//go:build !windows && !darwin

package capture

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"time"

	"sleutelbos/enroll/scan"
)

// clipboardBy is how long the program that copied may take to hand over.
const clipboardBy = 5 * time.Second

// files is the kind under which file managers copy.
const files = "text/uri-list"

// wanted are the kinds that are taken, the best first.
var wanted = [...]string{"image/png", "image/jpeg", "image/webp", "image/tiff", "image/bmp", files}

// clipboardReader asks for what is on a clipboard.
type clipboardReader interface {
	// kinds lists what can be had; none gives ErrEmpty.
	kinds(ctx context.Context) ([]string, error)
	// read gives one kind, or ErrTooLarge above scan.MaxFile.
	read(ctx context.Context, kind string) ([]byte, error)
}

// systemClipboard asks Wayland by wl-paste, where that is installed: only the
// window with the focus may ask itself. Elsewhere, and through Xwayland, X11.
func systemClipboard() func(context.Context) (Clip, error) {
	s := currentSession()
	if s.wayland {
		if path, err := exec.LookPath("wl-paste"); err == nil {
			return func(ctx context.Context) (Clip, error) { return fetch(ctx, wayland{path}) }
		}
	}
	if !s.x11 {
		return nil
	}
	return func(ctx context.Context) (Clip, error) {
		x, err := newSelection()
		if err != nil {
			return Clip{}, err
		}
		defer x.close()
		return fetch(ctx, x)
	}
}

func fetch(ctx context.Context, from clipboardReader) (Clip, error) {
	ctx, cancel := context.WithTimeout(ctx, clipboardBy)
	defer cancel()
	kinds, err := from.kinds(ctx)
	if err != nil {
		return Clip{}, err
	}
	for _, kind := range wanted {
		if !slices.Contains(kinds, kind) {
			continue
		}
		content, err := from.read(ctx, kind)
		if err != nil {
			return Clip{}, err
		}
		if kind == files {
			return copiedFiles(content)
		}
		if len(content) > 0 {
			return Clip{Picture: content}, nil
		}
	}
	return Clip{}, ErrEmpty
}

// copiedFiles reads a list of addresses as RFC 2483, §5 has it.
func copiedFiles(content []byte) (Clip, error) {
	var clip Clip
	for line := range strings.Lines(string(content)) {
		u, err := url.Parse(strings.TrimSpace(line))
		if err == nil && u.Scheme == "file" && u.Path != "" {
			clip.Files = append(clip.Files, u.Path)
		}
	}
	if len(clip.Files) == 0 {
		return Clip{}, ErrEmpty
	}
	return clip, nil
}

// wayland asks by the command wl-paste.
type wayland struct{ path string }

func (w wayland) kinds(ctx context.Context) ([]string, error) {
	out, err := exec.CommandContext(ctx, w.path, "--list-types").Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, ErrEmpty // so it ends where nothing was copied
	}
	return strings.Fields(string(out)), nil
}

func (w wayland) read(ctx context.Context, kind string) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.path, "--no-newline", "--type", kind)
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("read the clipboard: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("read the clipboard: %w", err)
	}
	var content bytes.Buffer
	n, err := io.Copy(&content, io.LimitReader(pipe, scan.MaxFile+1))
	if n > scan.MaxFile {
		cancel()
		_ = cmd.Wait() // it was ended
		return nil, ErrTooLarge
	}
	if wait := cmd.Wait(); err == nil {
		err = wait
	}
	if err != nil {
		return nil, fmt.Errorf("read the clipboard: %w", err)
	}
	return content.Bytes(), nil
}
