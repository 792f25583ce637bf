package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"sleutelbos/server/identity"
)

const (
	leastRoom      = 256 << 20           // bytes; a backup needs as much as the database besides
	certificateEnd = 14 * 24 * time.Hour // a certificate that ends sooner needs somebody
)

// finding is one line of the doctor. What is not well says what to do.
type finding struct {
	what string
	text string
	well bool
}

// doctor looks at a data folder and changes nothing in it. Each look stands
// alone, so that one thing amiss does not hide the next.
type doctor struct {
	folder      Folder
	options     identity.Options
	certificate string // of --tls files; empty: the server's own
	heads       string // the file of serve --audit-heads; empty: not told
	backupDays  int    // how old the last backup may be; 0: it is not looked at
	examined    identity.Examined
	found       []finding
}

func (d *doctor) well(what, format string, arguments ...any) {
	d.found = append(d.found, finding{what, fmt.Sprintf(format, arguments...), true})
}

func (d *doctor) amiss(what, format string, arguments ...any) {
	text := strings.ReplaceAll(fmt.Sprintf(format, arguments...), "\n", " ") // one line each
	d.found = append(d.found, finding{what, text, false})
}

func (d *doctor) examine(ctx context.Context) []finding {
	address, err := d.folder.address()
	switch {
	case err != nil:
		d.amiss("database", "%v", err)
	case address != "":
		d.lookAtPostgres(ctx, address)
	case d.lookForDatabase():
		d.lookAtDatabase(ctx, d.lookAtKey())
	}
	d.lookAtServers()
	d.lookAtJobs()
	d.lookAtMail()
	d.lookAtHeads()
	d.lookAtBackup()
	d.lookAtClock()
	d.lookAtCertificate()
	d.lookAtPermissions()
	d.lookAtRoom()
	return d.found
}

func (d *doctor) lookForDatabase() bool {
	_, err := os.Stat(d.folder.path(databaseFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.amiss("database", "%v", ErrNoServer)
	case err != nil:
		d.amiss("database", "%v", err)
	}
	return err == nil
}

func (d *doctor) lookAtKey() *identity.ServerKey {
	key, err := d.folder.presentKey(d.options)
	if err != nil {
		d.amiss("key", "%v", err)
		return nil
	}
	return key
}

// lookAtDatabase reads it whole. Without a key it still tells whether it is
// damaged.
func (d *doctor) lookAtDatabase(ctx context.Context, key *identity.ServerKey) {
	found, err := identity.Examine(ctx, d.folder.path(databaseFile), key, d.options.Now())
	d.tellDatabase(found, err, key, "whole")
}

// tellDatabase says what was found; how is what can be said of a good one.
func (d *doctor) tellDatabase(found identity.Examined, err error, key *identity.ServerKey, how string) {
	d.examined = found
	switch {
	case errors.Is(err, identity.ErrWrongServerKey), errors.Is(err, identity.ErrKeyMissing):
		d.amiss("key", "%v", err)
	case err == nil && key != nil:
		d.well("key", "%s opens what is sealed in the database", key.ID())
	}
	switch {
	case err != nil && !errors.Is(err, identity.ErrWrongServerKey) && !errors.Is(err, identity.ErrKeyMissing):
		d.amiss("database", "%v", err)
		return
	case found.Old:
		d.amiss("database", "%s, but its tables are of version %d; start the server of this version, which brings them up to date", how, found.Version)
	default:
		d.well("database", "%s, its tables are of version %d", how, found.Version)
	}
	if found.Settings.URL == "" {
		d.amiss("address", "none is recorded; start the server once with --url")
		return
	}
	d.well("address", "%s (%s), %s", found.Settings.URL, found.Settings.Environment,
		either(found.Settings.Fingerprint, "no fingerprint, since an authority or a proxy vouches for it"))
}

// lookAtClock compares the clock with the newest line of the audit log, which
// cannot be of a time to come.
func (d *doctor) lookAtClock() {
	now := d.options.Now()
	switch ahead := d.examined.Newest.Sub(now); {
	case identity.CheckClock(now) != nil:
		d.amiss("clock", "%v", identity.ErrClock)
	case ahead > time.Second:
		d.amiss("clock", "%s behind the newest line of the audit log; set the clock", ahead.Round(time.Second))
	default:
		d.well("clock", "%s, not behind the audit log; %s", now.Local().Format(timeForm),
			either(when(inStep(), "the system keeps it in step"), "compare it with another clock, as by timedatectl"))
	}
}

// lookAtPermissions finds files that others than this user may read or write.
func (d *doctor) lookAtPermissions() {
	const what = "permissions"
	if runtime.GOOS == "windows" {
		d.well(what, "left to the system here")
		return
	}
	open := 0
	paths := []string{either(d.folder.ServerKey.File, d.folder.path(serverKeyFile))}
	if d.folder.Data != "" {
		paths = append(paths, d.folder.Data, d.folder.path(databaseFile), d.folder.path(databaseFile)+"-wal", d.folder.path(tlsKeyFile))
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			open++
			d.amiss(what, "others may use %s (mode %04o); take that away: chmod go= %s", filepath.Base(path), info.Mode().Perm(), path)
		}
	}
	if open+d.lookAtOwners() == 0 {
		d.well(what, "only their owner reads the keys and what else there is")
	}
}

// lookAtOwners finds what root left behind, which the server cannot open, and
// counts it.
func (d *doctor) lookAtOwners() (foreign int) {
	user, _, known := owner(d.folder.Data)
	entries, err := os.ReadDir(d.folder.Data)
	if !known || err != nil {
		return 0
	}
	for _, entry := range entries {
		path := d.folder.path(entry.Name())
		if whose, _, known := owner(path); known && whose != user {
			foreign++
			d.amiss("permissions", "%s belongs to another user than the data folder; chown --reference=%s %s", entry.Name(), d.folder.Data, path)
		}
	}
	return foreign
}

func (d *doctor) lookAtRoom() {
	const what = "disk"
	if d.folder.Data == "" {
		return // the database's disk is another machine's
	}
	free, err := room(d.folder.Data)
	if err != nil {
		d.amiss(what, "%v", err)
		return
	}
	need := uint64(leastRoom)
	if info, err := os.Stat(d.folder.path(databaseFile)); err == nil {
		need = max(need, 2*uint64(info.Size()))
	}
	if free < need {
		d.amiss(what, "%d MB are free, at least %d MB should be; make room", free>>20, need>>20)
		return
	}
	d.well(what, "%d MB are free", free>>20)
}
