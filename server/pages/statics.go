package pages

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"sleutelbos/assets"
)

const staticPath = "/static/"

// statics are the files that browsers keep. The address of each holds a
// fingerprint of its content, so it never changes and is never asked for twice.
type statics struct {
	at    map[string]string // name to address
	files map[string]file   // last part of the address to content
}

type file struct {
	kind    string
	content []byte
}

func kindOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	}
	return ""
}

func readStatics(from fs.FS) (statics, error) {
	s := statics{at: map[string]string{}, files: map[string]file{}}
	entries, err := fs.ReadDir(from, ".")
	if err != nil {
		return s, fmt.Errorf("list what pages show: %w", err)
	}
	for _, entry := range entries {
		kind := kindOf(entry.Name())
		if kind == "" {
			continue
		}
		content, err := fs.ReadFile(from, entry.Name())
		if err != nil {
			return s, fmt.Errorf("read what pages show: %w", err)
		}
		s.add(entry.Name(), kind, content)
	}
	s.add("icon.png", "image/png", assets.Icon())
	return s, nil
}

func (s statics) add(name, kind string, content []byte) {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	stamped := strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:6]) + ext
	s.at[name] = staticPath + stamped
	s.files[stamped] = file{kind, content}
}

// path is the address of a file, for templates. A file that is not there is an
// error, so that a slip shows in the first test.
func (s statics) path(name string) (string, error) {
	at, ok := s.at[name]
	if !ok {
		return "", fmt.Errorf("there is no file %q", name)
	}
	return at, nil
}

func (d *door) static(w http.ResponseWriter, r *http.Request) {
	found, ok := d.statics.files[r.PathValue("name")]
	if !ok {
		// An older page asks for an older file; the page is what must be new.
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		http.Error(w, "gone", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", found.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(found.content))
}
