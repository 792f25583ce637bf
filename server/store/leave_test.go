package store

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Whoever makes a table about people says what becomes of it when they leave and
// when they are erased.
func TestEveryTableAboutPeopleEndsWithThem(t *testing.T) {
	code, err := os.ReadFile("leave.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	table := regexp.MustCompile(`(?s)CREATE TABLE (\w+) \(\n(.*?)\n\)[^;\n]*;`)
	renamed := regexp.MustCompile(`ALTER TABLE (\w+) RENAME TO (\w+);`)
	found := 0
	for _, file := range files {
		text, err := fs.ReadFile(migrationFiles, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range renamed.FindAllSubmatch(text, -1) {
			text = regexp.MustCompile(`\b`+string(m[1])+`\b`).ReplaceAll(text, m[2])
		}
		for _, m := range table.FindAllStringSubmatch(string(text), -1) {
			if name := m[1]; regexp.MustCompile(`(?m)^ *(person|holder) `).MatchString(m[2]) && name != "audit" && name != "leases" {
				found++
				if !strings.Contains(string(code), " "+name+" ") {
					t.Errorf("leave.go does not know the table %s of %s", name, file)
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d tables were looked at", found)
	}
}

// Nothing of somebody is left but the id.
func TestEraseLeavesTheIDAlone(t *testing.T) {
	s, _ := fresh(t)
	village(t, s, 2)
	err := s.Do(t.Context(), func(tx *Tx) error {
		if err := tx.Leave(OnePerson("p0"), 5, "deleted"); err != nil {
			return err
		}
		return tx.Erase("p0", 6)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), func(v *View) error {
		for _, table := range []string{"names", "links", "grants", "person_words", "sessions", "passwords", "outbox"} {
			if err := v.each("look", "SELECT person FROM "+table+" WHERE person = 'p0'", nil, func(scanner) error {
				t.Errorf("%s still has a row", table)
				return nil
			}); err != nil {
				return err
			}
		}
		p, err := v.PersonByID("p0")
		if p.User+p.Name+p.Email+p.Words != "" || p.Deleted != 5 || p.Erased != 6 {
			t.Errorf("%+v", p)
		}
		other, _ := v.PersonByID("p1")
		if other.Deleted != 0 || other.User == "" {
			t.Errorf("the other too: %+v", other)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
