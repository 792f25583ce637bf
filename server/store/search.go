package store

import (
	"bytes"
	"strings"
)

// Word is one by which a person is found, by those who manage a scope.
type Word struct {
	Scope string
	Word  []byte // what is sorted by stands behind it
	Home  bool   // the scope is the person's own organisation
}

// WordRange is the words from one on and before another, for whoever manages a
// scope, or for everybody when it is empty.
type WordRange struct {
	Scope    string
	From, To []byte
}

// WordPlace is a place in a range: a word and whose it is.
type WordPlace struct {
	Word   []byte
	Person string
	Words  string // all of that person
}

// SetWords replaces the words of a person. all are the same once more in one
// text, each between blanks; the empty text says that they are still to be made.
func (tx *Tx) SetWords(person, all string, words []Word) error {
	const doing = "note the words of a person"
	if _, err := tx.exec(doing, "DELETE FROM person_words WHERE person = $1", person); err != nil {
		return err
	}
	for _, w := range words {
		_, err := tx.exec(doing,
			"INSERT INTO person_words (scope, word, person, home) VALUES ($1, $2, $3, $4) ON CONFLICT (scope, word, person) DO NOTHING",
			w.Scope, w.Word, person, number(w.Home))
		if err != nil {
			return err
		}
	}
	_, err := tx.exec(doing, "UPDATE people SET words = $2 WHERE id = $1", person, all)
	return err
}

// PeopleWithoutWords gives the ids of people whose words are still to be made.
func (v *View) PeopleWithoutWords(limit int) ([]string, error) {
	var all []string
	err := v.each("find people without words", "SELECT id FROM people WHERE words = '' AND deleted = 0 LIMIT $1", []any{int64(limit)},
		func(rows scanner) error {
			var id string
			err := rows.Scan(&id)
			all = append(all, id)
			return err
		})
	return all, err
}

func (r WordRange) where() (text string, args []any) {
	text, args = "home = 1 AND word >= $1 AND word < $2", []any{r.From, r.To}
	if r.Scope != "" {
		text, args = "scope = $3 AND word >= $1 AND word < $2", append(args, r.Scope)
	}
	return text, args
}

// CountWords counts the words of a range, at most so many.
func (v *View) CountWords(r WordRange, most int) (int64, error) {
	var n int64
	where, args := r.where()
	args = append(args, int64(most))
	err := v.one("count words", "SELECT count(*) FROM (SELECT 1 FROM person_words WHERE "+where+" LIMIT "+places(len(args), 1)+") w", args, &n)
	return n, err
}

// WordsAfter looks through the next words of a range, at most so many, and gives
// the places of those whose person has all beginnings among their words, at most
// limit. end is the place of the last word that it looked at, or nil when the
// range is at its end.
func (v *View) WordsAfter(r WordRange, after WordPlace, beginnings []string, look, limit int) (all []WordPlace, end *WordPlace, err error) {
	const doing = "find people"
	where, args := r.where()
	// PostgreSQL begins at the place, and would go through all that lies between it
	// and the range.
	if bytes.Compare(after.Word, r.From) < 0 {
		after = WordPlace{Word: r.From}
	}
	// The place is also said by its word alone, which is what SQLite begins at.
	args = append(args, after.Word, after.Person, int64(look))
	n := len(args)
	where += " AND word >= " + places(n-2, 1) + " AND (word, person) > (" + places(n-2, 2) + ")"
	next := "SELECT word, person FROM person_words WHERE " + where + " ORDER BY word, person LIMIT " + places(n, 1)
	fits := ""
	found := append([]any{}, args...)
	for _, beginning := range beginnings {
		found = append(found, "% "+likely.Replace(beginning)+"%")
		fits += " AND p.words LIKE " + places(len(found), 1) + ` ESCAPE '\'`
	}
	found = append(found, int64(limit))
	err = v.each(doing, "SELECT w.word, w.person, p.words FROM ("+next+") w JOIN people p ON p.id = w.person WHERE p.deleted = 0"+fits+
		" ORDER BY w.word, w.person LIMIT "+places(len(found), 1), found,
		func(rows scanner) error {
			var place WordPlace
			err := rows.Scan(&place.Word, &place.Person, &place.Words)
			all = append(all, place)
			return err
		})
	last := WordPlace{}
	if err != nil || len(all) == limit {
		if len(all) > 0 {
			last = all[len(all)-1] // a copy: whoever asked may take places out
			end = &last
		}
		return all, end, err
	}
	err = v.each(doing, next+" OFFSET "+places(n+1, 1), append(append(args[:n-1:n-1], int64(1)), int64(look-1)),
		func(rows scanner) error { return rows.Scan(&last.Word, &last.Person) })
	if err == nil && last.Person != "" {
		end = &last
	}
	return all, end, err
}

// likely quotes what LIKE takes for any character.
var likely = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)
