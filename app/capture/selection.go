//go:build !windows && !darwin

package capture

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"sleutelbos/enroll/scan"
)

// selection asks another X11 program for what it copied, as the Inter-Client
// Communication Conventions Manual, §2, has it.
type selection struct {
	connection *xgb.Conn
	window     xproto.Window // where the other program puts it
	property   xproto.Atom
	clipboard  xproto.Atom
	incr       xproto.Atom
	events     chan xgb.Event
}

func newSelection() (*selection, error) {
	connection, err := connectX11()
	if err != nil {
		return nil, err
	}
	s := &selection{connection: connection, events: make(chan xgb.Event, 64)}
	if err := s.prepare(); err != nil {
		connection.Close()
		return nil, fmt.Errorf("read the clipboard: %w", err)
	}
	go func() {
		defer close(s.events)
		for {
			event, err := connection.WaitForEvent()
			if event == nil && err == nil {
				return // closed
			}
			if event != nil {
				select {
				case s.events <- event:
				default: // nobody sends as much unasked; what is lost runs into the time bound
				}
			}
		}
	}()
	return s, nil
}

func (s *selection) prepare() error {
	var err error
	for name, atom := range map[string]*xproto.Atom{"CLIPBOARD": &s.clipboard, "INCR": &s.incr, "SLEUTELBOS_CLIPBOARD": &s.property} {
		if *atom, err = s.atom(name); err != nil {
			return err
		}
	}
	if s.window, err = xproto.NewWindowId(s.connection); err != nil {
		return err
	}
	screen := xproto.Setup(s.connection).DefaultScreen(s.connection)
	return xproto.CreateWindowChecked(s.connection, 0, s.window, screen.Root, 0, 0, 1, 1, 0,
		xproto.WindowClassInputOnly, screen.RootVisual, xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange}).Check()
}

func (s *selection) close() { s.connection.Close() }

func (s *selection) atom(name string) (xproto.Atom, error) {
	reply, err := xproto.InternAtom(s.connection, false, uint16(len(name)), name).Reply()
	if err != nil {
		return 0, err
	}
	return reply.Atom, nil
}

// kinds asks for the list of what can be had.
func (s *selection) kinds(ctx context.Context) ([]string, error) {
	owner, err := xproto.GetSelectionOwner(s.connection, s.clipboard).Reply()
	if err != nil {
		return nil, fmt.Errorf("read the clipboard: %w", err)
	}
	if owner.Owner == xproto.WindowNone {
		return nil, ErrEmpty
	}
	list, err := s.read(ctx, "TARGETS")
	if err != nil {
		return nil, err
	}
	var names []string
	for ; len(list) >= 4 && len(names) < maxKinds; list = list[4:] {
		reply, err := xproto.GetAtomName(s.connection, xproto.Atom(binary.NativeEndian.Uint32(list))).Reply()
		if err == nil {
			names = append(names, reply.Name)
		}
	}
	return names, nil
}

// maxKinds bounds the list; browsers offer a dozen.
const maxKinds = 200

// read asks for one kind and waits for it.
func (s *selection) read(ctx context.Context, kind string) ([]byte, error) {
	target, err := s.atom(kind)
	if err != nil {
		return nil, fmt.Errorf("read the clipboard: %w", err)
	}
	xproto.ConvertSelection(s.connection, s.window, s.clipboard, target, s.property, xproto.TimeCurrentTime)
	for {
		event, err := s.next(ctx)
		if err != nil {
			return nil, err
		}
		if notify, ok := event.(xproto.SelectionNotifyEvent); ok {
			if notify.Property == xproto.AtomNone {
				return nil, ErrEmpty
			}
			break
		}
	}
	content, incremental, err := s.take()
	if err != nil || !incremental {
		return content, err
	}
	return s.takeParts(ctx)
}

// takeParts reads what comes in parts: each is written once the one before was
// taken away, and an empty one ends it.
func (s *selection) takeParts(ctx context.Context) ([]byte, error) {
	var all []byte
	for {
		event, err := s.next(ctx)
		if err != nil {
			return nil, err
		}
		change, ok := event.(xproto.PropertyNotifyEvent)
		if !ok || change.Atom != s.property || change.State != xproto.PropertyNewValue {
			continue
		}
		part, _, err := s.take()
		if err != nil {
			return nil, err
		}
		if len(part) == 0 {
			return all, nil
		}
		if all = append(all, part...); len(all) > scan.MaxFile {
			return nil, ErrTooLarge
		}
	}
}

func (s *selection) next(ctx context.Context) (xgb.Event, error) {
	select {
	case event, ok := <-s.events:
		if !ok {
			return nil, fmt.Errorf("read the clipboard: %w", errGone)
		}
		return event, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("read the clipboard: %w", ctx.Err())
	}
}

var errGone = errors.New("the display is gone")

// take reads the property and takes it away; incremental says that parts follow.
func (s *selection) take() (content []byte, incremental bool, err error) {
	reply, err := xproto.GetProperty(s.connection, true, s.window, s.property, xproto.GetPropertyTypeAny, 0, scan.MaxFile/4+1).Reply()
	switch {
	case err != nil:
		return nil, false, fmt.Errorf("read the clipboard: %w", err)
	case reply.BytesAfter > 0 || len(reply.Value) > scan.MaxFile:
		return nil, false, ErrTooLarge
	case reply.Type == s.incr:
		return nil, true, nil
	}
	return reply.Value, false, nil
}
