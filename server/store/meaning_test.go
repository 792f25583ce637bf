package store

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"sleutelbos/server/store/storetest"
)

// meant is what the writer, or a reader, says of a name.
type meant struct {
	person   string
	counters Counters
	links    []Candidate
}

func meaningOf(v *View, name string) (m meant, err error) {
	m.person, m.counters, m.links, err = v.Candidates(name, nil)
	if errors.Is(err, ErrNotFound) {
		return meant{}, nil
	}
	for i := range m.links { // nothing may be nil or not
		m.links[i].Secret = append([]byte{}, m.links[i].Secret...)
	}
	slices.SortFunc(m.links, func(a, b Candidate) int { return cmp.Compare(a.Link, b.Link) })
	return m, err
}

// Whatever becomes of names, links, counters and dates, the writer says of a name
// what a reader puts together from people and links.
func TestWhatANameMeans(t *testing.T) {
	s, _ := fresh(t)
	village(t, s, 3)
	random := rand.New(rand.NewPCG(3, 4))
	kinds := map[int]int{} // by number of links
	for round := range 400 {
		id := fmt.Sprintf("p%d", random.IntN(3))
		var writers, readers [4]meant
		names := [...]string{id, id + "@example.org", id + "+more", "nobody"}
		if err := s.Do(t.Context(), func(tx *Tx) error {
			p, err := tx.PersonByID(id)
			if err != nil {
				return err
			}
			switch random.IntN(9) {
			case 0, 1, 2:
				err = tx.AddLink(Link{ID: fmt.Sprintf("l%d", round), Person: id, Secret: []byte{byte(round)}, Token: [...]string{"", fmt.Sprintf("t%d", round)}[round%2]})
			case 3:
				err = tx.RemoveLinks(id)
			case 4:
				err = tx.RemoveAppLinks(id)
			case 5:
				_, err = tx.DisableLinks(id, 7)
			case 6:
				err = tx.SetCounters(id, p.Counters, Counters{random.Int64N(5), random.Int64N(90), random.Int64N(2) * 1000})
			case 7:
				p.Starts, p.Ends = random.Int64N(10), random.Int64N(2)*100
				err = tx.SetPerson(p)
			case 8:
				if err = tx.RemoveNames(id); err == nil {
					for _, name := range names[:1+random.IntN(3)] {
						err = errors.Join(err, tx.AddName(name, NameUser, id))
					}
				}
			}
			for i, name := range names {
				m, failed := meaningOf(tx.View, name)
				writers[i], err = m, errors.Join(err, failed)
			}
			return err
		}); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if err := s.Read(t.Context(), func(v *View) (err error) {
			for i, name := range names {
				m, failed := meaningOf(v, name)
				readers[i], err = m, errors.Join(err, failed)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			if w, r := writers[i], readers[i]; w.person != r.person || w.counters != r.counters ||
				len(w.links)+len(r.links) > 0 && !reflect.DeepEqual(w.links, r.links) {
				t.Fatalf("round %d: %s is %+v, want %+v", round, name, w, r)
			}
		}
		kinds[min(len(writers[0].links), 2)]++
	}
	if len(kinds) != 3 {
		t.Errorf("people had these numbers of links: %v", kinds)
	}
}

// What there was before names said it, they say after, and a server of before
// goes on.
func TestMeaningOfWhatThereWas(t *testing.T) {
	storetest.SQLiteOnly(t)
	db, path := tablesOf(t, meaningVersion-1)
	for i, id := range []string{"none", "one", "two"} {
		for _, text := range []string{
			`INSERT INTO people (id, user_name, full_name, email, role, created, failures, failures_in_row, locked_until, starts, ends)
			VALUES ($1, $1, $1, $1, 'user', 1, 3 + $2, 4, 5, 6, 7)`,
			"INSERT INTO names (name, kind, person) VALUES ($1, 'user', $1), ($1 || $2, 'email', $1)",
		} {
			if _, err := db.ExecContext(t.Context(), text, id, i); err != nil {
				t.Fatal(err)
			}
		}
		for link := range i {
			if _, err := db.ExecContext(t.Context(), `INSERT INTO links (id, person, device, secret, key_id, last_step, linked, privacy_version, terms_version, language, accepted)
				VALUES ($1 || $2, $1, 'laptop', $3, 'k', 70, 1, 'p', 't', 'nl', 1)`, id, link, []byte{9}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := db.ExecContext(t.Context(), "UPDATE links SET rowid = 10 * rowid"); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `INSERT INTO used_steps (id, steps) VALUES (1, '[["one0",80,2,0]]')`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	if err := s.Do(t.Context(), func(tx *Tx) error {
		for i, id := range []string{"none", "one", "two"} {
			m, err := meaningOf(tx.View, id)
			if err != nil || m.person != id || m.counters != (Counters{int64(3 + i), 4, 5}) || len(m.links) != i {
				t.Errorf("%s: %+v, %v", id, m, err)
			}
			if i == 1 && m.links[0].LastStep != 80 {
				t.Errorf("the link stands at %d", m.links[0].LastStep)
			}
		}
		// A server of before has in memory where it found what waits.
		var number int64
		if err := tx.one("look", "SELECT number FROM links WHERE id = 'one0'", nil, &number); err != nil || number != 10 {
			t.Errorf("the number of the link is %d (%v)", number, err)
		}
		before := "SELECT p.id FROM names n JOIN people p INDEXED BY people_standing ON p.id = n.person LEFT JOIN links l ON l.person = p.id AND l.rowid > 0 WHERE n.name = $1"
		var id string
		err := tx.one("be the former version", before, []any{"one1"}, &id)
		if err != nil || id != "one" {
			t.Errorf("%q, %v", id, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// A name that says anything else than its person is damage.
func TestStrayNameIsDamage(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, _ := fresh(t)
	village(t, s, 2)
	for i, change := range []string{
		"UPDATE names SET name = name", "UPDATE names SET locked_until = 1 WHERE name = 'p1'", "UPDATE names SET failures = 1 WHERE name = 'p1'",
		"UPDATE names SET failures_in_row = 1 WHERE name = 'p1'", "UPDATE names SET ends = 1 WHERE name = 'p1'",
		"UPDATE names SET starts = 1 WHERE name = 'p1'", "UPDATE names SET link = 0 WHERE name = 'p1@example.org'",
	} {
		copied := filepath.Join(t.TempDir(), fmt.Sprintf("copy%d.db", i))
		if err := s.Backup(t.Context(), copied); err != nil {
			t.Fatal(err)
		}
		storetest.Exec(t, copied, change)
		if err := ReadFile(t.Context(), copied, (*View).Check); errors.Is(err, ErrDamaged) != (i > 0) || i == 0 && err != nil {
			t.Errorf("%s: %v", change, err)
		}
	}
}
