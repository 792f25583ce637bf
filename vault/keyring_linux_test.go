package vault

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/zalando/go-keyring"
)

// The tests named TestInside run in a process of their own, in a session bus
// that belongs to them alone.
const insideSession = "SLEUTELBOS_TEST_SESSION"

// withKeyring starts GNOME's keyring, unlocked, and then the test.
const withKeyring = `printf 'test\n' | gnome-keyring-daemon --unlock --foreground --components=secrets >/dev/null 2>&1 & k=$!
until gdbus call --session -d org.freedesktop.DBus -o /org/freedesktop/DBus \
  -m org.freedesktop.DBus.NameHasOwner org.freedesktop.secrets | grep -q true; do sleep .1; done
"$@"; r=$?; kill $k; exit $r`

// noServices is a bus that starts nothing by itself.
const noServices = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir=%s</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`

// runInside runs one of the tests below in a private session.
func runInside(t *testing.T, name, script string) {
	t.Helper()
	for _, tool := range []string{"dbus-run-session", "gnome-keyring-daemon", "gdbus"} {
		if _, err := exec.LookPath(tool); err != nil {
			missing(t, "this test needs "+tool+" (Debian: dbus, gnome-keyring, libglib2.0-bin)")
		}
	}
	home := t.TempDir()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	arguments := []string{}
	if script != withKeyring {
		config := filepath.Join(home, "bus.conf")
		writeRaw(t, config, fmt.Appendf(nil, noServices, home))
		arguments = append(arguments, "--config-file="+config)
	}
	arguments = append(arguments, "--", "sh", "-c", script, "_", binary, "-test.run=^"+name+"$", "-test.v", "-test.timeout=60s")
	c := exec.CommandContext(t.Context(), "dbus-run-session", arguments...)
	c.Env = append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+home, "XDG_DATA_HOME="+home+"/data",
		"XDG_CONFIG_HOME="+home+"/config", "XDG_CACHE_HOME="+home+"/cache", "DISPLAY=", "WAYLAND_DISPLAY=", insideSession+"=1")
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+name) {
		t.Errorf("inside: %v\n%s", err, out)
	}
}

func onlyInside(t *testing.T) {
	t.Helper()
	if os.Getenv(insideSession) == "" {
		t.Skip("runs in a session of its own")
	}
}

func TestRealKeyring(t *testing.T)       { runInside(t, "TestInsideKeyring", withKeyring) }
func TestRealLockedKeyring(t *testing.T) { runInside(t, "TestInsideLockedKeyring", withKeyring) }
func TestBusWithoutService(t *testing.T) { runInside(t, "TestInsideNoService", `"$@"`) }

func realFolder(t *testing.T) *Folder {
	o := options(t.TempDir())
	o.Keyring = OSKeyring()
	return At(o)
}

func TestInsideKeyring(t *testing.T) {
	onlyInside(t)
	f := realFolder(t)
	if err := f.Probe(ctx); err != nil {
		t.Fatal(err)
	}
	if n := items(t); n != 0 {
		t.Errorf("Probe left %d secrets", n)
	}
	v, recovery, err := f.Create(ctx, First{Keyring: true})
	if err != nil {
		t.Fatal(err)
	}
	add(t, v, totp(1))
	if w, err := f.Open(ctx, ByKeyring()); err != nil || len(w.List()) != 1 {
		t.Fatalf("by the keyring: %v", err)
	}
	if err := v.UseKeyring(ctx); err != nil {
		t.Fatal(err)
	}
	if n := items(t); n != 1 {
		t.Errorf("%d secrets after making the slot anew", n)
	}
	s, _ := v.now.header.slot(KeyringSlot)
	account := keyringAccount(v.ID(), s.ID)
	line, err := OSKeyring().Get(keyringService, account)
	if err != nil || len(line) != 43 || strings.Contains(line, "\n") {
		t.Errorf("the secret has %d characters, %v", len(line), err)
	}
	if err := OSKeyring().Delete(keyringService, account); err != nil {
		t.Fatal(err)
	}
	_, err = f.Open(ctx, ByKeyring())
	wantError(t, err, ErrKeyringEmpty)
	if n := items(t); n != 0 {
		t.Errorf("opening made %d secrets", n)
	}
	w, err := f.Open(ctx, ByRecoveryKey(recovery.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.UseKeyring(ctx); err != nil {
		t.Fatal(err)
	}
	if w, err := f.Open(ctx, ByKeyring()); err != nil || len(w.List()) != 1 {
		t.Errorf("by the new key: %v", err)
	}
	if err := f.UnlockKeyring(ctx); err != nil {
		t.Errorf("unlocking what is unlocked: %v", err)
	}
}

func TestInsideLockedKeyring(t *testing.T) {
	onlyInside(t)
	f := realFolder(t)
	v, _, err := f.Create(ctx, First{Keyring: true, Passphrase: anybody()})
	if err != nil {
		t.Fatal(err)
	}
	lockKeyring(t)
	begin := time.Now()
	_, open := f.Open(ctx, ByKeyring())
	for what, err := range map[string]error{"Probe": f.Probe(ctx), "Open": open, "UseKeyring": v.UseKeyring(ctx)} {
		t.Log(what)
		wantError(t, err, ErrKeyringLocked)
	}
	if took := time.Since(begin); took > DefaultPatience {
		t.Errorf("three refusals took %v", took)
	}
	// Without a screen nobody can answer; the call ends all the same.
	short, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if err := f.UnlockKeyring(short); err == nil {
		t.Error("the keyring unlocked itself")
	}
	if len(opened(t, f).Slots()) != 3 {
		t.Error("the vault lost a slot")
	}
}

func TestInsideNoService(t *testing.T) {
	onlyInside(t)
	f := realFolder(t)
	wantError(t, f.Probe(ctx), ErrKeyringMissing)
	wantError(t, f.UnlockKeyring(ctx), ErrKeyringMissing)
	_, _, err := f.Create(ctx, First{Keyring: true})
	wantError(t, err, ErrKeyringMissing)
}

func TestNoBus(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
	f := realFolder(t)
	wantError(t, f.Probe(ctx), ErrKeyringMissing)
	if _, _, err := f.Create(ctx, First{Passphrase: anybody()}); err != nil {
		t.Errorf("a vault without a keyring: %v", err)
	}
}

func session(t *testing.T) (*dbus.Conn, dbus.ObjectPath) {
	t.Helper()
	bus, collection, err := findCollection(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Close() })
	return bus, collection
}

// items counts the secrets in the keyring.
func items(t *testing.T) int {
	t.Helper()
	bus, collection := session(t)
	property, err := bus.Object(secretsName, collection).GetProperty(secretsCollection + ".Items")
	if err != nil {
		t.Fatal(err)
	}
	return len(property.Value().([]dbus.ObjectPath))
}

func lockKeyring(t *testing.T) {
	t.Helper()
	bus, collection := session(t)
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := bus.Object(secretsName, secretsPath).
		Call(secretsService+".Lock", 0, []dbus.ObjectPath{collection}).Store(&locked, &prompt)
	if err != nil || len(locked) != 1 {
		t.Fatalf("lock the keyring: %v, %v", locked, err)
	}
}

func TestErrorsOfTheSystemsKeyring(t *testing.T) {
	for _, c := range []struct{ err, want error }{
		{keyring.ErrNotFound, ErrKeyringEmpty},
		{keyring.ErrUnsupportedPlatform, ErrKeyringMissing},
		{&exec.Error{Name: "dbus-launch", Err: exec.ErrNotFound}, ErrKeyringMissing},
		{&net.OpError{Op: "dial", Err: os.ErrNotExist}, ErrKeyringMissing},
		{dbus.Error{Name: "org.freedesktop.DBus.Error.ServiceUnknown"}, ErrKeyringMissing},
		{dbus.Error{Name: "org.freedesktop.DBus.Error.NoReply"}, ErrKeyringFailed},
		{os.ErrClosed, ErrKeyringFailed},
	} {
		wantError(t, translate(c.err), c.want)
	}
	if translate(nil) != nil {
		t.Error("nothing went wrong and is an error")
	}
}
