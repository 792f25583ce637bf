package identity

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// ImportRow is one line of a file of people, by the fields that it has columns
// for.
type ImportRow struct {
	Number int
	Fields map[string]string
}

// Bounds of a file of people.
const (
	MaxImport     = 8 << 20 // bytes
	maxImportRows = 20_000
	maxCell       = 1024 // bytes
)

// ErrImportFile says that a file is no file of people.
var ErrImportFile = errors.New("this is not a file of people; save it as CSV with the names of the columns on the first line, such as: user,name,email,roles")

// importColumns are the names that a column may have, for each field.
var importColumns = map[string][]string{
	"user":         {"user", "user name", "username", "gebruikersnaam"},
	"name":         {"name", "full name", "naam", "volledige naam"},
	"given":        {"given", "given name", "first name", "voornaam", "voorletters"},
	"prefix":       {"prefix", "voorvoegsel", "tussenvoegsel"},
	"family":       {"family", "family name", "last name", "achternaam"},
	"email":        {"email", "e-mail", "address", "e-mailadres", "emailadres"},
	"notices":      {"notices", "notice address", "berichten", "berichtenadres"},
	"phone":        {"phone", "telephone", "telefoon", "telefoonnummer"},
	"job":          {"job", "function", "functie"},
	"organisation": {"organisation", "organization", "organisatie"},
	"language":     {"language", "taal"},
	"means":        {"means", "middel", "inlogmiddel"},
	"starts":       {"starts", "start", "begin", "begint", "vanaf"},
	"ends":         {"ends", "end", "einde", "eindigt", "tot en met"},
	"stopgap":      {"stopgap", "noodvoorziening"},
	"roles":        {"roles", "role", "rollen", "rol"},
}

// importOrder is the order in which they are written.
func importOrder() []string {
	return []string{
		"user", "name", "given", "prefix", "family", "email", "notices", "phone", "job", "organisation",
		"language", "means", "starts", "ends", "stopgap", "roles",
	}
}

// ReadImport reads a file of people as spreadsheets write it: UTF-8 or Windows'
// own letters, parted by commas, semicolons or tabs, the columns named in Dutch
// or English on the first line. A text that another program could take for a
// formula may have an apostrophe before it.
func ReadImport(r io.Reader) ([]ImportRow, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxImport+1))
	if err != nil {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	if len(raw) > MaxImport {
		return nil, fmt.Errorf("%w (it is longer than %d MB)", ErrImportFile, MaxImport>>20)
	}
	raw = []byte(strings.TrimPrefix(PlainText(raw), "\ufeff"))
	first, rest, _ := bytes.Cut(raw, []byte("\n"))
	skipped := 0
	if bytes.HasPrefix(bytes.ToLower(first), []byte("sep=")) { // how a spreadsheet is told the separator
		raw, skipped = rest, 1
		first, _, _ = bytes.Cut(raw, []byte("\n"))
	}
	reader := csv.NewReader(bytes.NewReader(raw))
	reader.Comma = separatorOf(first)
	reader.FieldsPerRecord = -1
	return readRows(reader, skipped)
}

// PlainText reads bytes of a file: UTF-8, or else Windows' own letters.
func PlainText(raw []byte) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return strings.ToValidUTF8(string(raw), "\ufffd")
	}
	return string(text)
}

func separatorOf(line []byte) rune {
	best, most := ',', 0
	for _, separator := range []rune{';', ',', '\t'} {
		if n := bytes.Count(line, []byte(string(separator))); n > most {
			best, most = separator, n
		}
	}
	return best
}

func readRows(reader *csv.Reader, skipped int) ([]ImportRow, error) {
	header, err := reader.Read()
	if err != nil {
		return nil, ErrImportFile
	}
	columns, err := columnsOf(header)
	if err != nil {
		return nil, err
	}
	var rows []ImportRow
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w (%w)", ErrImportFile, err)
		}
		line, _ := reader.FieldPos(0)
		row := ImportRow{Number: line + skipped, Fields: map[string]string{}}
		blank := true
		for i, cell := range cells {
			if len(cell) > maxCell {
				return nil, fmt.Errorf("%w (line %d has a cell that is too long)", ErrImportFile, row.Number)
			}
			if cell = strings.TrimSpace(cell); cell != "" {
				blank = false
			}
			if i < len(columns) && columns[i] != "" {
				row.Fields[columns[i]] = plainCell(cell)
			}
		}
		if blank {
			continue
		}
		if len(rows) == maxImportRows {
			return nil, fmt.Errorf("%w (it has more than %d lines; part it)", ErrImportFile, maxImportRows)
		}
		rows = append(rows, row)
	}
}

// columnsOf gives the field of each column. A column that is not known would be
// lost in silence, so it is refused, as is one that comes twice.
func columnsOf(header []string) ([]string, error) {
	columns := make([]string, len(header))
	seen := map[string]bool{}
	for i, name := range header {
		if strings.TrimSpace(name) == "" {
			continue
		}
		for field, names := range importColumns {
			for _, known := range names {
				if canonical(name) == known {
					columns[i] = field
				}
			}
		}
		if columns[i] == "" || seen[columns[i]] {
			return nil, fmt.Errorf("%w (the column %q is not known, or comes twice; known are: %s)",
				ErrImportFile, tidy(name, 40), strings.Join(importOrder(), ", "))
		}
		seen[columns[i]] = true
	}
	if !seen["user"] && !seen["email"] {
		return nil, fmt.Errorf("%w (it has neither user names nor addresses)", ErrImportFile)
	}
	return columns, nil
}

const formulaStarts = "=+-@\t\r"

// plainCell is a cell without the apostrophe that safeCell put before it.
func plainCell(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && rest != "" && strings.ContainsRune(formulaStarts, rune(rest[0])) {
		return rest
	}
	return cell
}

// safeCell keeps a spreadsheet from taking a text for a formula
// (https://owasp.org/www-community/attacks/CSV_Injection).
func safeCell(cell string) string {
	if cell != "" && strings.ContainsRune(formulaStarts, rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// ParseDay reads a day, such as 2026-11-30 or 30-11-2026, in a time zone: its
// beginning, or with end the moment after it. Empty is the zero time.
func ParseDay(text string, zone *time.Location, end bool) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.DateOnly, "2-1-2006"} {
		if day, err := time.ParseInLocation(form, text, zone); err == nil && day.Year() > 1970 && day.Year() < 3000 {
			if end {
				day = day.AddDate(0, 0, 1)
			}
			return day.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a day; it looks like 2026-11-30", tidy(text, 40))
}

// FormatDay writes what [ParseDay] reads.
func FormatDay(t time.Time, zone *time.Location, end bool) string {
	if t.IsZero() {
		return ""
	}
	if end {
		t = t.Add(-time.Millisecond)
	}
	return t.In(zone).Format(time.DateOnly)
}

// ParseGrant reads a role as it is written: ROLE, ROLE=PART for a part of the
// home organisation, or ROLE@ORGANISATION=PART.
func ParseGrant(text string, organisations []Organisation, home string) (Grant, error) {
	role, code, _ := strings.Cut(strings.TrimSpace(text), "=")
	role, organisation, other := strings.Cut(role, "@")
	g := Grant{Role: Role(strings.ToLower(strings.TrimSpace(role))), Organisation: home}
	if g.Role == "" {
		return g, ErrUnknownRole
	}
	if other || code != "" {
		if !other {
			organisation = home
		}
		o, err := findOrganisation(organisations, strings.TrimSpace(organisation))
		if err != nil {
			return g, err
		}
		g.Organisation = o.ID
		if code != "" {
			part, err := o.FindPart(strings.TrimSpace(code))
			if err != nil {
				return g, err
			}
			g.Part = part.ID
		}
	}
	return g, nil
}

// FormatGrant writes what [ParseGrant] reads.
func FormatGrant(g Grant, organisations []Organisation, home string) string {
	text := string(g.Role)
	for _, o := range organisations {
		if o.ID != g.Organisation {
			continue
		}
		if o.ID != home {
			text += "@" + o.Name
		}
		for _, p := range o.Parts {
			if p.ID == g.Part {
				text += "=" + p.Code
			}
		}
	}
	return text
}
