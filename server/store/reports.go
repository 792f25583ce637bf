package store

import (
	"math"
	"strings"
)

// ReportRow is one line of a report: who, the moment that it is about, and a
// number or a text.
type ReportRow struct {
	Person string
	At     int64
	N      int64
	Text   string
	Place  ReportPlace
}

// ReportPlace is where a line stands in its report, which is in the order of its
// places.
type ReportPlace struct {
	By int64
	ID string
}

// reportText is the query of a report. $1 is a moment or a number, $2 another, $3 how
// many lines at most, $4 and $5 the place behind which they stand; the scopes
// stand behind them. The line's own place ends it.
func reportText(name string) string {
	return map[string]string{
		"past-end": `SELECT p.id, p.ends, 0, '', p.ends, p.id FROM people p WHERE p.deleted = 0 AND p.ends > $2 AND p.ends <= $1
		AND (p.ends, p.id) > ($4, $5) {scope} ORDER BY p.ends, p.id LIMIT $3`,
		"stopgap": `SELECT p.id, p.stopgap_ends, 0, '', p.stopgap_ends, p.id FROM people p WHERE p.deleted = 0 AND p.stopgap_ends > $2 AND p.stopgap_ends <= $1
		AND (p.stopgap_ends, p.id) > ($4, $5) {scope} ORDER BY p.stopgap_ends, p.id LIMIT $3`,
		"unused": `SELECT p.id, p.idle, 0, '', p.idle, p.id FROM people p WHERE p.deleted = 0 AND p.idle > 0 AND p.idle > $2 AND p.idle < $1 AND p.created < $1
		AND NOT EXISTS (SELECT 1 FROM links l WHERE l.person = p.id AND (l.last_used >= $1 OR l.linked >= $1))
		AND (p.idle, p.id) > ($4, $5) {scope} ORDER BY p.idle, p.id LIMIT $3`,
		"devices": `SELECT p.id, (SELECT max(d.last_used) FROM devices d WHERE d.person = p.id), p.known_on, '', p.known_on, p.id FROM people p
		WHERE p.deleted = 0 AND p.known_on > 0 AND p.known_on >= $1
		AND (SELECT count(*) FROM devices d WHERE d.person = p.id AND d.last_used >= $2) >= $1
		AND p.known_on <= $4 AND (p.known_on < $4 OR p.id > $5) {scope} ORDER BY p.known_on DESC, p.id LIMIT $3`,
		"lapsing": `SELECT p.id, l.lapse_used, l.lapse_notices, l.device, l.lapse_used, l.id FROM links l JOIN people p ON p.id = l.person
		WHERE l.disabled = 0 AND l.lapse_notices > 0 AND l.lapse_used <= $1 AND l.lapse_used > $2
		AND l.last_used <= l.lapse_used AND l.linked <= l.lapse_used
		AND (l.lapse_used, l.id) > ($4, $5) {scope} ORDER BY l.lapse_used, l.id LIMIT $3`,
		"tokens": `SELECT p.id, t.due, 0, t.serial, t.due, t.id FROM tokens t JOIN people p ON p.id = t.holder
		WHERE t.due > $2 AND t.returned = 0 AND t.due <= $1 AND (t.due, t.id) > ($4, $5) {scope} ORDER BY t.due, t.id LIMIT $3`,
		"codes": `SELECT p.id, a.expires, 0, '', a.expires, a.id FROM activations a JOIN people p ON p.id = a.person
		WHERE p.deleted = 0 AND a.state = 'open' AND a.expires > $2 AND a.expires <= $1
		AND (a.expires, a.id) > ($4, $5) {scope} ORDER BY a.expires, a.id LIMIT $3`,
	}[name]
}

// fewPeople is how many people of its scopes a report rather goes through than
// all whom it could be about.
const fewPeople = 20_000

// Report lists people by one of the reports, of those found in one of the scopes,
// behind a place (the zero place is its beginning); the empty scope is everybody.
func (v *View) Report(name string, scopes []string, most, least int64, after ReportPlace, limit int) ([]ReportRow, error) {
	switch {
	case name != "devices": // what is passed over need not be looked at
		least = max(least, after.By-1)
	case after.ID == "":
		after.By = math.MaxInt64
	}
	args, text, within := []any{most, least, int64(limit), after.By, after.ID}, reportText(name), ""
	if len(scopes) != 1 || scopes[0] != "" {
		if len(scopes) == 0 {
			return nil, nil
		}
		for _, scope := range scopes {
			args = append(args, scope)
		}
		in := "w.scope IN (" + places(6, len(scopes)) + ")"
		few, err := v.fewIn(scopes)
		if err != nil {
			return nil, err
		}
		if before, after, ok := strings.Cut(text, " FROM people p "); ok && few {
			args = append(args, firstWord.From, firstWord.To)
			n := len(args)
			text = before + " FROM (SELECT DISTINCT w.person FROM person_words w WHERE " + in + " AND w.word >= " + places(n-1, 1) +
				" AND w.word < " + places(n, 1) + ") s CROSS JOIN people p " + after
			within = "AND p.id = s.person"
		} else {
			within = "AND EXISTS (SELECT 1 FROM person_words w WHERE w.person = p.id AND " + in + ")"
		}
	}
	var all []ReportRow
	err := v.each("make a report", strings.Replace(text, "{scope}", within, 1), args, func(rows scanner) error {
		var r ReportRow
		err := rows.Scan(&r.Person, &r.At, &r.N, &r.Text, &r.Place.By, &r.Place.ID)
		all = append(all, r)
		return err
	})
	return all, err
}

// firstWord is the word that everybody has once in each of their scopes.
var firstWord = WordRange{From: []byte{0}, To: []byte{1}}

// fewIn tells whether few people are in the scopes.
func (v *View) fewIn(scopes []string) (bool, error) {
	left := int64(fewPeople)
	for _, scope := range scopes {
		n, err := v.CountWords(WordRange{Scope: scope, From: firstWord.From, To: firstWord.To}, int(left))
		if left -= n; err != nil || left <= 0 {
			return false, err
		}
	}
	return true, nil
}
