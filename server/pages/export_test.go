package pages

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"sleutelbos/assets"
	"sleutelbos/server/identity"
)

// Patterns lists what is opened by an address.
func Patterns() []string {
	var all []string
	for _, r := range (&door{}).routes() {
		if strings.HasPrefix(r.pattern, "GET ") {
			all = append(all, r.pattern)
		}
	}
	return all
}

// Templates names every page that there is.
func Templates() ([]string, error) {
	words, err := assets.ServerIn("nl")
	if err != nil {
		return nil, err
	}
	statics, err := readStatics(assets.Pages())
	if err != nil {
		return nil, err
	}
	all, err := readLook(assets.Pages(), words, statics)
	var names []string
	for _, t := range all.all.Templates() {
		if name, file := strings.CutSuffix(t.Name(), ".html"); file && name != "frame" && name != "parts" {
			names = append(names, name)
		}
	}
	return names, err
}

// PathTrouble shows, with the kind behind it, the error page of one kind.
const PathTrouble = "/trouble/"

// Troubles are an error of each kind that has a page of its own.
func Troubles() map[string]error {
	all := map[string]error{}
	for _, err := range []error{
		errSentBefore, refusals()[0].err, errNotFound, errForbidden, errElsewhere, errBadForm, errOtherPerson, errNoCookies, errTooOften,
		identity.ErrPasswordLink, identity.ErrNoSession, identity.ErrCrowded, errors.New("a fault"),
	} {
		all[troubleOf(err).kind] = err
	}
	return all
}

// PathBroken is a file that fails after so many bytes as stand behind it.
const PathBroken = "/broken/"

// NewWithBroken is [New] with a file that fails.
func NewWithBroken(o Options) (http.Handler, error) {
	d, err := newDoor(o)
	if err != nil {
		return nil, err
	}
	return d.handler(append(d.routes(), route{"GET " + PathBroken + "{bytes}", anyone, func(v *visit) error {
		return v.sendCSV("broken.csv", func(w io.Writer) error {
			size, _ := strconv.Atoi(v.r.PathValue("bytes"))
			_, err := w.Write(bytes.Repeat([]byte("x"), size))
			return errors.Join(err, errors.New("the disk is gone"))
		})
	}})), nil
}

// hurried is a context whose time is up after having been asked so often.
type hurried struct {
	context.Context
	left int
}

func (h *hurried) Err() error {
	if h.left--; h.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// NewHurried is [New] where one form signs off for no more than so many steps.
func NewHurried(o Options, steps int) (http.Handler, error) {
	d, err := newDoor(o)
	if err != nil {
		return nil, err
	}
	d.bounded = func(ctx context.Context) (context.Context, context.CancelFunc) {
		return &hurried{ctx, steps}, func() {}
	}
	return d.handler(d.routes()), nil
}

// NewWithTroubles is [New] with a page for each kind of trouble.
func NewWithTroubles(o Options) (http.Handler, error) {
	d, err := newDoor(o)
	if err != nil {
		return nil, err
	}
	return d.handler(append(d.routes(), route{"GET " + PathTrouble + "{kind}", anyone, func(v *visit) error {
		return Troubles()[v.r.PathValue("kind")]
	}})), nil
}
