package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// listedPackage is what "go list -json" says that these tests ask.
type listedPackage struct {
	ImportPath   string
	Doc          string
	Imports      []string
	TestGoFiles  []string
	XTestGoFiles []string
}

func goList(t *testing.T, cgo string, args ...string) []listedPackage {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), "go", append([]string{"list", "-json=ImportPath,Doc,Imports,TestGoFiles,XTestGoFiles"}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []listedPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// forbidden are the imports that the architecture rules out, and why.
var forbidden = []struct{ from, to, why string }{
	{"sleutelbos/server", "sleutelbos/app", "the server knows nothing of the desktop program"},
	{"sleutelbos/server", "sleutelbos/vault", "a person's vault is none of the server's business"},
	{"sleutelbos/server", "sleutelbos/enroll/scan", "of what both sides agree on, the server needs the root only; the letter's QR code is drawn in the server's own package"},
	{"sleutelbos/server", "fyne.io/", "the server runs where there is no window"},
	{"sleutelbos/app", "sleutelbos/server", "the app speaks with the server over the wire only"},
	{"sleutelbos/vault", "sleutelbos/app", "the vault is below the program that shows it"},
	{"sleutelbos/vault", "fyne.io/", "the vault is used by commands without a window"},
	{"sleutelbos/server", "sleutelbos/enroll/migrate", "of what both sides agree on, the server needs the root only"},
	{"sleutelbos/enroll/migrate", "sleutelbos/enroll/scan", "bytes in, entries out; whoever has a picture scans it first"},
	{"sleutelbos/enroll/migrate", "os", "it opens no file: whoever has one gives the bytes"},
	{"sleutelbos/enroll", "sleutelbos/app", "both sides depend on enroll; it depends on neither"},
	{"sleutelbos/enroll", "sleutelbos/server", "both sides depend on enroll; it depends on neither"},
	{"sleutelbos/enroll", "sleutelbos/vault", "keys are agreed on before anybody keeps them"},
	{"sleutelbos/enroll", "fyne.io/", "enroll is part of the static build"},
	{"sleutelbos/app/linking", "fyne.io/", "window and command link the same way"},
	{"sleutelbos/app/capture", "fyne.io/", "pictures are fetched; the window shows"},
	{"sleutelbos/app/capture", "sleutelbos/vault", "what is fetched is nobody's yet"},
	{"sleutelbos/app/carry", "fyne.io/", "window and command bring codes in and take them out the same way"},
	{"sleutelbos/app/words", "fyne.io/", "window and command say the same words"},
	{"sleutelbos/app/ui", "fyne.io/fyne/v2/app", "the driver needs cgo and a display; the screens are tested without"},
	{"sleutelbos/server/identity", "net/http", "rules know no door"},
	{"sleutelbos/server/identity", "database/sql", "rules are not SQL"},
	{"sleutelbos/server/identity", "sleutelbos/server/api", "doors ask the desk, not the other way round"},
	{"sleutelbos/server/store", "sleutelbos/server/identity", "SQL holds no rules"},
	{"sleutelbos/server/store", "net/http", "SQL knows no door"},
	{"sleutelbos/server/api", "sleutelbos/server/store", "a door asks the desk and never reaches behind it"},
	{"sleutelbos/server/api", "database/sql", "a door asks the desk and never reaches behind it"},
	{"sleutelbos/server/pages", "sleutelbos/server/store", "a door asks the desk and never reaches behind it"},
	{"sleutelbos/server/pages", "database/sql", "a door asks the desk and never reaches behind it"},
	{"sleutelbos/server/pages", "sleutelbos/server/api", "doors know the desk, not each other"},
	{"sleutelbos/server/knock", "sleutelbos/", "what all doors share knows none of them"},
	{"sleutelbos/server/identity", "sleutelbos/server/message", "the desk says what is told to whom, and knows no mail server"},
	{"sleutelbos/server/message", "sleutelbos/server/store", "what goes out is asked of the desk"},
	{"sleutelbos/assets", "sleutelbos/", "texts and pictures depend on nothing of ours"},
}

// within tells whether a path is a package or below it; a prefix that ends in a
// slash stands for all below.
func within(path, prefix string) bool {
	if strings.HasSuffix(prefix, "/") {
		return strings.HasPrefix(path, prefix)
	}
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

func TestArrowsPointDown(t *testing.T) {
	packages := goList(t, "1", "-tags", "ci", "./...")
	if len(packages) < 10 {
		t.Fatalf("only %d packages were listed", len(packages))
	}
	for _, p := range packages {
		for _, imported := range p.Imports {
			for _, f := range forbidden {
				if within(p.ImportPath, f.from) && within(imported, f.to) {
					t.Errorf("%s imports %s: %s", p.ImportPath, imported, f.why)
				}
			}
			if imported == "fyne.io/fyne/v2/app" && p.ImportPath != "sleutelbos/app" {
				t.Errorf("%s imports Fyne's driver; only app does, in one file", p.ImportPath)
			}
			if within(imported, "fyne.io") && p.ImportPath != "sleutelbos/app" && p.ImportPath != "sleutelbos/app/ui" {
				t.Errorf("%s imports %s; only the screens and the driver's file know Fyne", p.ImportPath, imported)
			}
		}
	}
}

func TestEveryPackageIsDocumented(t *testing.T) {
	for _, p := range goList(t, "1", "-tags", "ci", "./...") {
		if len(strings.Fields(p.Doc)) < 8 {
			t.Errorf("%s has no doc that says what it is: %q", p.ImportPath, p.Doc)
		}
	}
}

func TestStaticBuildHasNoFyne(t *testing.T) {
	for _, p := range goList(t, "0", "-deps", ".") {
		if within(p.ImportPath, "fyne.io") || strings.Contains(p.ImportPath, "go-gl") {
			t.Errorf("the static build holds %s", p.ImportPath)
		}
	}
	info, err := os.Stat(static(t))
	if err != nil {
		t.Fatal(err)
	}
	if size := info.Size(); size > 30_000_000 && os.Getenv("SLEUTELBOS_TEST_STATIC") != "" {
		t.Errorf("the static build is %d bytes; 30,000,000 is the bound", size)
	}
}
