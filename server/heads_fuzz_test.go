package server

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sleutelbos/server/identity"
)

// Whatever stands in a file of heads is read without a panic, and what is read
// can be written and read again.
func FuzzReadHeads(f *testing.F) {
	f.Add([]byte(`{"time":"2026-11-22T14:00:00Z","key":"0011223344556677","place":3,"chain":1,"sequence":3,"mac":"00","signature":"ff"}` + "\n"))
	f.Add([]byte("{\"time\":\"2026-11-22T14:00:0\n\n{}\n"))
	f.Add([]byte("null\n[]\n\x00"))
	path := filepath.Join(f.TempDir(), "heads.jsonl")
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		heads, _, err := readHeads(path)
		if err != nil {
			return
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		var lines []byte
		for _, head := range heads {
			line, err := json.Marshal(head)
			if err != nil {
				return // a time that JSON has no words for
			}
			lines = append(append(lines, line...), '\n')
		}
		if err := appendLines(path, lines); err != nil {
			t.Fatal(err)
		}
		again, short, err := readHeads(path)
		if err != nil || short != 0 || len(again) != len(heads) {
			t.Fatalf("of %d heads %d were read again, %d cut short, %v", len(heads), len(again), short, err)
		}
		for i := range heads {
			if !sameHead(heads[i], again[i]) {
				t.Fatalf("%v became %v", heads[i], again[i])
			}
		}
	})
}

func sameHead(a, b identity.AuditHead) bool {
	same := a.Time.Equal(b.Time)
	a.Time, b.Time = time.Time{}, time.Time{}
	return same && a == b
}
