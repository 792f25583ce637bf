//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/jezek/xgb/xproto"

	"sleutelbos/enroll/scan"
)

// managed is a session with a window manager, which puts every window in the
// same corner: the last one covers those before.
func managed(t *testing.T, name string, extra ...string) *session {
	t.Helper()
	need(t, "openbox")
	s := newSession(t, name, false, append([]string{"FYNE_THEME=light"}, extra...)...)
	rules := filepath.Join(s.home, "openbox.xml")
	err := os.WriteFile(rules, []byte(`<openbox_config xmlns="http://openbox.org/3.4/rc"><applications>
<application class="*"><decor>no</decor><focus>yes</focus><position force="yes"><x>0</x><y>0</y></position></application>
</applications></openbox_config>`), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), "openbox", "--config-file", rules)
	cmd.Env = s.env
	s.begin(cmd)
	root := xproto.Setup(s.x).DefaultScreen(s.x).Root
	check := s.atom("_NET_SUPPORTING_WM_CHECK")
	eventually(t, "the window manager", func() bool {
		reply, err := xproto.GetProperty(s.x, false, root, check, xproto.AtomWindow, 0, 1).Reply()
		return err == nil && reply.ValueLen == 1
	})
	return s
}

func (s *session) atom(name string) xproto.Atom {
	s.t.Helper()
	reply, err := xproto.InternAtom(s.x, false, uint16(len(name)), name).Reply()
	if err != nil {
		s.t.Fatal(err)
	}
	return reply.Atom
}

func drawn(t testing.TB, text string) image.Image {
	t.Helper()
	picture, err := scan.Draw(text, 240)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func drawnFile(t testing.TB, folder, name, text string) string {
	t.Helper()
	var content bytes.Buffer
	if err := png.Encode(&content, drawn(t, text)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, content.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// showElsewhere shows a QR code in a window of another program: the test's own.
func (s *session) showElsewhere(text string) {
	s.t.Helper()
	screen := xproto.Setup(s.x).DefaultScreen(s.x)
	picture := drawn(s.t, text)
	size := uint16(picture.Bounds().Dx())
	pixmap, err := xproto.NewPixmapId(s.x)
	if err != nil {
		s.t.Fatal(err)
	}
	xproto.CreatePixmap(s.x, screen.RootDepth, pixmap, xproto.Drawable(screen.Root), size, size)
	pen, err := xproto.NewGcontextId(s.x)
	if err != nil {
		s.t.Fatal(err)
	}
	xproto.CreateGC(s.x, pen, xproto.Drawable(pixmap), 0, nil)
	for y := range int(size) { // a line at a time: all of it is more than a request takes
		line := make([]byte, 0, 4*int(size))
		for x := range int(size) {
			r, g, b, _ := picture.At(x, y).RGBA()
			line = append(line, byte(b>>8), byte(g>>8), byte(r>>8), 0)
		}
		xproto.PutImage(s.x, xproto.ImageFormatZPixmap, xproto.Drawable(pixmap), pen, size, 1, 0, int16(y), 0, screen.RootDepth, line)
	}
	window, err := xproto.NewWindowId(s.x)
	if err != nil {
		s.t.Fatal(err)
	}
	// The display itself paints it, whenever something goes away from over it.
	err = xproto.CreateWindowChecked(s.x, screen.RootDepth, window, screen.Root, 0, 0, size, size, 0, xproto.WindowClassInputOutput,
		screen.RootVisual, xproto.CwBackPixmap, []uint32{uint32(pixmap)}).Check()
	if err != nil {
		s.t.Fatal(err)
	}
	eventually(s.t, "the QR code to be seen", func() bool {
		xproto.MapWindow(s.x, window) // again: a window manager that is still beginning misses it
		found, err := scan.Read(s.t.Context(), s.picture())
		return err == nil && found[0].Text == text
	})
}

// openLocked opens the program with a vault of one key, at its lock.
func (s *session) openLocked(binary, language string) *window {
	s.t.Helper()
	s.vaultCommand(binary, "add", "otpauth://totp/Eerste:jan?secret=GEZDGNBVGY3TQOJQ")
	w := s.openWindow(binary, "--lang", language)
	w.waitFor(map[string]string{"nl": "Je codes zijn op slot", "en": "Your codes are locked"}[language])
	return w
}

const horse = "paard batterij"

func (s *session) vaultCommand(binary string, args ...string) string {
	s.t.Helper()
	passphrase := filepath.Join(s.home, "passphrase")
	if err := os.WriteFile(passphrase, []byte(horse), 0o600); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), binary, append(args, "--passphrase-file", passphrase)...)
	cmd.Env = s.env
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("%v: %v: %s", args, err, stderr.String())
	}
	return string(out)
}

// kept are the issuers in the vault.
func (s *session) kept(binary string) string {
	s.t.Helper()
	var list []struct{ Issuer string }
	if err := json.Unmarshal([]byte(s.vaultCommand(binary, "list", "--json")), &list); err != nil {
		s.t.Fatal(err)
	}
	var issuers []string
	for _, e := range list {
		issuers = append(issuers, e.Issuer)
	}
	return strings.Join(issuers, " ")
}

func keyOf(issuer string) string {
	return "otpauth://totp/" + issuer + ":jan?secret=JBSWY3DPEHPK3PXP" + strings.Repeat(strings.ToUpper(issuer[:1]), 8)
}

// Files from another program's window, a QR code in another program's window
// that ours covers, and a picture that another program copied; by keyboard.
func TestCodesFromElsewhere(t *testing.T) {
	binary := desktop(t)
	s := managed(t, "van-elders")
	s.showElsewhere(keyOf("Scherm"))
	w := s.openLocked(binary, "nl")
	w.dropFiles(drawnFile(t, s.home, "een plaatje.png", keyOf("Eerder")))
	w.waitFor("Je codes zijn nog op slot") // said, and remembered
	w.write(horse)
	w.key("Return")
	w.waitFor("Gevonden: Eerder (jan)")
	w.look()
	w.key("Return")
	w.waitFor("Codes")

	w.dropFiles(drawnFile(t, s.home, "a.png", keyOf("Alfa")), drawnFile(t, s.home, "b.png", keyOf("Beta")))
	w.waitFor("Codes binnenhalen")
	w.key("Return")
	w.waitFor("2 sleutels zijn binnengehaald")
	w.key("Return")
	w.waitFor("Codes")

	wifi := drawnFile(t, s.home, "wifi.png", "WIFI:T:WPA;S:kantoor;P:geheim;;")
	w.dropFiles(wifi)
	w.waitFor("Deze QR-code is voor een wifi-netwerk")
	w.key("shift+Tab", "shift+Tab", "shift+Tab", "Return") // from the screen
	w.waitFor("Gevonden: Scherm (jan)")
	w.look()
	w.key("Return")
	w.waitFor("Codes")

	xclip := exec.CommandContext(context.Background(), "xclip", "-selection", "clipboard", "-t", "image/png", "-i", drawnFile(t, s.home, "copied.png", keyOf("Klembord")))
	xclip.Env = s.env
	if err := xclip.Run(); err != nil {
		t.Fatal(err)
	}
	w.dropFiles(wifi)
	w.waitFor("Deze QR-code is voor een wifi-netwerk")
	w.key("shift+Tab", "Return") // from the clipboard
	w.waitFor("Gevonden: Klembord (jan)")
	w.look()
	w.key("Return")
	w.waitFor("Codes")
	if got := s.kept(binary); got != "Eerste Eerder Alfa Beta Scherm Klembord" {
		t.Errorf("kept: %s", got)
	}
	w.close()
	if strings.Contains(w.said(), "JBSWY3DP") {
		t.Error("a key is in the log")
	}
}

// firstOfTwo holds one key of a list from Google Authenticator.
const firstOfTwo = "otpauth-migration://offline?data=CiQKDXR3YWFsZiB0ZWtlbnMSA2phbhoIVGVsZWZvb24gASgBMAIQARgCIAAoTQ%3D%3D"

// standInPortal speaks the desktop portal's interface.
type standInPortal struct {
	connection *dbus.Conn
	mu         sync.Mutex
	status     uint32
	files      []string
	asked      int // how often it was asked for files
	several    bool
}

// will says what it answers from now on.
func (p *standInPortal) will(status uint32, files ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status, p.files = status, files
}

// askedFor tells how often it was asked for files, and whether for several.
func (p *standInPortal) askedFor() (int, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked, p.several
}

const portalPath = "/org/freedesktop/portal/desktop"

// begin takes the portal's name on the bus.
func (p *standInPortal) begin(t *testing.T) {
	t.Helper()
	for _, door := range []string{"Screenshot", "FileChooser"} {
		if err := p.connection.Export(p, portalPath, "org.freedesktop.portal."+door); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.connection.RequestName("org.freedesktop.portal.Desktop", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
}

// Screenshot answers as the portal does after the person has chosen.
func (p *standInPortal) Screenshot(sender dbus.Sender, _ string, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	return p.answer(sender, options, func(files []string) map[string]dbus.Variant {
		return map[string]dbus.Variant{"uri": dbus.MakeVariant(files[0])}
	})
}

// OpenFile answers as the portal does after the person has chosen files.
func (p *standInPortal) OpenFile(sender dbus.Sender, _, _ string, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	p.mu.Lock()
	p.asked++
	p.several, _ = options["multiple"].Value().(bool)
	p.mu.Unlock()
	return p.answer(sender, options, func(files []string) map[string]dbus.Variant {
		return map[string]dbus.Variant{"uris": dbus.MakeVariant(files)}
	})
}

func (p *standInPortal) answer(sender dbus.Sender, options map[string]dbus.Variant, say func(files []string) map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	token, _ := options["handle_token"].Value().(string)
	request := dbus.ObjectPath(portalPath + "/request/" + strings.ReplaceAll(string(sender)[1:], ".", "_") + "/" + token)
	p.mu.Lock()
	status := p.status
	var files []string
	for _, file := range p.files {
		files = append(files, (&url.URL{Scheme: "file", Path: file}).String())
	}
	p.mu.Unlock()
	results := map[string]dbus.Variant{}
	if status == 0 {
		results = say(files)
	}
	if err := p.connection.Emit(request, "org.freedesktop.portal.Request.Response", status, results); err != nil {
		return "", dbus.MakeFailedError(err)
	}
	return request, nil
}

// Several pictures are chosen at once in the desktop's dialog; without one, in
// the window's own.
func TestFilesThroughThePortal(t *testing.T) {
	binary := desktop(t)
	need(t, "dbus-daemon")
	s := managed(t, "chooser")
	portal := &standInPortal{connection: s.startBus(), status: 1}
	w := s.openLocked(binary, "en")
	w.write(horse)
	w.key("Return")
	w.waitFor("Codes")
	choose := func() {
		w.click(plusX, topY)
		w.waitFor("Add a QR code or key")
		w.key("shift+Tab", "shift+Tab")
	}
	choose()
	before := w.picture()
	w.key("Return")
	eventually(t, "a dialog in the window", func() bool { return !alike(before, w.picture()) })
	w.settle()
	w.shoot()
	w.key("Escape", "Escape")
	w.waitFor("Codes")

	portal.begin(t)
	choose()
	w.key("Return")
	eventually(t, "the portal to be asked", func() bool { n, several := portal.askedFor(); return n == 1 && several })
	w.settle()
	if title := w.title(); !strings.HasPrefix(title, "Add a QR code or key") {
		t.Errorf("cancelled, and the title is %q", title)
	}
	portal.will(0, drawnFile(t, s.home, "alfa 1.png", keyOf("Alfa")), drawnFile(t, s.home, "beta.png", keyOf("Beta")))
	w.key("Return")
	w.waitFor("Bring codes in")
	w.key("Return")
	w.waitFor("2 entries were brought in")
	w.key("Return")
	w.waitFor("Codes")
	if got := s.kept(binary); got != "Eerste Alfa Beta" {
		t.Errorf("kept: %s", got)
	}
	w.close()
}

// Under Wayland the desktop makes the picture: cancelled, refused, and chosen.
func TestScreenThroughThePortal(t *testing.T) {
	binary := desktop(t)
	need(t, "dbus-daemon")
	s := managed(t, "portal", "XDG_SESSION_TYPE=wayland")
	portal := &standInPortal{connection: s.startBus(), status: 1}
	portal.begin(t)
	w := s.openLocked(binary, "en")
	w.write(horse)
	w.key("Return")
	w.waitFor("Codes")
	w.dropFiles(drawnFile(t, s.home, "web.png", "https://example.org"))
	w.waitFor("This QR code holds a web address")
	w.key("shift+Tab", "shift+Tab", "shift+Tab", "Return")
	w.waitFor("Nothing was chosen") // no error, and the window is back
	portal.will(2)
	w.key("Return")
	w.waitFor("This computer does not let the app")
	// The first of two QR codes of a phone: what to do next, or to go on with it.
	w.dropFiles(drawnFile(t, s.home, "batch.png", firstOfTwo))
	w.waitFor("1 of 2 QR codes seen")
	shot := drawnFile(t, s.home, "shot.png", keyOf("Portal"))
	portal.will(0, shot)
	w.key("Return")
	w.waitFor("Found: Portal (jan)")
	w.look()
	w.key("Return")
	w.waitFor("Codes")
	if got := s.kept(binary); got != "Eerste Portal" {
		t.Errorf("kept: %s", got)
	}
	if _, err := os.Stat(shot); err == nil {
		t.Error("the picture stays behind")
	}
	w.close()
}
