package storetest

import (
	"fmt"
	"strings"
	"testing"
)

// Dump is everything that stands in the tables with the column, as text, in
// which a test looks for what must not be there.
func Dump(t testing.TB, address, column string) string {
	t.Helper()
	db := openAny(t, address)
	defer func() { _ = db.Close() }()
	var all strings.Builder
	for _, table := range TablesWith(t, address, column) {
		rows, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for _, value := range values {
				fmt.Fprintf(&all, "%s %s\n", table, value)
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}
