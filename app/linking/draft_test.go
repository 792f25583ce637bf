package linking_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sleutelbos/app/linking"
	"sleutelbos/enroll"
)

func TestDraftRoundTrip(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "not made yet")
	if got := linking.LoadDraft(folder); got != (linking.Draft{}) {
		t.Errorf("no draft reads as %+v", got)
	}
	for step := 1; step <= 4; step++ {
		draft := linking.Draft{
			Server: "https://codes.example.org", Fingerprint: "sha256:" + strings.Repeat("ab", 32), User: "anna",
			Step: step, Accepted: enroll.Accepted{Privacy: "p1", Terms: "t1"},
		}
		if err := draft.Save(folder); err != nil {
			t.Fatal(err)
		}
		if got := linking.LoadDraft(folder); got != draft {
			t.Errorf("read %+v, saved %+v", got, draft)
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 {
		t.Fatalf("the folder holds %v, %v", files, err)
	}
	if info, err := files[0].Info(); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the draft has mode %v, %v", info.Mode(), err)
	}
	for range 2 { // nothing to forget is no error
		if err := linking.DropDraft(folder); err != nil {
			t.Fatal(err)
		}
	}
	if got := linking.LoadDraft(folder); got != (linking.Draft{}) {
		t.Errorf("a dropped draft reads as %+v", got)
	}
}

func TestADraftThatCannotBeReadStartsAnew(t *testing.T) {
	for name, content := range map[string]string{
		"cut off":        `{"server":"https://codes.exam`,
		"empty":          ``,
		"another shape":  `["server"]`,
		"no such step":   `{"server":"https://codes.example.org","step":9,"accepted":{}}`,
		"a step of none": `{"server":"https://codes.example.org","step":0,"accepted":{}}`,
		"not UTF-8":      "\xff\xfe",
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.WriteFile(filepath.Join(folder, "linking.json"), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := linking.LoadDraft(folder); got != (linking.Draft{}) {
				t.Errorf("read %+v", got)
			}
			if err := (linking.Draft{Server: "https://codes.example.org", Step: 1}).Save(folder); err != nil {
				t.Errorf("a new draft in its place: %v", err)
			}
		})
	}
}

func TestADraftWithNowhereToGo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (linking.Draft{Step: 1}).Save(file); err == nil {
		t.Error("a draft was kept in a file that is no folder")
	}
}
