//go:build cgo && (linux || windows || darwin)

package capture

import (
	"cmp"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"io/fs"
	"slices"
	"strings"
	"syscall"

	"github.com/pion/mediadevices/pkg/driver"
	"github.com/pion/mediadevices/pkg/driver/camera"
	"github.com/pion/mediadevices/pkg/io/video"
	"github.com/pion/mediadevices/pkg/prop"
)

func systemCameras() func() []Camera { return devices }

// devices looks anew: cameras come and go.
func devices() []Camera {
	camera.Initialize()
	found := driver.GetManager().Query(driver.FilterVideoRecorder())
	slices.SortStableFunc(found, func(a, b driver.Driver) int {
		return cmp.Or(cmp.Compare(b.Info().Priority, a.Info().Priority), cmp.Compare(a.Info().Label, b.Info().Label))
	})
	var all []Camera
	for _, d := range found {
		all = append(all, device{d})
	}
	return all
}

type device struct{ driver driver.Driver }

// Name is what the maker calls it, or else its place in the system.
func (d device) Name() string {
	name, _, _ := strings.Cut(d.driver.Info().Name, camera.LabelSeparator)
	label, _, _ := strings.Cut(d.driver.Info().Label, camera.LabelSeparator)
	return cmp.Or(name, label)
}

// Open starts the camera at the size nearest to 1280 × 720: a letter's code is
// read from at arm's length, and more takes longer.
func (d device) Open() (Frames, error) {
	recorder, ok := d.driver.(driver.VideoRecorder)
	if !ok {
		return nil, ErrUnavailable
	}
	if err := d.driver.Open(); err != nil {
		return nil, deviceError(err)
	}
	ways := d.driver.Properties()
	if len(ways) == 0 {
		return nil, errors.Join(ErrUnavailable, d.driver.Close())
	}
	best := slices.MinFunc(ways, func(a, b prop.Media) int { return cmp.Compare(distance(a), distance(b)) })
	reader, err := recorder.VideoRecord(best)
	if err != nil {
		return nil, errors.Join(deviceError(err), d.driver.Close())
	}
	return &recording{d.driver, reader}, nil
}

func distance(p prop.Media) int {
	return max(p.Width-1280, 1280-p.Width) + max(p.Height-720, 720-p.Height)
}

func deviceError(err error) error {
	switch {
	case errors.Is(err, syscall.EBUSY):
		return ErrBusy
	case errors.Is(err, fs.ErrPermission):
		return ErrRefused
	}
	return fmt.Errorf("open the camera: %w", err)
}

type recording struct {
	driver driver.Driver
	reader video.Reader
}

// Next copies the frame out of the driver's memory.
func (r *recording) Next() (image.Image, error) {
	frame, release, err := r.reader.Read()
	if err != nil {
		return nil, fmt.Errorf("read the camera: %w", err)
	}
	defer release()
	picture := image.NewRGBA(image.Rectangle{Max: frame.Bounds().Size()})
	draw.Draw(picture, picture.Rect, frame, frame.Bounds().Min, draw.Src)
	return picture, nil
}

// Close lets go of the camera.
func (r *recording) Close() error { return r.driver.Close() }
