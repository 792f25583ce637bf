package capture

import (
	"bytes"
	"context"
	"image"
	"time"
)

// Times of waiting for the window to be gone.
const (
	lookEvery = 40 * time.Millisecond
	// goneBy is how long the screen may take to change after the window was
	// hidden. It need not: the window may have been minimised.
	goneBy = 400 * time.Millisecond
	// restBy is how long it may go on changing: a desktop fades windows out, and
	// a film never ends.
	restBy = 1200 * time.Millisecond
)

// settled makes our window step aside and reads the screen once it has changed
// and come to rest: no desktop tells when those below have painted what the
// window covered, and by this it is seen.
func settled(ctx context.Context, read func() ([]image.Image, error), aside func()) ([]image.Image, error) {
	before, err := read()
	if err != nil {
		return nil, err
	}
	aside()
	begun := time.Now()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	last, gone := before, false
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-ticker.C:
		}
		now, err := read()
		if err != nil {
			return nil, err
		}
		rests := alike(last, now)
		gone = gone || !rests
		waited := time.Since(begun)
		if rests && (gone || waited >= goneBy) || waited >= restBy {
			return now, nil
		}
		last = now
	}
}

// alike tells whether two readings show the same.
func alike(a, b []image.Image) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		one, ok := a[i].(*image.RGBA)
		two, also := b[i].(*image.RGBA)
		if !ok || !also || !bytes.Equal(one.Pix, two.Pix) {
			return false
		}
	}
	return true
}
