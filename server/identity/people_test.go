package identity

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sleutelbos/enroll"
)

func TestCanonical(t *testing.T) {
	for typed, want := range map[string]string{
		"anna": "anna", " Anna\t": "anna", "ＡＮＮＡ": "anna", "Straße": "strasse", "STRASSE": "strasse",
		"I": "i", "e\u0301": "é", "É": "é", "ﬁets": "fiets", "\u00a0": "", "\u3000 ": "", "": "",
		"Anna@Example.ORG": "anna@example.org", "ΣΊΣΥΦΟΣ": "σίσυφοσ", "Σίσυφος": "σίσυφοσ",
	} {
		if got := canonical(typed); got != want {
			t.Errorf("%q became %q, want %q", typed, got, want)
		}
	}
}

func FuzzCanonicalIsStable(f *testing.F) {
	for _, seed := range []string{"Anna", "ＡＮＮＡ", "ŉ", "ΐ", "ﬃ", "\u13f0\uabb0", "a\u0301\u0345B", " \u00a0x", "İ", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		once := canonical(typed)
		if twice := canonical(once); twice != once {
			t.Errorf("%q became %q, then %q", typed, once, twice)
		}
	})
}

func TestAddPersonNamesEachBadField(t *testing.T) {
	h := newHouse(t)
	_, err := h.AddPerson(t.Context(), NewPerson{User: "an na", Email: "anna", Role: "boss"})
	var fields []string
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("got %v", err)
	}
	for _, err := range joined.Unwrap() {
		var field *FieldError
		if !errors.As(err, &field) {
			t.Fatalf("got %v", err)
		}
		fields = append(fields, field.Field)
	}
	if want := []string{"user", "name", "email", "role"}; !slices.Equal(fields, want) {
		t.Errorf("got %v, want %v", fields, want)
	}
	if _, err := h.Person(t.Context(), "an na"); !errors.Is(err, ErrUnknownPerson) {
		t.Errorf("something was stored: %v", err)
	}
	for _, p := range []NewPerson{
		{User: strings.Repeat("a", maxUser+1), Name: "A", Email: "a@example.org"},
		{User: "a\u200bb", Name: "A", Email: "a@example.org"},
		{User: "a@example.org", Name: "A", Email: "A@example.org"},
		{User: "a", Name: "A\x00", Email: "a@example.org"},
		{User: "a", Name: "A", Email: "A <a@example.org>"},
	} {
		var field *FieldError
		if _, err := h.AddPerson(t.Context(), p); !errors.As(err, &field) {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestNoTwoPeopleShareAName(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	for _, test := range []struct {
		user, email string
		want        error
	}{
		{"ANNA", "other@example.org", ErrUserTaken},
		{"anna@example.org", "other@example.org", ErrUserTaken}, // would catch somebody else's sign-ins
		{"other", "Anna@Example.org", ErrEmailTaken},
	} {
		_, err := h.AddPerson(t.Context(), NewPerson{User: test.user, Name: "Een ander", Email: test.email})
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.user, err)
		}
	}
	p, err := h.AddPerson(t.Context(), NewPerson{User: "bert", Name: " Bert ", Email: "bert@example.org", Role: RoleAdministrator})
	h.must(err)
	if p.Name != "Bert" || p.Role != RoleAdministrator || !p.Created.Equal(h.clock.Now()) {
		t.Errorf("%+v", p)
	}
	all, err := h.People(t.Context())
	h.must(err)
	if len(all) != 2 || all[0].User != "anna" || all[1].User != "bert" || all[1].Activation != nil {
		t.Errorf("%+v", all)
	}
}

func TestPeopleAtOnceWithOneName(t *testing.T) {
	h := newHouse(t)
	errs := make([]error, 16)
	together(len(errs), func(i int) {
		_, errs[i] = h.AddPerson(background, NewPerson{User: "anna", Name: "Anna", Email: "anna@example.org"})
	})
	added := 0
	for _, err := range errs {
		if err == nil {
			added++
		} else if !errors.Is(err, ErrUserTaken) {
			t.Error(err)
		}
	}
	if added != 1 {
		t.Errorf("added %d times", added)
	}
}

func TestSetOrganisationKeepsWhatWasWhenItFails(t *testing.T) {
	h := newHouse(t)
	before, err := h.Settings(t.Context())
	h.must(err)
	stop := errors.New("stop")
	if err := h.SetOrganisation(t.Context(), func(s *OrganisationSettings) error { s.Name = "x"; return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	var field *FieldError
	err = h.SetOrganisation(t.Context(), func(s *OrganisationSettings) error { s.Environment = "test"; return nil })
	if !errors.As(err, &field) || field.Field != "environment" {
		t.Errorf("got %v", err)
	}
	err = h.SetOrganisation(t.Context(), func(s *OrganisationSettings) error {
		s.Terms = enroll.Document{Text: map[string]string{"nl": "tekst"}}
		return nil
	})
	if !errors.As(err, &field) || field.Field != "terms" {
		t.Errorf("got %v", err)
	}
	after, err := h.Settings(t.Context())
	h.must(err)
	if after.Name != before.Name || after.Environment != before.Environment || after.Terms.Version != before.Terms.Version {
		t.Errorf("%+v", after)
	}
}
