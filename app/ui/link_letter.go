package ui

import (
	"sleutelbos/app/words"
	"sleutelbos/enroll/scan"
)

// fetcher is what reads the letter's QR code, from wherever it can be seen.
func (l *linkServer) fetcher() *fetching {
	if l.fetch == nil {
		l.fetch = &fetching{
			shell: l.shell, doing: l.doing, take: l.brought,
			again: func() { l.show(l) }, seen: l.seen,
		}
	}
	return l.fetch
}

// doing says so where there is room: not beside a server that is shown.
func (l *linkServer) doing(text string) {
	if l.known || l.asking {
		return
	}
	l.state.SetText(text)
	show(l.state, text != "")
}

// drop reads the letter's QR code from a picture.
func (l *linkServer) drop(paths []string) {
	if !l.asking {
		l.fetch.drop(paths)
	}
}

// seen takes what the camera saw. It stays on while parts are missing.
func (l *linkServer) seen(found []scan.Found) string {
	b := l.haul.add(found)
	if b.size > 0 {
		return l.say("capture.batch", "seen", b.seen, "size", b.size) + " " + l.say("capture.batch-camera")
	}
	l.fetch.again()
	l.present(b)
	return ""
}

func (l *linkServer) brought(found []scan.Found) { l.present(l.haul.add(found)) }

// present asks the server that a letter names: what it answers is shown before
// the person goes on. A login key is shown where keys are kept, and of all else
// it is said what it is.
func (l *linkServer) present(b brought) {
	switch {
	case b.link != nil:
		l.haul = haul{}
		l.take(*b.link)
		l.fresh = true
		l.ask()
		return
	case len(b.keys)+b.left > 0:
		add := newAdd(l.shell)
		add.haul = l.haul
		l.show(add)
		add.present(b)
		return
	}
	m := words.Message{What: l.say("link.server.no-letter"), Next: l.say("link.server.no-letter-next", "what", words.Scanned(l.Words, b.other))}
	switch {
	case b.size > 0:
		m = words.Message{What: l.say("capture.batch", "seen", b.seen, "size", b.size), Next: l.say("capture.batch-next")}
	case b.err != nil:
		m = words.Explain(l.Words, b.err, "")
	}
	l.fetch.alert.show(m)
	l.window.SetTitle(m.What + " – " + l.say("app.name"))
	l.fetch.refocus()
}
