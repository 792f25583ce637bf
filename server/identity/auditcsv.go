package identity

import (
	"context"
	"io"
	"time"
)

// WriteAuditCSV writes lines of the audit log as CSV, in UTF-8, with times of a
// zone.
func WriteAuditCSV(w io.Writer, lines []AuditSeen, zone *time.Location) error {
	file := newAuditFile(w)
	file.audit(lines, zone)
	return file.end(nil)
}

// ExportAudit writes all that is found in the audit log as [WriteAuditCSV] does,
// while it is read.
func (d *Desk) ExportAudit(ctx context.Context, by Actor, w io.Writer, s AuditSearch, zone *time.Location) error {
	file := newAuditFile(w)
	for s.Limit = auditMost; ; {
		found, err := d.FindAudit(ctx, by, s)
		file.audit(found.Lines, zone)
		if s.Before = found.Next; err != nil || found.Next == 0 || file.Error() != nil {
			return file.end(err)
		}
	}
}

func newAuditFile(w io.Writer) *csvFile {
	return newCSVFile(w, "time", "kind", "outcome", "user", "name", "by", "about", "detail", "reference")
}

func (f *csvFile) audit(lines []AuditSeen, zone *time.Location) {
	for _, l := range lines {
		by := l.By
		if by == "" {
			by = l.Actor
		}
		user := l.User
		if user == "" {
			user = l.Person
		}
		f.row(l.Time.In(zone).Format(time.RFC3339), l.Kind, l.Outcome, user, l.Name, by, l.Target, l.Detail, l.Reference)
	}
}
