package identity

import (
	"encoding/csv"
	"fmt"
	"io"
	"time"
)

// WriteAuditCSV writes lines of the audit log as CSV, in UTF-8, with times of a
// zone. No spreadsheet takes a cell for a formula.
func WriteAuditCSV(w io.Writer, lines []AuditSeen, zone *time.Location) error {
	rows := [][]string{{"time", "kind", "outcome", "user", "name", "by", "about", "detail", "reference"}}
	for _, l := range lines {
		by := l.By
		if by == "" {
			by = l.Actor
		}
		user := l.User
		if user == "" {
			user = l.Person
		}
		rows = append(rows, []string{l.Time.In(zone).Format(time.RFC3339), l.Kind, l.Outcome, user, l.Name, by, l.Target, l.Detail, l.Reference})
	}
	return writeCSV(w, rows)
}

func writeCSV(w io.Writer, rows [][]string) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("write a file: %w", err)
	}
	writer := csv.NewWriter(w)
	for _, row := range rows {
		for i := range row {
			row[i] = safeCell(row[i])
		}
		if err := writer.Write(row); err != nil {
			return fmt.Errorf("write a file: %w", err)
		}
	}
	writer.Flush()
	return writer.Error()
}
