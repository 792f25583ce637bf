package carry

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sleutelbos/enroll/migrate"
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

// isPicture tells a picture by how it begins.
func isPicture(content []byte) bool {
	for _, start := range []string{"\x89PNG\r\n", "\xff\xd8\xff", "GIF8", "BM", "II*\x00", "MM\x00*", "RIFF"} {
		if bytes.HasPrefix(content, []byte(start)) {
			return true
		}
	}
	return false
}
