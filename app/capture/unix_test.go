//go:build linux

package capture

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/jezek/xgb/xproto"

	"sleutelbos/enroll/scan"
)

func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, name := range programs {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing; scripts/packages test installs it", name)
		}
		t.Skipf("%s is missing; scripts/packages test installs it", name)
	}
}

// begin starts a program that ends with the test, and gives the line by which
// it says where it is.
func begin(t *testing.T, name string, args ...string) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), name, args...)
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("%s did not say where it is: %v", name, err)
	}
	return strings.TrimSpace(line)
}

// display starts an X11 display of its own.
func display(t *testing.T) {
	t.Helper()
	need(t, "Xvfb", "xclip")
	t.Setenv("DISPLAY", ":"+begin(t, "Xvfb", "-displayfd", "3", "-screen", "0", "640x480x24", "-noreset", "-nolisten", "tcp"))
	t.Setenv("WAYLAND_DISPLAY", "")
	t.Setenv("XDG_SESSION_TYPE", "x11")
}

// copied puts something on the clipboard, as another program does.
func copied(t *testing.T, kind string, content []byte) {
	t.Helper()
	s, err := newSelection()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	owner := func() xproto.Window {
		reply, err := xproto.GetSelectionOwner(s.connection, s.clipboard).Reply()
		if err != nil {
			t.Fatal(err)
		}
		return reply.Owner
	}
	before := owner()
	cmd := exec.CommandContext(context.Background(), "xclip", "-selection", "clipboard", "-t", kind)
	cmd.Stdin = bytes.NewReader(content)
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	for owner() == before { // xclip goes into the background before it owns
		runtime.Gosched()
	}
}

func TestClipboardOfX11(t *testing.T) {
	display(t)
	clipboard := System().Clipboard
	if _, err := clipboard(t.Context()); !errors.Is(err, ErrEmpty) {
		t.Errorf("nothing copied gives %v", err)
	}
	// Noise does not become smaller, and what is large comes in parts.
	noise := image.NewRGBA(image.Rect(0, 0, 800, 600))
	for i := range noise.Pix {
		noise.Pix[i] = byte(rand.Uint32())
	}
	for _, picture := range []image.Image{image.NewGray(image.Rect(0, 0, 9, 9)), noise} {
		var content bytes.Buffer
		if err := png.Encode(&content, picture); err != nil {
			t.Fatal(err)
		}
		copied(t, "image/png", content.Bytes())
		clip, err := clipboard(t.Context())
		if err != nil || !bytes.Equal(clip.Picture, content.Bytes()) {
			t.Errorf("%d bytes came as %d, %v", content.Len(), len(clip.Picture), err)
		}
	}
	copied(t, "text/uri-list", []byte("# two\r\nfile:///tmp/een%20plaatje.png\r\nhttps://example.org/\r\nfile:///tmp/2.png\r\n"))
	clip, err := clipboard(t.Context())
	if err != nil || strings.Join(clip.Files, " ") != "/tmp/een plaatje.png /tmp/2.png" {
		t.Errorf("files came as %q, %v", clip.Files, err)
	}
	copied(t, "text/plain", []byte("words"))
	if _, err := clipboard(t.Context()); !errors.Is(err, ErrEmpty) {
		t.Errorf("words give %v", err)
	}
}

func TestScreenOfX11(t *testing.T) {
	display(t)
	aside := 0
	pictures, err := System().Screen(t.Context(), func() { aside++ })
	if err != nil || len(pictures) != 1 || pictures[0].Bounds() != image.Rect(0, 0, 640, 480) || aside != 1 {
		t.Errorf("read %d pictures, stepped aside %d times, %v", len(pictures), aside, err)
	}
	if got := pictures[0].At(1, 1); got != (color.RGBA{A: 0xff}) {
		t.Errorf("an empty display is %v", got)
	}
}

func TestWhichWayToTheScreen(t *testing.T) {
	for _, c := range []struct {
		session session
		ways    int
	}{
		{session{}, 0},
		{session{x11: true}, 2},
		{session{x11: true, sandbox: true}, 2},
		{session{x11: true, wayland: true}, 1}, // X11 would show black
		{session{wayland: true}, 1},
	} {
		if got := len(c.session.screens()); got != c.ways {
			t.Errorf("%+v has %d ways", c.session, got)
		}
	}
	next := func(context.Context, func()) ([]image.Image, error) { return []image.Image{image.Black}, nil }
	for err, wantNext := range map[error]bool{ErrUnavailable: true, ErrCancelled: false, ErrRefused: false} {
		first := func(context.Context, func()) ([]image.Image, error) { return nil, err }
		pictures, got := firstOf(t.Context(), []screenWay{first, next}, func() {})
		if wantNext != (got == nil) || wantNext != (len(pictures) == 1) {
			t.Errorf("after %v: %v", err, got)
		}
	}
}

// portal stands in for the desktop's, on a bus of its own.
type portal struct {
	connection *dbus.Conn
	mu         sync.Mutex // held while the bus asks and while a test changes what follows
	status     uint32
	file       string   // made when asked
	files      []string // chosen when asked
	parent     string
	title      string
	fault      *dbus.Error
	silent     bool
	asked      map[string]dbus.Variant
	open       chan struct{} // closed when a silent one was asked
	withdrawn  chan struct{} // closed when the request was taken back
}

// Screenshot is the portal's method. Its answer may come before that of the
// method.
func (p *portal) Screenshot(sender dbus.Sender, _ string, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = options
	if p.fault != nil {
		return "", p.fault
	}
	token, _ := options["handle_token"].Value().(string)
	request := dbus.ObjectPath(portalPath + "/request/" + strings.ReplaceAll(string(sender)[1:], ".", "_") + "/" + token)
	if err := p.connection.Export(p, request, portalRequest); err != nil {
		return "", dbus.MakeFailedError(err)
	}
	if p.silent {
		defer close(p.open)
		return request, nil
	}
	results := map[string]dbus.Variant{}
	if p.status == 0 {
		results["uri"] = dbus.MakeVariant((&url.URL{Scheme: "file", Path: p.file}).String())
		results["uris"] = dbus.MakeVariant(p.files)
	}
	if err := p.connection.Emit(request, portalRequest+".Response", p.status, results); err != nil {
		return "", dbus.MakeFailedError(err)
	}
	return request, nil
}

// OpenFile is the method of the portal's that chooses files.
func (p *portal) OpenFile(sender dbus.Sender, parent, title string, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	p.mu.Lock()
	p.parent, p.title = parent, title
	p.mu.Unlock()
	return p.Screenshot(sender, parent, options)
}

// change runs while nobody is answered.
func (p *portal) change(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do()
}

// Close is the request's method.
func (p *portal) Close() *dbus.Error {
	close(p.withdrawn)
	return nil
}

func newPortal(t *testing.T) *portal {
	t.Helper()
	need(t, "dbus-daemon")
	address := begin(t, "dbus-daemon", "--session", "--nofork", "--print-address=3")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "wayland-0")
	connection, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return &portal{connection: connection, open: make(chan struct{}), withdrawn: make(chan struct{})}
}

func (p *portal) serve(t *testing.T) {
	t.Helper()
	err := errors.Join(p.connection.Export(p, portalPath, "org.freedesktop.portal.Screenshot"),
		p.connection.Export(p, portalPath, "org.freedesktop.portal.FileChooser"))
	if reply, asked := p.connection.RequestName(portalName, dbus.NameFlagDoNotQueue); err != nil || asked != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(err, asked, reply)
	}
}

func TestPortal(t *testing.T) {
	p := newPortal(t)
	shoot := System().Screen
	aside := 0
	stepAside := func() { aside++ }
	if _, err := shoot(t.Context(), stepAside); !errors.Is(err, ErrUnavailable) {
		t.Errorf("without a portal: %v", err)
	}
	p.serve(t)
	code, err := scan.Draw("https://example.org", 200)
	if err != nil {
		t.Fatal(err)
	}
	var content bytes.Buffer
	if err := png.Encode(&content, code); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "Schermafdruk van 24 november.png")
	p.change(func() { p.file = file })
	if err := os.WriteFile(file, content.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	pictures, err := shoot(t.Context(), stepAside)
	if err != nil || len(pictures) != 1 || pictures[0].Bounds() != code.Bounds() {
		t.Errorf("gave %d pictures, %v", len(pictures), err)
	}
	p.change(func() {
		if interactive, _ := p.asked["interactive"].Value().(bool); !interactive {
			t.Error("the person was not asked")
		}
	})
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the picture stays behind: %v", err)
	}
	for status, want := range map[uint32]error{1: ErrCancelled, 2: ErrRefused} {
		p.change(func() { p.status = status })
		if _, err := shoot(t.Context(), stepAside); !errors.Is(err, want) {
			t.Errorf("status %d gives %v", status, err)
		}
	}
	for name, want := range map[string]error{
		"org.freedesktop.DBus.Error.AccessDenied": ErrRefused, "org.freedesktop.portal.Error.NotAllowed": ErrRefused,
		"org.freedesktop.DBus.Error.UnknownMethod": ErrUnavailable,
	} {
		p.change(func() { p.fault = dbus.NewError(name, []any{"no"}) })
		if _, err := shoot(t.Context(), stepAside); !errors.Is(err, want) {
			t.Errorf("%s gives %v", name, err)
		}
	}
}

// Several files are chosen at once in the desktop's own dialog.
func TestPortalChoosesFiles(t *testing.T) {
	p := newPortal(t)
	choose := System().Files
	choice := Choice{Title: "Kies plaatjes", Parent: "x11:2c00004", Several: true, Kind: "Plaatjes", Endings: []string{".png", ".jp2"}}
	if _, err := choose(t.Context(), choice); !errors.Is(err, ErrUnavailable) {
		t.Errorf("without a portal: %v", err)
	}
	p.serve(t)
	p.change(func() {
		p.files = []string{"file:///tmp/een%20plaatje.png", "https://example.org/2.png", "file:///tmp/2.png"}
	})
	paths, err := choose(t.Context(), choice)
	if err != nil || strings.Join(paths, "|") != "/tmp/een plaatje.png|/tmp/2.png" {
		t.Errorf("chosen: %q, %v", paths, err)
	}
	p.change(func() {
		if several, _ := p.asked["multiple"].Value().(bool); !several || p.parent != choice.Parent || p.title != choice.Title {
			t.Errorf("asked %q before %q with %v", p.title, p.parent, p.asked)
		}
		var filters []filter
		if err := p.asked["filters"].Store(&filters); err != nil || len(filters) != 1 || filters[0].Name != "Plaatjes" ||
			!slices.Equal(filters[0].Patterns, []pattern{{0, "*.[pP][nN][gG]"}, {0, "*.[jJ][pP]2"}}) {
			t.Errorf("the filter is %v, %v", filters, err)
		}
		p.status = 1
	})
	if _, err := choose(t.Context(), choice); !errors.Is(err, ErrCancelled) {
		t.Errorf("cancelled: %v", err)
	}
	p.change(func() { p.fault = dbus.NewError("org.freedesktop.DBus.Error.UnknownMethod", []any{"no"}) })
	if _, err := choose(t.Context(), choice); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a portal without a dialog for files: %v", err)
	}
}

// Leaving the page takes the portal's dialog away.
func TestPortalIsNoLongerWanted(t *testing.T) {
	p := newPortal(t)
	p.change(func() { p.silent = true })
	p.serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := System().Screen(ctx, func() {})
		ended <- err
	}()
	<-p.open
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	<-p.withdrawn
}
