package seedfile

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"

	"sleutelbos/enroll"
)

// ReadTable reads the usual tables: with a line of names above the columns, as
// Microsoft, Token2 and Deepnet have them; without one the serial number, the
// key in hexadecimal digits or base32, and after them in any order the type, the
// number of digits, the time step or the counter, and the algorithm, as Feitian
// and privacyIDEA have them; and the two logs that Yubico's program writes. The
// columns are parted by commas, semicolons, tabs, bars or blanks.
func ReadTable(content []byte, o Options) (File, error) {
	if len(content) > MaxFile {
		return File{}, ErrTooLong
	}
	if o.Trust != nil {
		return File{}, ErrUnsigned
	}
	text := strings.TrimRight(plainText(content), "\x1a")
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' }) {
		return File{}, ErrNotText
	}
	rows, err := split(text)
	if err != nil {
		return File{}, err
	}
	names, rows := header(rows)
	table := table{options: o, secrets: kindOfSecrets(rows, names)}
	var file File
	for _, row := range rows {
		if token, ok := table.token(row, names); ok {
			file.Tokens = append(file.Tokens, token)
		}
	}
	if len(file.Tokens) == 0 {
		return File{}, ErrEmpty
	}
	return file, nil
}

// row is one line of a table.
type row struct {
	line  int
	cells []string
}

// plainText turns what spreadsheets write into plain UTF-8.
func plainText(content []byte) string {
	for mark, order := range map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian, "\xfe\xff": binary.BigEndian} {
		if rest, ok := bytes.CutPrefix(content, []byte(mark)); ok {
			units := make([]uint16, len(rest)/2)
			for i := range units {
				units[i] = order.Uint16(rest[2*i:])
			}
			return string(utf16.Decode(units))
		}
	}
	return strings.ToValidUTF8(string(bytes.TrimPrefix(content, []byte("\ufeff"))), "\ufffd")
}

const separators = ",;\t|"

// split parts the lines into cells.
func split(text string) ([]row, error) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	separator := separatorOf(text)
	if separator == ' ' {
		return splitBlanks(text)
	}
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma, reader.Comment, reader.FieldsPerRecord, reader.LazyQuotes = separator, '#', -1, true
	var rows []row
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil || len(rows) > MaxTokens {
			return nil, errors.Join(errIf(len(rows) > MaxTokens, ErrTooMany), errIf(err != nil, ErrEmpty))
		}
		line, _ := reader.FieldPos(0)
		if rows = appendRow(rows, line, cells); len(rows) > 0 && len(cells) > 64 {
			return nil, ErrEmpty // no table of tokens
		}
	}
}

func errIf(yes bool, err error) error {
	if yes {
		return err
	}
	return nil
}

func splitBlanks(text string) ([]row, error) {
	var rows []row
	number := 0
	for line := range strings.Lines(text) {
		number++
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			rows = appendRow(rows, number, strings.Fields(line))
		}
		if len(rows) > MaxTokens {
			return nil, ErrTooMany
		}
	}
	return rows, nil
}

// appendRow adds a line unless it is empty.
func appendRow(rows []row, line int, cells []string) []row {
	empty := true
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(cell)
		empty = empty && cells[i] == ""
	}
	if empty {
		return rows
	}
	return append(rows, row{line, cells})
}

// separatorOf finds what parts the cells: what the first line has, or most of
// those after it.
func separatorOf(text string) rune {
	const looked = 20
	best, most := ' ', 0
	for _, separator := range separators {
		lines, with, total, first := 0, 0, 0, false
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			if line == "" || line[0] == '#' {
				continue
			}
			if lines++; lines > looked {
				break
			}
			count := strings.Count(line, string(separator))
			first = first || lines == 1 && count > 0
			total += count
			with += min(count, 1)
		}
		if total > most && (first || 2*with > min(lines, looked)) {
			best, most = separator, total
		}
	}
	return best
}

// secretKind is how the keys of a whole table are written, where one alone does
// not tell.
type secretKind int

const (
	secretsUnclear secretKind = iota
	secretsHex
	secretsBase32
)

func kindOfSecrets(rows []row, names columns) secretKind {
	kind := secretsUnclear
	for _, r := range rows {
		for i, cell := range r.cells {
			if at, named := names[columnSecret]; named && at != i || len(cell) < 16 {
				continue
			}
			isHex, isBase32 := spelled(cell)
			switch {
			case isHex && !isBase32 && kind == secretsUnclear:
				kind = secretsHex
			case isBase32 && !isHex && kind == secretsUnclear:
				kind = secretsBase32
			}
		}
	}
	return kind
}

func spelled(cell string) (isHex, isBase32 bool) {
	cell = packed(cell)
	isHex, isBase32 = len(cell)%2 == 0, true
	for _, r := range strings.ToUpper(cell) {
		digit, letter := r >= '0' && r <= '9', r >= 'A' && r <= 'Z'
		isHex = isHex && (digit || r >= 'A' && r <= 'F')
		isBase32 = isBase32 && (letter || r >= '2' && r <= '7')
	}
	return isHex, isBase32
}

func packed(cell string) string {
	cell = strings.TrimPrefix(strings.TrimPrefix(cell, "0x"), "0X")
	return strings.TrimRight(strings.NewReplacer(" ", "", "-", "", ":", "").Replace(cell), "=")
}

// secret reads a key.
func (t *table) secret(cell string) (enroll.Secret, error) {
	if len(cell) > maxField {
		return nil, problem("its key is too long")
	}
	isHex, isBase32 := spelled(cell)
	if isHex && isBase32 {
		isHex = t.secrets != secretsBase32
	}
	switch {
	case packed(cell) == "":
		return nil, problem("its key is missing")
	case isHex:
		raw, err := hex.DecodeString(packed(cell))
		return raw, err
	case isBase32:
		secret, err := enroll.ParseSecret(packed(cell))
		if err != nil {
			return nil, problem("its key is not complete")
		}
		return secret, nil
	}
	return nil, problem("its key is neither in hexadecimal digits nor in base32")
}

// lineName stands for a serial number that is missing.
func lineName(line int) string { return fmt.Sprintf("line %d", line) }
