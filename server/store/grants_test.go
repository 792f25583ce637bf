package store

import (
	"testing"

	"sleutelbos/server/store/storetest"
)

// Whoever was there before there were grants holds afterwards what their role
// was, in the operator's own organisation.
func TestRolesOfBeforeBecomeGrants(t *testing.T) {
	storetest.SQLiteOnly(t)
	db, path := tablesOf(t, peopleVersion-1)
	for id, role := range map[string]string{"a": "administrator", "u": "user"} {
		if _, err := db.ExecContext(t.Context(),
			"INSERT INTO people (id, user_name, full_name, email, role, created) VALUES ($1, $1, $1, $1, $2, 1)", id, role); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	// A file of that version is read as it is, before it is brought up to date.
	if err := ReadFile(t.Context(), path, func(v *View) error {
		people, err := v.People()
		if len(people) != 2 || people[0].Organisation != MainOrganisation || people[0].Means != MeansToken {
			t.Errorf("read %+v", people)
		}
		_, err2 := v.NewestAudit(1)
		if err2 != nil {
			t.Error(err2)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	if err := s.Read(t.Context(), func(v *View) error {
		grants, err := v.Grants()
		want := []Grant{{Person: "a", Role: "administrator", Organisation: "main"}, {Person: "u", Role: "user", Organisation: "main"}}
		if len(grants) != 2 || grants[0] != want[0] || grants[1] != want[1] {
			t.Errorf("held: %+v", grants)
		}
		missing, err2 := v.PeopleWithoutWords(10)
		if len(missing) != 2 || err2 != nil {
			t.Errorf("without words: %v, %v", missing, err2)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
