package identity

import (
	"cmp"
	"encoding/csv"
	"io"
)

// csvFile is a file that is written while its lines are found, in UTF-8 with the
// mark by which spreadsheets know it, and in which none takes a cell for a
// formula.
type csvFile struct {
	*csv.Writer
	failed error // of what came before the first line
}

func newCSVFile(w io.Writer, columns ...string) *csvFile {
	_, err := io.WriteString(w, "\ufeff")
	f := &csvFile{csv.NewWriter(w), err}
	f.row(columns...)
	return f
}

// row writes a line; what fails is told by Error, and in the end.
func (f *csvFile) row(cells ...string) {
	for i := range cells {
		cells[i] = safeCell(cells[i])
	}
	_ = f.Write(cells)
}

// end ends the file, unless the lines ended by a failure.
func (f *csvFile) end(failed error) error {
	f.Flush()
	return cmp.Or(failed, doing("write a file", cmp.Or(f.failed, f.Error())))
}
