package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// The built binaries that these tests drive: given by make, else built once.
var (
	staticBinary  = sync.OnceValues(func() (string, error) { return built("SLEUTELBOS_TEST_STATIC", "0", "") })
	desktopBinary = sync.OnceValues(func() (string, error) {
		return built("SLEUTELBOS_TEST_DESKTOP", "1", "x11,gles,migrated_fynedo")
	})
	buildFolder = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "sleutelbos-test") })
)

func TestMain(m *testing.M) {
	status := m.Run()
	if folder, err := buildFolder(); err == nil {
		_ = os.RemoveAll(folder)
	}
	os.Exit(status)
}

func built(variable, cgo, tags string) (string, error) {
	if path := os.Getenv(variable); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("%s: %w", variable, err)
		}
		return path, nil
	}
	folder, err := buildFolder()
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "sleutelbos-"+cgo)
	cmd := exec.CommandContext(context.Background(), "go", "build", "-tags", tags, "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
}

func static(t testing.TB) string {
	t.Helper()
	path, err := staticBinary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// need finds programs that a test uses; one that is missing skips the test on a
// laptop and fails it in CI.
func need(t testing.TB, programs ...string) {
	t.Helper()
	for _, name := range programs {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is missing; scripts/packages test installs it", name)
		}
		t.Skipf("%s is missing; scripts/packages test installs it", name)
	}
}
