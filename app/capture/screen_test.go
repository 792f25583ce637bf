package capture

import (
	"context"
	"errors"
	"image"
	"image/color"
	"testing"
	"testing/synctest"
	"time"
)

// shown is a screen that changes as time goes by.
type shown struct {
	aside   time.Time
	changes func(since time.Duration) int // what is to be seen, so long after
}

func (s *shown) read() ([]image.Image, error) {
	at := 0
	if !s.aside.IsZero() {
		at = s.changes(time.Since(s.aside))
	}
	picture := image.NewRGBA(image.Rect(0, 0, 4, 4))
	picture.SetRGBA(at%4, at/4%4, color.RGBA{A: 0xff})
	return []image.Image{picture}, nil
}

// The picture is made once our window is gone and what it covered is painted,
// however the desktop does that.
func TestScreenIsReadWhenOurWindowIsGone(t *testing.T) {
	for name, desktop := range map[string]struct {
		changes func(time.Duration) int
		within  time.Duration
		want    int
	}{
		"at once":         {func(time.Duration) int { return 1 }, 200 * time.Millisecond, 1},
		"late":            {func(d time.Duration) int { return int(min(d/(150*time.Millisecond), 1)) }, 400 * time.Millisecond, 1},
		"faded out":       {func(d time.Duration) int { return int(min(d/(30*time.Millisecond), 7)) }, 500 * time.Millisecond, 7},
		"never was there": {func(time.Duration) int { return 0 }, 500 * time.Millisecond, 0},
		"a film goes on":  {func(d time.Duration) int { return int(d / (30 * time.Millisecond)) }, 1300 * time.Millisecond, -1},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &shown{changes: desktop.changes}
			pictures, err := settled(t.Context(), s.read, func() { s.aside = time.Now() })
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(s.aside); took > desktop.within {
				t.Errorf("%s: took %s", name, took)
			}
			if desktop.want >= 0 && pictures[0].At(desktop.want%4, desktop.want/4) != (color.RGBA{A: 0xff}) {
				t.Errorf("%s: read too early", name)
			}
		})
	}
}

func TestScreenIsNoLongerWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := &shown{changes: func(d time.Duration) int { return int(d) }}
		_, err := settled(ctx, s.read, func() { s.aside = time.Now(); cancel() })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
	})
}
