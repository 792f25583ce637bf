//go:build linux

package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// pings asks a window whether it is there, as window managers do
// (_NET_WM_PING of the Extended Window Manager Hints). A window answers what
// comes to it in turn, so an answer says that all before has been taken.
type pings struct {
	connection *xgb.Conn
	kind, ping xproto.Atom
	root       xproto.Window
	target     xproto.Window
	asked      uint32
	answers    chan uint32
}

func newPings(s *session, window string) *pings {
	s.t.Helper()
	id, err := strconv.ParseUint(window, 10, 32)
	if err != nil {
		s.t.Fatal(err)
	}
	p := &pings{target: xproto.Window(id), kind: s.atom("WM_PROTOCOLS"), ping: s.atom("_NET_WM_PING"), answers: make(chan uint32, 64)}
	for _, e := range s.env {
		if display, ok := strings.CutPrefix(e, "DISPLAY="); ok {
			p.connection, err = xgb.NewConnDisplay(display)
		}
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(p.connection.Close)
	p.root = xproto.Setup(p.connection).DefaultScreen(p.connection).Root
	err = xproto.ChangeWindowAttributesChecked(p.connection, p.root, xproto.CwEventMask, []uint32{xproto.EventMaskSubstructureNotify}).Check()
	if err != nil {
		s.t.Fatal(err)
	}
	go p.listen()
	return p
}

func (p *pings) listen() {
	for {
		event, err := p.connection.WaitForEvent()
		if event == nil && err == nil {
			return // closed
		}
		if e, ok := event.(xproto.ClientMessageEvent); ok && e.Type == p.kind && e.Data.Data32[0] == uint32(p.ping) {
			p.answers <- e.Data.Data32[1]
		}
	}
}

// wait waits for an answer, and tells whether one came in time: a program that
// is busy or has ended gives none.
func (p *pings) wait(most time.Duration) bool {
	p.asked++
	event := xproto.ClientMessageEvent{
		Format: 32, Window: p.target, Type: p.kind,
		Data: xproto.ClientMessageDataUnionData32New([]uint32{uint32(p.ping), p.asked, uint32(p.target), 0, 0}),
	}
	xproto.SendEvent(p.connection, false, p.target, 0, string(event.Bytes()))
	late := time.NewTimer(most)
	defer late.Stop()
	for {
		select {
		case answer := <-p.answers:
			if answer == p.asked {
				return true
			}
		case <-late.C:
			return false
		}
	}
}
