package carry

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sleutelbos/enroll/migrate"
	"sleutelbos/enroll/scan"
	"sleutelbos/vault"
)

// Source is one file as it was handed over.
type Source struct {
	Name    string // without its folder
	Content []byte
}

// ReadSources reads files, none of them beyond the bounds.
func ReadSources(paths []string) ([]Source, error) {
	all := make([]Source, 0, len(paths))
	for _, path := range paths {
		content, err := readBounded(path)
		if err != nil {
			return nil, err
		}
		all = append(all, Source{filepath.Base(path), content})
	}
	return all, nil
}

func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	bound := int64(migrate.DefaultLimits().File)
	content, err := io.ReadAll(io.LimitReader(file, bound+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	if int64(len(content)) > bound {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), migrate.ErrTooLarge)
	}
	return content, nil
}

// lists makes of all sources what can be read as lists: the QR codes of all
// pictures are one list, since one list may lie in several pictures.
func lists(ctx context.Context, sources []Source) ([]Source, error) {
	var texts []Source
	var codes bytes.Buffer
	var parts []scan.Found
	name := ""
	for _, s := range sources {
		if vault.IsVault(s.Content) || !isPicture(s.Content) {
			texts = append(texts, s)
			continue
		}
		found, err := scan.ReadContent(ctx, s.Content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		name = s.Name
		for _, f := range found {
			if !f.Part.Alone() {
				parts = append(parts, f)
				continue
			}
			codes.WriteString(f.Text + "\n")
		}
	}
	whole, _ := scan.Join(parts)
	for _, f := range whole {
		codes.WriteString(f.Text + "\n")
	}
	if codes.Len() > 0 {
		texts = append(texts, Source{name, codes.Bytes()})
	}
	return texts, nil
}

// isPicture tells a picture by how it begins.
func isPicture(content []byte) bool {
	for _, start := range []string{"\x89PNG\r\n", "\xff\xd8\xff", "GIF8", "BM", "II*\x00", "MM\x00*", "RIFF"} {
		if bytes.HasPrefix(content, []byte(start)) {
			return true
		}
	}
	return false
}
