package server

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// kept is a data folder as a server leaves it that started once.
func kept(t *testing.T) string {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	ctx, stop := context.WithCancel(t.Context())
	said := &stopper{stop: stop}
	settings := DefaultSettings()
	settings.Data, settings.Listen = data, "127.0.0.1:0"
	if err := Serve(ctx, settings, Surroundings{Out: said, Err: said}); err != nil {
		t.Fatal(err)
	}
	return data
}

// stopper stops a server as soon as it is ready.
type stopper struct{ stop func() }

func (s *stopper) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("serving ")) {
		s.stop()
	}
	return len(p), nil
}

// examine runs the doctor, with its clock set as told.
func examine(t *testing.T, data string, now time.Time, arguments ...string) (string, error) {
	t.Helper()
	var out, said bytes.Buffer
	command := adminCommand(Surroundings{Out: &out, Err: &said, Now: func() time.Time { return now }}.filled())
	command.SetArgs(append([]string{"--data", data, "doctor"}, arguments...))
	command.SilenceErrors = true
	err := command.ExecuteContext(t.Context())
	return out.String(), err
}

func TestDoctor(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, data string)
		later  time.Duration
		amiss  string // what; empty: all is well
		says   string
	}{
		"all is well": {says: "opens what is sealed"},
		"other people read the database": {
			change: func(t *testing.T, data string) { mend(t, os.Chmod(filepath.Join(data, databaseFile), 0o644)) },
			amiss:  "permissions", says: "chmod go=",
		},
		"the server key is gone": {
			change: func(t *testing.T, data string) { mend(t, os.Remove(filepath.Join(data, serverKeyFile))) },
			amiss:  "key", says: "put back the copy",
		},
		"another server's key": {
			change: func(t *testing.T, data string) {
				mend(t, os.Rename(filepath.Join(kept(t), serverKeyFile), filepath.Join(data, serverKeyFile)))
			},
			amiss: "key", says: "not the one that belongs",
		},
		"another certificate": {
			change: func(t *testing.T, data string) {
				mend(t, os.Rename(filepath.Join(kept(t), certificateFile), filepath.Join(data, certificateFile)))
			},
			amiss: "certificate", says: "do not belong together",
		},
		"the certificate's key is gone": {
			change: func(t *testing.T, data string) { mend(t, os.Remove(filepath.Join(data, tlsKeyFile))) },
			amiss:  "certificate", says: "put it back from a backup",
		},
		"the certificate ends": {later: ownLife - 24*time.Hour, amiss: "certificate", says: "renew it"},
		"the clock is behind":  {later: -2 * time.Minute, amiss: "clock", says: "set the clock"},
		"the database is damaged": {
			change: func(t *testing.T, data string) {
				path := filepath.Join(data, databaseFile)
				content, err := os.ReadFile(path)
				mend(t, err)
				for i := len(content) / 2; i < len(content); i++ {
					content[i] = 0xa5
				}
				mend(t, os.WriteFile(path, content, 0o600))
			},
			amiss: "database", says: "damaged",
		},
		"there is no database": {
			change: func(t *testing.T, data string) { mend(t, os.Remove(filepath.Join(data, databaseFile))) },
			amiss:  "database", says: "no server in this folder",
		},
	} {
		t.Run(name, func(t *testing.T) {
			data := kept(t)
			if test.change != nil {
				test.change(t, data)
			}
			text, err := examine(t, data, time.Now().Add(test.later))
			if test.amiss == "" {
				if err != nil || strings.Contains(text, "AMISS") || strings.Count(text, "\n") != 9 {
					t.Errorf("all is well, but %v:\n%s", err, text)
				}
				return
			}
			found := false
			for line := range strings.Lines(text) {
				fields := strings.Fields(line)
				found = found || fields[0] == "AMISS" && fields[1] == test.amiss && strings.Contains(line, test.says)
			}
			if !errors.Is(err, ErrUnwell) || !found {
				t.Errorf("%s is not found amiss, %v:\n%s", test.amiss, err, text)
			}
		})
	}
}

// mend is for what the test itself does.
func mend(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The end of the administrator's own certificate is looked at where it is
// named.
func TestDoctorLooksAtTheNamedCertificate(t *testing.T) {
	data, elsewhere := kept(t), kept(t)
	text, err := examine(t, data, time.Now(), "--tls-cert", filepath.Join(elsewhere, certificateFile))
	if err != nil || !strings.Contains(text, "valid until") {
		t.Errorf("a good certificate gives %v:\n%s", err, text)
	}
	text, err = examine(t, data, time.Now(), "--tls-cert", filepath.Join(elsewhere, "none.crt"))
	if !errors.Is(err, ErrUnwell) || !strings.Contains(text, "none.crt") {
		t.Errorf("a missing certificate gives %v:\n%s", err, text)
	}
}
