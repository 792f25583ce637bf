//go:build linux

package main

import (
	"net/url"
	"strconv"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// drag is another program's side of drag and drop, as the XDND protocol,
// version 5, describes it.
type drag struct {
	*session
	connection *xgb.Conn
	source     xproto.Window
	target     xproto.Window
	list       string
}

// dropFiles drops files in the middle of the window, and waits until it has
// taken them.
func (w *window) dropFiles(paths ...string) {
	w.t.Helper()
	id, err := strconv.ParseUint(w.id, 10, 32)
	if err != nil {
		w.t.Fatal(err)
	}
	d := &drag{session: w.session, target: xproto.Window(id)}
	for _, path := range paths {
		d.list += (&url.URL{Scheme: "file", Path: path}).String() + "\r\n"
	}
	var display string
	for _, e := range w.env {
		if len(e) > 8 && e[:8] == "DISPLAY=" {
			display = e[8:]
		}
	}
	if d.connection, err = xgb.NewConnDisplay(display); err != nil {
		w.t.Fatal(err)
	}
	defer d.connection.Close()
	d.drop()
}

func (d *drag) drop() {
	d.t.Helper()
	root := xproto.Setup(d.connection).DefaultScreen(d.connection).Root
	source, err := xproto.NewWindowId(d.connection)
	if err != nil {
		d.t.Fatal(err)
	}
	d.source = source
	xproto.CreateWindow(d.connection, 0, source, root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, 0, 0, nil)
	xproto.SetSelectionOwner(d.connection, source, d.atom("XdndSelection"), xproto.TimeCurrentTime)
	const version = 5
	d.send("XdndEnter", version<<24, uint32(d.atom("text/uri-list")), 0, 0)
	d.send("XdndPosition", 0, 240<<16|350, xproto.TimeCurrentTime, uint32(d.atom("XdndActionCopy")))
	d.await("XdndStatus")
	d.send("XdndDrop", 0, xproto.TimeCurrentTime, 0, 0)
	d.await("XdndFinished")
}

func (d *drag) send(kind string, data ...uint32) {
	d.t.Helper()
	event := xproto.ClientMessageEvent{
		Format: 32, Window: d.target, Type: d.atom(kind),
		Data: xproto.ClientMessageDataUnionData32New(append([]uint32{uint32(d.source)}, data...)),
	}
	if err := xproto.SendEventChecked(d.connection, false, d.target, 0, string(event.Bytes())).Check(); err != nil {
		d.t.Fatal(err)
	}
}

// await waits for the window's answer, and hands the list over when it asks.
func (d *drag) await(kind string) {
	d.t.Helper()
	wanted := d.atom(kind)
	for {
		event, err := d.connection.WaitForEvent()
		if event == nil {
			d.t.Fatalf("no %s came: %v", kind, err)
		}
		switch e := event.(type) {
		case xproto.ClientMessageEvent:
			if e.Type == wanted {
				return
			}
		case xproto.SelectionRequestEvent:
			xproto.ChangeProperty(d.connection, xproto.PropModeReplace, e.Requestor, e.Property, e.Target, 8, uint32(len(d.list)), []byte(d.list))
			given := xproto.SelectionNotifyEvent{Time: e.Time, Requestor: e.Requestor, Selection: e.Selection, Target: e.Target, Property: e.Property}
			xproto.SendEvent(d.connection, false, e.Requestor, 0, string(given.Bytes()))
		}
	}
}
