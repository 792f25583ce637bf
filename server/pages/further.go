package pages

import (
	"errors"
	"fmt"
	"html/template"
	"strings"

	"github.com/skip2/go-qrcode"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
)

func (d *door) furtherRoutes() []route {
	return []route{
		{"GET /profile/devices/add", signedIn, showAdd},
		{"POST /profile/devices/add", signedIn, addDevice},
		{"POST /profile/devices/confirm", signedIn, confirmDevice},
	}
}

// shownFurther is what the page "device" shows: the key of a device that is
// being added, to scan or to copy.
type shownFurther struct {
	Device  string
	Address template.URL
	Key     string
	QR      template.HTML
	Expires string
}

func (v *visit) addForm() *form {
	f := v.form("adding.submit", &field{
		Name: "device", Label: "adding.name", Hint: "adding.name-hint", Required: true, Max: 64,
	})
	f.Action, f.Cancel = "/profile/devices/add", "/profile/devices"
	return f
}

func showAdd(v *visit) error {
	if !v.session.MayManage {
		return v.signInFirst("/profile/devices/add")
	}
	own, err := v.own()
	if err != nil {
		return err
	}
	if !own.MayAdd() {
		v.warn("adding.full", "n", own.MaxLinks)
		return v.redirect("/profile/devices")
	}
	return v.show(page{name: "device-add", title: v.say("adding.title"), form: v.addForm(), back: v.toDevices()})
}

func addDevice(v *visit) error {
	f := v.addForm()
	if !f.read() {
		return v.show(page{name: "device-add", title: v.say("adding.title"), form: f, back: v.toDevices()})
	}
	further, err := v.door.desk.StartFurther(v.r.Context(), v.token, f.get("device"))
	switch {
	case errors.Is(err, identity.ErrSignInAgain):
		return v.signInFirst("/profile/devices/add")
	case errors.Is(err, identity.ErrLinksFull):
		v.warn("adding.full-now")
		return v.redirect("/profile/devices")
	case err != nil:
		return err
	}
	return v.showFurther(v.confirmForm(further.Note), further)
}

// confirmForm carries the key, sealed, since nothing is kept of it before its
// first code. Its field is one that is never kept when a session ends.
func (v *visit) confirmForm(note string) *form {
	f := v.form("adding.confirm",
		&field{Name: "code", Kind: code, Label: "adding.code", Hint: "adding.code-hint", Autocomplete: "one-time-code", Required: true, Short: true, Max: 32},
		&field{Name: "token", Kind: hidden, Required: true, Max: 2000})
	f.Action, f.Cancel = "/profile/devices/confirm", "/profile/devices"
	f.set("token", note)
	return f
}

func (v *visit) showFurther(f *form, further identity.Further) error {
	key, err := enroll.ParseAddress(further.Address)
	if err != nil {
		return fmt.Errorf("read the key of a further device: %w", err)
	}
	drawn, err := drawQR(further.Address, v.say("adding.qr"))
	if err != nil {
		return err
	}
	shown := shownFurther{
		Device: further.Device, Address: template.URL(further.Address), // made here, of our own key
		Key: inGroups(key.Secret.Base32()), QR: drawn,
	}
	return v.show(page{name: "device", title: v.say("adding.title"), form: f, data: shown, back: v.toDevices(), secret: true})
}

func confirmDevice(v *visit) error {
	f := v.confirmForm("")
	ok := f.read()
	ctx := v.r.Context()
	further, err := v.door.desk.LookAtFurther(ctx, v.token, f.get("token"))
	if err == nil && ok {
		err = v.door.desk.ConfirmFurther(ctx, v.token, f.get("token"), f.get("code"))
	}
	switch {
	case errors.Is(err, identity.ErrFurtherGone):
		v.warn("adding.gone")
		return v.redirect("/profile/devices/add")
	case errors.Is(err, identity.ErrSignInAgain):
		return v.signInFirst("/profile/devices/add")
	case errors.Is(err, identity.ErrLinksFull):
		v.warn("adding.full-now")
		return v.redirect("/profile/devices")
	case errors.Is(err, identity.ErrFurtherCode):
		f.fail("code", "adding.code-wrong")
	case err != nil:
		return err
	}
	if f.wrong() {
		f.set("code", "")
		return v.showFurther(f, further)
	}
	v.tell("adding.added", "device", further.Device)
	return v.redirect("/profile/devices")
}

// drawQR draws a QR code as one path, dark on light whatever the screen's
// colours are, since cameras want it so.
func drawQR(text, name string) (template.HTML, error) {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	bits := code.Bitmap()
	var path strings.Builder
	for y, row := range bits {
		for x := 0; x < len(row); x++ {
			start := x
			for x < len(row) && row[x] {
				x++
			}
			if x > start {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", start, y, x-start, x-start)
			}
		}
	}
	return template.HTML(fmt.Sprintf(
		`<svg class="qr" role="img" aria-label="%s" viewBox="0 0 %d %d" shape-rendering="crispEdges"><rect width="100%%" height="100%%" fill="#fff"/><path fill="#000" d="%s"/></svg>`,
		template.HTMLEscapeString(name), len(bits), len(bits), path.String())), nil
}

// inGroups parts a key in fours, as one types it.
func inGroups(key string) string {
	var parts []string
	for len(key) > 4 {
		parts, key = append(parts, key[:4]), key[4:]
	}
	return strings.Join(append(parts, key), " ")
}
