package identity

import (
	"fmt"
	"slices"
	"testing"

	"sleutelbos/server/store"
)

func (h *house) found(by Actor, s Search) []string {
	h.t.Helper()
	var users []string
	for {
		page, err := h.SearchPeople(h.t.Context(), by, s)
		h.must(err)
		for _, p := range page.People {
			users = append(users, p.User)
		}
		if page.Next == "" {
			return users
		}
		s.After = page.Next
	}
}

func (h *house) add(p NewPerson) Person {
	h.t.Helper()
	added, err := h.AddPerson(h.t.Context(), p)
	h.must(err)
	return added
}

func TestSearchFindsByEveryWord(t *testing.T) {
	h := newHouse(t)
	h.add(NewPerson{
		User: "jvries", Given: "José", Prefix: "de", Family: "Vries-Jansen", Email: "jose@school.example",
		Phone: "06-1234 5678", Job: "Docent wiskunde",
	})
	h.add(NewPerson{User: "jjansen", Given: "Jan", Family: "Jansen", Email: "jan.jansen@example.org", Phone: "+31 20 123 4567"})
	h.add(NewPerson{User: "percent", Name: "100% Echt_Waar", Email: "p@example.org"})
	for typed, want := range map[string][]string{
		"":            {"percent", "jjansen", "jvries"}, // by family name
		"jose":        {"jvries"},
		"JOSÉ":        {"jvries"},
		"vries-ja":    {"jvries"},
		"jansen":      {"jjansen", "jvries"},
		"jan":         {"jjansen", "jvries"}, // by three of his words, once
		"jan jose":    {"jvries"},
		"wisk de":     {"jvries"},
		"0612345678":  {"jvries"},
		"06 1234 56":  {"jvries"},
		"+31 6 1234":  {"jvries"},
		"0201":        {"jjansen"},
		"jan.jansen@": {"jjansen"},
		"100%":        {"percent"},
		"%":           nil,
		"ech _":       nil,
		"piet":        nil,
	} {
		if got := h.found(Operator(), Search{Text: typed}); !slices.Equal(got, want) {
			t.Errorf("%q found %v, want %v", typed, got, want)
		}
	}
}

func TestSearchFollowsChanges(t *testing.T) {
	h := newHouse(t)
	p := h.add(NewPerson{User: "anna", Name: "Anna Bakker", Email: "anna@example.org"})
	p, err := h.EditPerson(t.Context(), Operator(), p.ID, p.Version, false, func(d *Details) error { d.Name = "Anna Smit"; return nil })
	h.must(err)
	if got := h.found(Operator(), Search{Text: "bakker"}); got != nil {
		t.Errorf("the old name finds %v", got)
	}
	if got := h.found(Operator(), Search{Text: "smit"}); len(got) != 1 {
		t.Errorf("the new name finds %v", got)
	}
	_, err = h.DeletePerson(t.Context(), Operator(), p.ID, false)
	h.must(err)
	if got := h.found(Operator(), Search{}); got != nil {
		t.Errorf("found after the deletion: %v", got)
	}
}

// Whoever was there before there were words, or whom a server of a former
// version added, is found after the next start.
func TestPeopleWithoutWordsGetThem(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	h.tamper("UPDATE people SET words = ''")
	h.tamper("DELETE FROM person_words")
	h.restart()
	if got := h.found(Operator(), Search{Text: "anna"}); len(got) != 1 {
		t.Errorf("found %v", got)
	}
}

func TestSearchPagesShowEverybodyOnce(t *testing.T) {
	h := newHouse(t)
	const people = 130
	h.must(h.store.Do(t.Context(), func(tx *store.Tx) error {
		for i := range people {
			if err := h.resident(tx, i); err != nil {
				return err
			}
		}
		return nil
	}))
	for _, typed := range []string{"", "j", "jan", "jan r"} {
		everybody := len(h.found(Operator(), Search{Text: typed, Limit: maxPage}))
		for _, limit := range []int{7, 50, 200} {
			got := h.found(Operator(), Search{Text: typed, Limit: limit})
			whole := len(got)
			slices.Sort(got)
			if got = slices.Compact(got); len(got) != whole || typed == "" && whole != people || whole == 0 || whole != everybody {
				t.Errorf("%q by %d: %d found, %d of them once", typed, limit, whole, len(got))
			}
		}
	}
	if got, err := h.SearchPeople(t.Context(), Operator(), Search{After: "9.x.!!"}); err != nil || len(got.People) == 0 {
		t.Errorf("a place that is none: %v", err)
	}
}

var (
	givenNames  = []string{"Jan", "Anna", "Piet", "Fatima", "Joris", "Sanne", "Mohammed", "Eva", "Kees", "Noor", "Daan", "Lotte", "Ruben"}
	familyNames = []string{"Jansen", "de Vries", "van den Berg", "Bakker", "Visser", "Smit", "Meijer", "de Boer", "Mulder", "de Groot", "Bos", "Vos", "Peters", "Hendriks", "van Leeuwen", "Dekker", "Brouwer", "de Wit", "Dijkstra", "Smits", "de Graaf", "van der Meer", "Kok", "Jacobs", "de Haan", "Vermeulen", "van den Heuvel", "van der Veen", "van den Broek", "Schouten", "Rietveld"}
	occupations = []string{"docent", "conciërge", "directeur", "medewerker burgerzaken", "verpleegkundige", "", "", ""}
)

// resident is somebody with an everyday name.
func resident(i int) store.Person {
	user := fmt.Sprintf("u%07d", i)
	row := store.Person{
		User: user, Email: user + "@example.org", Role: "user", Organisation: MainOrganisation,
		Phone: fmt.Sprintf("06%08d", i*7919%100000000), Job: occupations[i%len(occupations)],
		Name: givenNames[i%len(givenNames)] + " " + familyNames[i/7%len(familyNames)],
	}
	if i%5 == 0 { // half of the people have a name of their own
		row.Name += fmt.Sprintf("-R%05x", i)
	}
	return row
}

// resident adds them, quickly.
func (h *house) resident(tx *store.Tx, i int) error {
	id, err := h.newID()
	if err != nil {
		return err
	}
	row := resident(i)
	row.ID = id
	if err := h.addPerson(tx, row); err != nil {
		return err
	}
	grant := store.Grant{Person: id, Role: "user", Organisation: MainOrganisation}
	if err := tx.AddGrant(grant); err != nil {
		return err
	}
	return h.index(tx, row, []store.Grant{grant})
}
