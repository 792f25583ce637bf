package server

import (
	"errors"
	"io/fs"
	"strings"
	"time"

	"sleutelbos/server/identity"
)

// headLate is how far the newest line of the audit log may be beyond the last
// signed head.
const headLate = 15 * time.Minute

// lookAtServers finds servers that were not updated with the others.
func (d *doctor) lookAtServers() {
	const what = "servers"
	switch e := d.examined; {
	case len(e.Behind) > 0:
		d.amiss(what, "an older program than the tables need runs on %s; replace it there too", strings.Join(e.Behind, ", "))
	case len(e.Servers) > 0:
		d.well(what, "%d run, all of this version of the tables: %s", len(e.Servers), strings.Join(e.Servers, ", "))
	}
}

// lookAtHeads compares the last signed head with the newest line of the audit
// log: what was written since can be cut off unseen.
func (d *doctor) lookAtHeads() {
	const what = "audit heads"
	if d.heads == "" {
		d.well(what, "not looked at; name the file of serve --audit-heads by --audit-heads. Without such a file a cut-off end of the audit log does not show")
		return
	}
	last, err := lastHead(d.heads)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && last == nil:
		d.amiss(what, "%s holds none; is it the file of serve --audit-heads, and does the server run?", d.heads)
	case err != nil:
		d.amiss(what, "%v", err)
	case d.examined.Newest.Sub(last.Time) > headLate:
		d.amiss(what, "the last one is of %s, %s before the newest line of the audit log; see the server's log for why none is written",
			last.Time.Local().Format(timeForm), d.examined.Newest.Sub(last.Time).Round(time.Minute))
	default:
		d.well(what, "the last one is of %s; audit verify --head checks them", last.Time.Local().Format(timeForm))
	}
}

// lookAtBackup finds out how old the last backup is. A PostgreSQL is copied by
// other means: of those this program knows what it is told.
func (d *doctor) lookAtBackup() {
	const what, day = "backup", 24 * time.Hour
	address, err := d.folder.address()
	if d.backupDays == 0 || err != nil || d.examined.Began.IsZero() {
		return
	}
	now, may := d.options.Now(), time.Duration(d.backupDays)*day
	switch last := d.examined.Backup; {
	case last.IsZero() && address != "":
		d.well(what, "not looked at; PostgreSQL is copied by its own means. Have the script that does say so each time: admin backup --made")
	case last.IsZero() && now.Sub(d.examined.Began) > may:
		d.amiss(what, "none was ever made by admin backup; make one, or leave this out by --backup-days 0 where backups are made in another way")
	case last.IsZero():
		d.well(what, "none was made yet; make one each night: admin backup FILE")
	case now.Sub(last) > may:
		d.amiss(what, "the last one is of %s, more than %d days ago; see why none is made", last.Local().Format(timeForm), d.backupDays)
	default:
		d.well(what, "the last one is of %s", last.Local().Format(timeForm))
	}
}

// backupDays is how old a backup may be.
const backupDays = int(identity.BackupOld / (24 * time.Hour))
