package migrate

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// row is one line of a table, by the names of its columns.
type row struct {
	columns map[string]int
	cells   []string
}

// get gives the cell under a name; empty where there is none.
func (r row) get(column string) string {
	at, there := r.columns[column]
	if !there || at >= len(r.cells) {
		return ""
	}
	return r.cells[at]
}

// table gives the rows of a CSV text whose first row names the columns, whatever
// their order and case. Rows may have fewer or more cells than there are names.
func (j *job) table(text []byte, comma rune, do func(row) error) error {
	if n := bytes.Count(text, []byte(string(comma))); n > j.limits.Values {
		return fmt.Errorf("%w (more than %d cells)", ErrTooLarge, j.limits.Values)
	}
	text = trimText(text)
	reader := csv.NewReader(bytes.NewReader(text))
	reader.Comma, reader.FieldsPerRecord, reader.LazyQuotes = comma, -1, true
	var columns map[string]int
	for {
		cells, err := reader.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return damaged("its table")
		case columns == nil:
			columns = make(map[string]int, len(cells))
			for i, name := range cells {
				columns[strings.ToLower(strings.TrimSpace(name))] = i
			}
			continue
		}
		if err := do(row{columns, cells}); err != nil {
			return err
		}
	}
}
