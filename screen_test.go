//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// patience bounds every wait for something that a person would see happen.
const patience = 40 * time.Second

// eventually polls until ok holds; what says what was waited for.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	eventuallySays(t, func() string { return what }, ok)
}

// eventuallySays is eventually with what is to be said when it was in vain: how
// things stand then, not how they stood at first.
func eventuallySays(t testing.TB, what func() string, ok func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	poll := time.NewTicker(40 * time.Millisecond)
	defer poll.Stop()
	for !ok() {
		select {
		case <-poll.C:
		case <-deadline.C:
			t.Fatalf("waited %s in vain for %s", patience, what())
		}
	}
}

// session is a person's computer: a home of its own, a display, a bus and,
// where asked for, a keyring that is unlocked by the login.
type session struct {
	t     testing.TB
	env   []string
	home  string
	x     *xgb.Conn
	shots int
	name  string
}

func newSession(t testing.TB, name string, keyring bool, extra ...string) *session {
	t.Helper()
	need(t, "Xvfb", "xdotool", "xclip")
	s := &session{t: t, home: t.TempDir(), name: name}
	s.env = append(homeEnv(t, s.home), "LANG=en_US.UTF-8", "FYNE_SCALE=1")
	s.env = append(s.env, extra...)
	display := s.startDisplay()
	s.env = append(s.env, "DISPLAY="+display)
	xgb.Logger.SetOutput(io.Discard) // it speaks of every connection that ends
	connection, err := xgb.NewConnDisplay(display)
	if err != nil {
		t.Fatal(err)
	}
	s.x = connection
	t.Cleanup(connection.Close)
	if keyring {
		need(t, "dbus-daemon", "gnome-keyring-daemon")
		s.startKeyring()
	} else {
		s.env = append(s.env, "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(s.home, "no-bus"))
	}
	return s
}

// homeEnv is an environment in which nothing of the real user is touched.
func homeEnv(t testing.TB, home string) []string {
	t.Helper()
	env := []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + home}
	for name, folder := range map[string]string{"XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache", "XDG_RUNTIME_DIR": "run"} {
		path := filepath.Join(home, folder)
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
		env = append(env, name+"="+path)
	}
	return env
}

func (s *session) startDisplay() string {
	r, w, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	// Without repeating keys: on a busy machine a key is let go so late that it
	// would be pressed again in the next screen.
	cmd := exec.CommandContext(context.Background(), "Xvfb", "-r", "-displayfd", "3", "-screen", "0", "640x820x24", "-noreset", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	s.begin(cmd)
	_ = w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		s.t.Fatalf("Xvfb named no display: %v", err)
	}
	return ":" + strings.TrimSpace(number)
}

// startBus starts the session's bus and connects with it.
func (s *session) startBus() *dbus.Conn {
	s.t.Helper()
	bus := exec.CommandContext(context.Background(), "dbus-daemon", "--session", "--nofork", "--print-address=1")
	bus.Env = s.env
	out, err := bus.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.begin(bus)
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		s.t.Fatalf("the bus named no address: %v", err)
	}
	address = strings.TrimSpace(address)
	s.env = append(s.env, "DBUS_SESSION_BUS_ADDRESS="+address)
	connection, err := dbus.Connect(address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = connection.Close() })
	return connection
}

func (s *session) startKeyring() {
	connection := s.startBus()
	keyring := exec.CommandContext(context.Background(), "gnome-keyring-daemon", "--unlock", "--foreground", "--components=secrets")
	keyring.Env = s.env
	keyring.Stdin = strings.NewReader("login\n")
	s.begin(keyring)
	eventually(s.t, "the keyring to come to the bus", func() bool {
		var has bool
		err := connection.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.freedesktop.secrets").Store(&has)
		return err == nil && has
	})
}

// begin starts a program that ends with the test.
func (s *session) begin(cmd *exec.Cmd) {
	s.t.Helper()
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// window is the desktop program, running in the session.
type window struct {
	*session
	cmd  *exec.Cmd
	id   string
	log  string      // the file of its standard error
	seen *image.RGBA // the last screen that was waited for

	pings *pings
}

func (s *session) openWindow(binary string, args ...string) *window {
	s.t.Helper()
	w := &window{session: s, seen: s.picture(), log: filepath.Join(s.t.TempDir(), "stderr")}
	stderr, err := os.Create(w.log)
	if err != nil {
		s.t.Fatal(err)
	}
	defer stderr.Close()
	w.cmd = exec.CommandContext(context.Background(), binary, args...)
	w.cmd.Env, w.cmd.Stderr = s.env, stderr
	s.begin(w.cmd)
	eventually(s.t, "the window", func() bool {
		out, err := s.xdotool("search", "--pid", strconv.Itoa(w.cmd.Process.Pid), "--name", "Sleutelbos")
		w.id = strings.TrimSpace(out)
		if err != nil || w.id == "" || strings.Contains(w.id, "\n") {
			return false
		}
		_, err = s.xdotool("windowfocus", w.id) // refused until it is on the screen
		return err == nil
	})
	w.pings = newPings(s, w.id)
	return w
}

func (s *session) xdotool(args ...string) (string, error) {
	cmd := exec.CommandContext(context.Background(), "xdotool", args...)
	cmd.Env = s.env
	out, err := cmd.Output()
	return string(out), err
}

func (s *session) do(args ...string) {
	s.t.Helper()
	if _, err := s.xdotool(args...); err != nil {
		s.t.Fatalf("xdotool %v: %v", args, err)
	}
}

// said is what the program wrote to its standard error so far.
func (w *window) said() string {
	raw, err := os.ReadFile(w.log)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(raw)
}

func (w *window) title() string {
	out, _ := w.xdotool("getwindowname", w.id) // a window that is gone has no name
	return strings.TrimSpace(out)
}

// waitFor waits for a screen by its title and keeps a picture of it.
func (w *window) waitFor(title string) {
	w.t.Helper()
	eventuallySays(w.t, func() string {
		w.shoot()
		return fmt.Sprintf("%q; the title is %q; the program said: %s", title, w.title(), w.said())
	}, func() bool { return strings.HasPrefix(w.title(), title) })
	eventually(w.t, "the screen to be painted after its title", func() bool {
		return !bytes.Equal(w.seen.Pix, w.picture().Pix)
	})
	w.settle()
	w.seen = w.picture()
	w.shoot()
}

// settle waits until the window has taken what was pressed and painted it, and
// then until six pictures in a row are alike, so that what is pressed is what is
// seen. A blinking cursor is no change, and a window that ticks on is waited for
// only so long.
func (w *window) settle() { w.still(5) }

// look gives what a picture held the time that a person needs to see it: the
// program takes no key for 400 ms, since one that bounces is no answer.
func (w *window) look() { w.still(15) }

func (w *window) still(times int) {
	w.t.Helper()
	// Between two turns at its events it paints.
	for range 2 {
		if !w.pings.wait(10 * time.Second) {
			break
		}
	}
	enough := time.NewTimer(3 * time.Second)
	defer enough.Stop()
	poll := time.NewTicker(40 * time.Millisecond)
	defer poll.Stop()
	last, still := w.picture(), 0
	for still < times {
		select {
		case <-poll.C:
		case <-enough.C:
			return
		}
		next := w.picture()
		if still++; !alike(last, next) {
			still = 0
		}
		last = next
	}
}

// key presses keys, as a person does: once the window has the keyboard, which
// the window manager hands over a moment after it has shown the window.
func (w *window) key(names ...string) {
	w.t.Helper()
	for _, name := range names {
		w.awaitKeyboard()
		w.do("key", name)
		w.settle()
	}
}

func (w *window) awaitKeyboard() {
	w.t.Helper()
	eventually(w.t, "the window to have the keyboard", func() bool {
		has, err := xproto.GetInputFocus(w.x).Reply()
		return err == nil && strconv.FormatUint(uint64(has.Focus), 10) == w.id
	})
}

func (w *window) write(text string) {
	w.t.Helper()
	w.awaitKeyboard()
	w.do("type", "--delay", "8", text)
	w.settle()
}

// Colours of the primary button, light and dark.
var (
	petrol = color.RGBA{0x0f, 0x5c, 0x6e, 0xff}
	cyan   = color.RGBA{0x63, 0xbc, 0xc9, 0xff}
)

// clickPrimary finds the one coloured button at the foot of the screen, as the
// eye does, and clicks it.
func (w *window) clickPrimary(colour color.RGBA) {
	w.t.Helper()
	var at image.Point
	eventually(w.t, "a button to press", func() bool {
		picture, n := w.picture(), 0
		var sum image.Point
		for y := 620; y < 700; y++ {
			for x := range 480 {
				if picture.RGBAAt(x, y) == colour {
					sum, n = sum.Add(image.Pt(x, y)), n+1
				}
			}
		}
		if n < 400 {
			return false
		}
		at = sum.Div(n)
		return true
	})
	w.click(at.X, at.Y)
}

func (w *window) click(x, y int) {
	w.t.Helper()
	w.do("mousemove", "--sync", strconv.Itoa(x), strconv.Itoa(y))
	w.settle()
	w.do("click", "1")
	w.settle()
}

// clipboard is what a paste would bring.
func (s *session) clipboard() string {
	cmd := exec.CommandContext(context.Background(), "xclip", "-selection", "clipboard", "-out")
	cmd.Env = s.env
	out, _ := cmd.Output() // an empty clipboard has no owner, and that is an error to xclip
	return string(out)
}

// close closes the window as the person does, and waits for the program's end.
func (w *window) close() {
	w.t.Helper()
	if err := w.cmd.Process.Signal(os.Interrupt); err != nil {
		w.t.Fatal(err)
	}
	if err := w.cmd.Wait(); err != nil {
		w.t.Fatalf("the program ended with %v: %s", err, w.said())
	}
}

// lines reads a program's standard error line by line.
func lines(from io.Reader) <-chan string {
	out := make(chan string, 64)
	go func() {
		defer close(out)
		scanner := bufio.NewScanner(from)
		for scanner.Scan() {
			select {
			case out <- scanner.Text():
			default: // nobody listens any more
			}
		}
	}()
	return out
}
