package server

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func own(t *testing.T, f Folder, now time.Time, names ...string) (tls.Certificate, string) {
	t.Helper()
	certificate, fingerprint, err := ownCertificate(f, names, now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := certificate.Leaf.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	return certificate, fingerprint
}

func TestOwnCertificate(t *testing.T) {
	f := Folder{Data: t.TempDir()}
	first, fingerprint := own(t, f, noon(), "localhost", "127.0.0.1")
	for what, c := range map[string]struct {
		later time.Duration
		names []string
		same  bool
	}{
		"again":           {time.Hour, []string{"localhost"}, true},
		"another name":    {time.Hour, []string{"codes.example.org"}, false},
		"near its end":    {ownLife - 24*time.Hour, []string{"localhost"}, false},
		"before it began": {-48 * time.Hour, []string{"localhost"}, false},
	} {
		t.Run(what, func(t *testing.T) {
			if err := writeFile(f.path(certificateFile), pemOf(first)); err != nil {
				t.Fatal(err)
			}
			next, kept := own(t, f, noon().Add(c.later), c.names...)
			if kept != fingerprint {
				t.Error("the fingerprint changed")
			}
			if same := slices.Equal(next.Certificate[0], first.Certificate[0]); same != c.same {
				t.Errorf("the same certificate: %v, want %v", same, c.same)
			}
			if now := noon().Add(c.later); now.Before(next.Leaf.NotBefore) || now.After(next.Leaf.NotAfter) {
				t.Error("the certificate is not valid now")
			}
		})
	}
	for _, name := range []string{tlsKeyFile, certificateFile} {
		info, err := os.Stat(f.path(name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
}

func TestOwnCertificateNeverReplacesAKeyItCannotRead(t *testing.T) {
	f := Folder{Data: t.TempDir()}
	for _, content := range []string{"", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		if err := writeFile(f.path(tlsKeyFile), []byte(content)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ownCertificate(f, []string{"localhost"}, noon(), rand.Reader); !errors.Is(err, ErrCertificateFile) {
			t.Errorf("%q gives %v", content, err)
		}
		if kept, _ := os.ReadFile(f.path(tlsKeyFile)); string(kept) != content {
			t.Error("the file was written over")
		}
	}
}

func TestCertificateNames(t *testing.T) {
	for _, c := range []struct {
		url, listen string
		want        []string
	}{
		{"https://Codes.example.org:8443", "0.0.0.0:8443", []string{"codes.example.org", "localhost", "127.0.0.1", "::1"}},
		{"https://127.0.0.1:8443", "127.0.0.1:8443", []string{"127.0.0.1", "localhost", "::1"}},
		{"https://10.0.0.7:8443", "10.0.0.7:8443", []string{"10.0.0.7"}},
		{"https://localhost:1", ":1", []string{"localhost", "127.0.0.1", "::1"}},
	} {
		if got := certificateNames(c.url, c.listen); !slices.Equal(got, c.want) {
			t.Errorf("%s on %s: %v, want %v", c.url, c.listen, got, c.want)
		}
	}
}

// A renewed pair is used within a minute; half a pair leaves the former.
func TestFilePairFollowsItsFiles(t *testing.T) {
	one, two, served := Folder{Data: t.TempDir()}, Folder{Data: t.TempDir()}, Folder{Data: t.TempDir()}
	first, _ := own(t, one, noon(), "localhost")
	second, _ := own(t, two, noon(), "localhost")
	now := noon()
	install := func(from Folder, name string, age time.Duration) {
		content, err := os.ReadFile(from.path(name))
		if err == nil {
			err = errors.Join(writeFile(served.path(name), content), os.Chtimes(served.path(name), noon().Add(age), noon().Add(age)))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	install(one, tlsKeyFile, 0)
	install(one, certificateFile, 0)
	pair := &filePair{
		certificate: served.path(certificateFile), key: served.path(tlsKeyFile),
		now: func() time.Time { return now }, log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if err := pair.load(); err != nil {
		t.Fatal(err)
	}
	serves := func(want tls.Certificate) {
		t.Helper()
		got, err := pair.get(nil)
		if err != nil || !slices.Equal(got.Certificate[0], want.Certificate[0]) {
			t.Errorf("serves another certificate, %v", err)
		}
	}
	serves(first)
	install(two, certificateFile, time.Second)
	now = now.Add(filePairEvery)
	serves(first) // the key is still the former
	install(two, tlsKeyFile, 2*time.Second)
	serves(first) // not looked at yet
	now = now.Add(filePairEvery)
	serves(second)
	if err := os.Remove(served.path(tlsKeyFile)); err != nil {
		t.Fatal(err)
	}
	now = now.Add(filePairEvery)
	serves(second)
	absent := &filePair{certificate: filepath.Join(t.TempDir(), "x"), key: "y", now: pair.now, log: pair.log}
	if err := absent.load(); err == nil {
		t.Error("files that are not there are taken at the start")
	}
}

func pemOf(c tls.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
}
