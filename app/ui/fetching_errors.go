package ui

import (
	"context"
	"errors"

	"sleutelbos/app/capture"
	"sleutelbos/app/words"
	"sleutelbos/enroll/scan"
)

// errScreen says that no code was found on the screen: there is more to do about
// it than with a picture.
var errScreen = errors.New("no QR code was found on the screen")

// showFetchError says what went wrong with fetching, or as anywhere else.
func (f *fetching) showFetchError(err error) {
	m, ok := f.explainFetch(err)
	switch {
	case !ok:
		f.showError(f.alert, err, "")
		return
	case errors.Is(err, capture.ErrCancelled):
		f.alert.inform(m)
	default:
		f.alert.show(m)
	}
	f.window.SetTitle(m.What + " – " + f.say("app.name"))
}

func (s *shell) explainFetch(err error) (words.Message, bool) {
	switch {
	case errors.Is(err, capture.ErrCancelled):
		return words.Message{What: s.say("capture.cancelled"), Next: s.say("capture.cancelled-next")}, true
	case errors.Is(err, capture.ErrRefused):
		return words.Message{What: s.say("capture.refused"), Next: s.say("capture.picture-next")}, true
	case errors.Is(err, capture.ErrUnavailable):
		return words.Message{What: s.say("capture.unavailable"), Next: s.say("capture.picture-next")}, true
	case errors.Is(err, capture.ErrEmpty):
		return words.Message{What: s.say("capture.empty"), Next: s.say("capture.empty-next")}, true
	case errors.Is(err, capture.ErrBusy):
		return words.Message{What: s.say("capture.busy"), Next: s.say("capture.busy-next")}, true
	case errors.Is(err, context.DeadlineExceeded):
		return words.Message{What: s.say("capture.slow"), Next: s.say("capture.empty-next")}, true
	case errors.Is(err, errScreen):
		return words.Message{What: s.say("capture.no-code"), Next: s.say("capture.no-code-next")}, true
	case errors.Is(err, capture.ErrTooLarge):
		return words.Explain(s.Words, scan.ErrTooLarge, ""), true
	}
	return words.Message{}, false
}
