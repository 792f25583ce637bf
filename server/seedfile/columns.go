package seedfile

import (
	"errors"
	"fmt"
	"strings"

	"sleutelbos/enroll"
)

// column is what a column of a table holds.
type column int

const (
	columnSerial column = iota
	columnSecret
	columnKind
	columnDigits
	columnPeriod
	columnCounter
	columnAlgorithm
	columnMaker
	columnModel
	columnUser
)

// columns says where they are; empty for a table without names.
type columns map[column]int

func columnOf(name string) (column, bool) {
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
	switch name {
	case "serial", "serialnumber", "serialno", "sn", "tokenserial", "tokenserialnumber", "tokensn", "serienummer":
		return columnSerial, true
	case "secret", "secretkey", "seed", "seedkey", "key", "otpkey", "hmackey", "tokenseed", "tokenkey", "secrethex", "secretbase32", "seedhex", "seedbase32":
		return columnSecret, true
	case "type", "tokentype", "otptype", "oathtype", "kind":
		return columnKind, true
	case "digits", "otplen", "otplength", "length", "codelength", "otpdigits":
		return columnDigits, true
	case "period", "timeinterval", "timestep", "interval", "step", "timeintervalinseconds":
		return columnPeriod, true
	case "counter", "movingfactor", "startcounter", "initialcounter":
		return columnCounter, true
	case "algorithm", "hash", "hashlib", "hashalgorithm", "algo", "hmac":
		return columnAlgorithm, true
	case "manufacturer", "maker", "vendor", "fabrikant":
		return columnMaker, true
	case "model", "product", "productname", "tokenmodel":
		return columnModel, true
	case "upn", "user", "username", "userid", "assignedto", "owner", "login":
		return columnUser, true
	}
	return 0, false
}

// header takes the line of names off, if there is one.
func header(rows []row) (columns, []row) {
	if len(rows) == 0 {
		return nil, rows
	}
	names := columns{}
	for i, cell := range rows[0].cells {
		if c, known := columnOf(cell); known {
			if _, twice := names[c]; !twice {
				names[c] = i
			}
		}
	}
	_, serial := names[columnSerial]
	if _, secret := names[columnSecret]; !serial || !secret {
		return nil, rows
	}
	return names, rows[1:]
}

// table is a table that is being read.
type table struct {
	options Options
	secrets secretKind
}

// token reads one line; what is no token at all is passed over.
func (t *table) token(r row, names columns) (Token, bool) {
	named := map[column]string{}
	var err error
	switch {
	case len(names) > 0:
		for c, i := range names {
			if i < len(r.cells) {
				named[c] = r.cells[i]
			}
		}
	case strings.HasPrefix(strings.ToUpper(r.cells[0]), "LOGGING START"):
		return Token{}, false
	default:
		err = guess(r.cells, named)
	}
	token := Token{
		Serial: clean(named[columnSerial]), Maker: public(named[columnMaker]), Model: public(named[columnModel]), User: public(named[columnUser]),
	}
	if err == nil {
		err = t.fill(&token, named)
	}
	switch {
	case token.Serial == "":
		err = errors.Join(problem("its serial number is missing"), err)
		token.Serial = lineName(r.line)
	case looksLikeKey(token.Serial): // columns are mixed up; it must not be shown
		err = problem("what stands in the place of its serial number looks like a key; put a line of names above the columns")
		token = Token{Serial: lineName(r.line)}
	}
	var unusable problem
	if errors.As(err, &unusable) {
		token.Problem, token.Key = string(unusable), enroll.Key{}
	} else if err != nil {
		token.Problem, token.Key = "it cannot be read", enroll.Key{}
	}
	return token, true
}

// guess finds out what the cells of a line without names are.
func guess(cells []string, named map[column]string) error {
	if yubico(cells, named) {
		return nil
	}
	named[columnSerial] = cells[0]
	if len(cells) < 2 {
		return problem("its key is missing")
	}
	named[columnSecret] = cells[1]
	for i, cell := range cells[2:] {
		known, isKind := kindNames[strings.ToLower(cell)]
		_, isAlgorithm := suiteOf(cell)
		_, hasDigits := named[columnDigits]
		_, notNumber := number(cell, 1<<53)
		switch {
		case cell == "":
		case isKind:
			named[columnKind] = string(known)
		case isAlgorithm == nil:
			named[columnAlgorithm] = cell
		case notNumber != nil:
			return problem(fmt.Sprintf("its column %d is not understood; put a line of names above the columns", i+3))
		case !hasDigits && len(cell) == 1:
			named[columnDigits] = cell
		case named[columnKind] == string(enroll.HOTP):
			named[columnCounter] = cell
		default:
			named[columnPeriod] = cell
		}
	}
	return nil
}

var kindNames = map[string]enroll.Kind{
	"totp": enroll.TOTP, "hotp": enroll.HOTP, "oath-totp": enroll.TOTP, "oath-hotp": enroll.HOTP, "time": enroll.TOTP, "event": enroll.HOTP,
}

// yubico reads a line of the logs of Yubico's program: "OATH-HOTP,TIME,SLOT,
// PUBLIC ID,,KEY,…,DIGITS,…", or "SERIAL,,0,KEY,,TIME,".
func yubico(cells []string, named map[column]string) bool {
	named[columnMaker] = "Yubico"
	switch {
	case len(cells) >= 12 && strings.EqualFold(cells[0], "OATH-HOTP"):
		named[columnSerial], named[columnSecret], named[columnKind], named[columnDigits] = cells[3], cells[5], string(enroll.HOTP), cells[11]
		return true
	case len(cells) >= 6 && cells[1] == "" && cells[2] == "0" && len(cells[3]) >= 32:
		named[columnSerial], named[columnSecret], named[columnKind] = cells[0], cells[3], string(enroll.HOTP)
		return true
	case len(cells) >= 6 && (strings.EqualFold(cells[0], "Yubico OTP") || strings.EqualFold(cells[0], "Static Password")):
		named[columnSerial], named[columnKind] = cells[3], cells[0]
		return true
	}
	delete(named, columnMaker)
	return false
}

// fill makes the key of what the cells say and, where they do not, the options.
func (t *table) fill(token *Token, named map[column]string) (err error) {
	if mangled(token.Serial) {
		return problem("its serial number was rounded by a spreadsheet; use the maker's own file")
	}
	key := enroll.Key{Kind: t.options.Kind, Digits: t.options.Digits, Period: t.options.Period}
	if key.Digits == 0 {
		key.Digits = enroll.MinDigits
	}
	if name := strings.ToLower(named[columnKind]); name != "" {
		known, ok := kindNames[name]
		if !ok {
			return problem(fmt.Sprintf("codes are made from it in a way that is not known here (%s); totp and hotp are", short(name)))
		}
		key.Kind = known
	}
	if named[columnPeriod] != "" && key.Kind == "" {
		key.Kind = enroll.TOTP
	}
	if key.Kind == "" {
		return problem("the file does not say whether it goes by time (totp) or counts (hotp); give --type")
	}
	if key.Algorithm, err = suiteOf(named[columnAlgorithm]); err != nil {
		return err
	}
	var period, digits, counter int64
	for _, cell := range []struct {
		text string
		into *int64
		most int64
	}{{named[columnPeriod], &period, enroll.MaxPeriod}, {named[columnDigits], &digits, enroll.MaxDigits}, {named[columnCounter], &counter, 1 << 53}} {
		if cell.text != "" {
			if *cell.into, err = number(cell.text, cell.most); err != nil || *cell.into < 0 {
				return problem("a number in it is not one, or is out of bounds")
			}
		}
	}
	if digits != 0 {
		key.Digits = int(digits)
	}
	if key.Kind == enroll.HOTP {
		key.Period, key.Counter = 0, uint64(counter)
	} else if period != 0 {
		key.Period = int(period)
	} else if key.Period == 0 {
		key.Period = enroll.DefaultPeriod
	}
	if key.Secret, err = t.secret(named[columnSecret]); err != nil {
		return err
	}
	token.Key = key
	return nil
}

// mangled tells a number as spreadsheets shorten it, such as 2.6E+12.
func mangled(serial string) bool {
	whole, power, ok := strings.Cut(strings.ToUpper(serial), "E+")
	if !ok || strings.Trim(power, "0123456789") != "" {
		return false
	}
	return strings.Trim(whole, "0123456789.,") == "" && strings.ContainsAny(whole, ".,")
}
