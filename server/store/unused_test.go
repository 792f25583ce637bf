package store

import (
	"errors"
	"slices"
	"testing"
)

// Whoever goes through everybody, page by page, meets each one once, and nobody
// who was deleted.
func TestUsesArePaged(t *testing.T) {
	s, _ := fresh(t)
	const people = 7
	village(t, s, people)
	if err := s.Do(t.Context(), func(tx *Tx) error {
		_, accepted := tx.AcceptStep("p5", 100, 2000, 0)
		_, deleted := tx.exec("delete somebody", "UPDATE people SET deleted = 1 WHERE id = 'p2'")
		return errors.Join(accepted, deleted, tx.NoteUse("p6", 3, 4))
	}); err != nil {
		t.Fatal(err)
	}
	for _, page := range []int{1, 2, people - 1, people} {
		var met []string
		err := s.Read(t.Context(), func(v *View) error {
			var last Use
			for range people + 1 {
				uses, err := v.Uses(last, page)
				if err != nil || len(uses) == 0 {
					return err
				}
				for _, u := range uses {
					met = append(met, u.Person)
					if u.Person == "p5" && u.Used != 2000 || u.Person == "p6" && (u.Idle != 3 || u.KnownOn != 4) {
						t.Errorf("%+v", u)
					}
				}
				last = uses[len(uses)-1]
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(met)
		if !slices.Equal(met, []string{"p0", "p1", "p3", "p4", "p5", "p6"}) {
			t.Errorf("by pages of %d: %v", page, met)
		}
	}
}
