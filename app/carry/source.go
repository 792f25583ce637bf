package carry

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

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
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: syscall.EISDIR}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	s, err := ReadSource(filepath.Base(path), file)
	return s.Content, err
}

// ReadSource reads what stands in no file, such as standard input.
func ReadSource(name string, from io.Reader) (Source, error) {
	bound := int64(migrate.DefaultLimits().File)
	content, err := io.ReadAll(io.LimitReader(from, bound+1))
	if err != nil {
		return Source{}, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(content)) > bound {
		return Source{}, fmt.Errorf("%s: %w", name, migrate.ErrTooLarge)
	}
	return Source{name, content}, nil
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
