package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sleutelbos/server/identity"
	"sleutelbos/server/store/storetest"
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
				if err != nil || strings.Contains(text, "AMISS") || strings.Count(text, "\n") != 11 {
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

// What is kept beside the database: backups and signed heads, and that every
// server was updated.
func TestDoctorLooksAtWhatIsKept(t *testing.T) {
	data := kept(t)
	now, day := time.Now(), 24*time.Hour
	told := func(at time.Time, want string, arguments ...string) {
		t.Helper()
		text, err := examine(t, data, at, arguments...)
		found := false
		for line := range strings.Lines(text) {
			found = found || strings.Contains(strings.Join(strings.Fields(line), " "), want)
		}
		if !found || strings.HasPrefix(want, "AMISS") != errors.Is(err, ErrUnwell) {
			t.Errorf("no line %q, %v:\n%s", want, err, text)
		}
	}
	told(now, "ok backup none was made yet")
	told(now.Add(8*day), "AMISS backup none was ever made")
	told(now.Add(8*day), "ok certificate", "--backup-days", "0")
	command := adminCommand(Surroundings{Out: io.Discard, Err: io.Discard}.filled())
	command.SetArgs([]string{"--data", data, "backup", filepath.Join(t.TempDir(), "copy.db")})
	mend(t, command.ExecuteContext(t.Context()))
	now = time.Now() // of after the audit row of the backup, which may take its time
	told(now.Add(6*day), "ok backup the last one is of")
	told(now.Add(8*day), "AMISS backup the last one is of")
	told(now.Add(8*day), "ok backup the last one is of", "--backup-days", "9")

	heads := filepath.Join(t.TempDir(), "heads.jsonl")
	written := func(at time.Time) {
		line, err := json.Marshal(identity.AuditHead{Time: at, Chain: 1, Sequence: 1})
		mend(t, err)
		mend(t, appendLines(heads, append(line, '\n')))
	}
	told(now, "ok audit heads not looked at")
	told(now, "AMISS audit heads "+heads+" holds none", "--audit-heads", heads)
	written(now.Add(-time.Hour))
	told(now, "AMISS audit heads the last one is of", "--audit-heads", heads)
	written(now)
	mend(t, appendLines(heads, []byte(`{"time":"2026-`))) // cut short by a loss of power
	told(now, "ok audit heads the last one is of", "--audit-heads", heads)

	database := filepath.Join(data, databaseFile)
	storetest.Exec(t, database, "INSERT INTO nodes (id, host, started, seen, keys, seals) VALUES ('x', 'oldtimer', 1, $1, '', '')", now.UnixMilli())
	told(now, "AMISS servers an older program than the tables need runs on oldtimer")
	storetest.Exec(t, database, "UPDATE nodes SET makes = 1000")
	told(now, "ok servers 1 run, all of this version of the tables: oldtimer")
}

// A certificate of a public authority is looked at where it is kept.
func TestDoctorLooksAtTheAuthoritysCertificate(t *testing.T) {
	data := kept(t)
	own, err := os.ReadFile(filepath.Join(data, certificateFile))
	mend(t, err)
	mend(t, os.Mkdir(filepath.Join(data, acmeFolder), 0o700))
	mend(t, os.WriteFile(filepath.Join(data, acmeFolder, "codes.example.org"), own, 0o600))
	mend(t, os.WriteFile(filepath.Join(data, acmeFolder, "acme_account+key"), []byte("none of it"), 0o600))
	storetest.Exec(t, filepath.Join(data, databaseFile), `UPDATE settings SET value = CAST(replace(CAST(value AS TEXT), '"fingerprint":"sha256:', '"fingerprint":"","was":"') AS BLOB) WHERE name = 'organisation'`)
	text, err := examine(t, data, time.Now())
	if err != nil || !strings.Contains(text, "of localhost, valid until") {
		t.Errorf("a good certificate gives %v:\n%s", err, text)
	}
	text, err = examine(t, data, time.Now().Add(ownLife-24*time.Hour), "--backup-days", "0")
	if !errors.Is(err, ErrUnwell) || !strings.Contains(text, "the server renews localhost by itself") {
		t.Errorf("one that ends gives %v:\n%s", err, text)
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
