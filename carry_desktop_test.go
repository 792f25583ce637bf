//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Somebody with codes elsewhere, in Dutch, in the dark: what is dropped on the
// window is a list to tick, it is brought in with one key, and copied to the
// folder of the copies by itself.
func TestListsFromElsewhere(t *testing.T) {
	binary := desktop(t)
	s := newSession(t, "van-elders", true, "FYNE_THEME=dark")
	s.fill(binary, 3)
	copies := filepath.Join(s.home, "kopieën")
	if err := os.Mkdir(copies, 0o700); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(context.Background(), binary, args...)
		cmd.Env = s.env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
		return string(out)
	}
	run("backup", "--every", copies)
	copied := func() []byte {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(copies, "*.sleutelbos"))
		if err != nil || len(names) != 1 {
			t.Fatalf("the copies are %v, %v", names, err)
		}
		content, err := os.ReadFile(names[0])
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	first := copied()

	var list bytes.Buffer
	for i := range 40 {
		fmt.Fprintf(&list, "otpauth://totp/Dienst%%20%02d:j.devries%%40delinde.nl?secret=MFRGGZDFMZTWQ2L%c\n", i, 'A'+i%26)
	}
	list.WriteString("otpauth://totp/Stuk:jan?secret=1\n")
	file := filepath.Join(s.home, "codes van mijn telefoon.txt")
	if err := os.WriteFile(file, list.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	w := s.openWindow(binary, "--lang", "nl")
	w.waitFor("Codes – ")
	w.dropFiles(file)
	w.waitFor("Codes binnenhalen")
	w.key("Down", "Down", "space") // the third stays where it is
	w.shoot()
	w.key("Return")
	w.waitFor("26 sleutels zijn binnengehaald")
	before := w.picture()
	w.key("Tab")
	if alike(before, w.picture()) {
		t.Error("nothing shows where the focus is")
	}
	w.key("Tab", "Return") // to the codes
	w.waitFor("Codes – ")
	eventually(t, "the copy of what came", func() bool { return !bytes.Equal(copied(), first) })
	if got := strings.Count(run("list"), "Dienst"); got != 25 {
		t.Errorf("%d came", got)
	}
	w.close()
}
