package identity

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store/storetest"
)

// administrator adds somebody who manages the main organisation.
func (h *house) administrator(user string) Person {
	h.t.Helper()
	p, err := h.AddPerson(h.t.Context(), NewPerson{User: user, Name: "Naam van " + user, Email: user + "@example.org", Role: RoleAdministrator})
	h.must(err)
	return p
}

func (h *house) audited(kind string) (rows []AuditRow) {
	h.t.Helper()
	all, err := h.Audit(h.t.Context(), 100)
	h.must(err)
	for _, row := range all {
		if row.Kind == kind {
			rows = append(rows, row)
		}
	}
	return rows
}

func TestMailedActivationLinksAndNobodyElseSeesIt(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	boss, anna := h.administrator("bea"), h.person("anna")
	expires, err := h.MailActivation(t.Context(), PersonActor(boss.ID), anna.ID)
	h.must(err)
	if !expires.Equal(h.clock.Now().Add(activationLife).Truncate(time.Millisecond)) {
		t.Errorf("ends %s", expires)
	}
	m := h.take()
	if m.Kind != MessageActivation || m.To != "anna@example.org" || !m.Until.Equal(expires) {
		t.Errorf("%s to %s", m.Kind, m.To)
	}
	h.must(h.Sent(t.Context(), m))
	code, err := enroll.ParseActivationCode(m.Secret)
	h.must(err)
	h.start("anna", code, "")
	if rows := h.audited(kindActivationMail); len(rows) != 1 || rows[0].Person != anna.ID || rows[0].Actor != boss.ID {
		t.Errorf("%+v", rows)
	}
}

func TestActivationIsMailedOnlyWhileNotLinked(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	h.linked("anna")
	h.mail()
	anna := h.look("anna")
	if _, err := h.MailActivation(t.Context(), Operator(), anna.ID); !errors.Is(err, ErrLinked) {
		t.Errorf("mailed: %v", err)
	}
	if _, _, err := h.NewActivationBy(t.Context(), Operator(), anna.ID); !errors.Is(err, ErrLinked) {
		t.Errorf("made: %v", err)
	}
	if _, err := h.ForLetters(t.Context(), Operator(), []string{anna.ID}); !errors.Is(err, ErrLinked) {
		t.Errorf("letter: %v", err)
	}
	if kinds := h.mail(); len(kinds) != 0 {
		t.Errorf("mailed %v", kinds)
	}
}

func TestWhoseAccountHasEndedGetsNoCode(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	anna := h.person("anna")
	_, err := h.EditPerson(t.Context(), Operator(), anna.ID, h.look("anna").Version, false, func(d *Details) error {
		d.Ends = h.clock.Now().Add(time.Hour)
		return nil
	})
	h.must(err)
	h.clock.add(2 * time.Hour)
	if _, err := h.MailActivation(t.Context(), Operator(), anna.ID); !errors.Is(err, ErrNotActive) {
		t.Errorf("got %v", err)
	}
	if kinds := h.mail(); len(kinds) != 0 {
		t.Errorf("mailed %v", kinds)
	}
}

func TestWithoutMailNothingChanges(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	anna := h.look("anna")
	if _, err := h.UnlinkAndMail(t.Context(), Operator(), anna.ID); !errors.Is(err, ErrNoMail) {
		t.Fatalf("got %v", err)
	}
	h.expect("anna", h.code(key), ReasonValid)
	bert := h.person("bert")
	if _, err := h.MailActivation(t.Context(), Operator(), bert.ID); !errors.Is(err, ErrNoMail) {
		t.Fatalf("got %v", err)
	}
	if h.look("bert").Activation != nil {
		t.Error("a code was made that nobody has")
	}
}

func TestUnlinkAndMailEndsTheLinkAndMailsTheNextCode(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	key := h.linked("anna")
	h.mail()
	anna := h.look("anna")
	_, err := h.UnlinkAndMail(t.Context(), PersonActor(anna.ID), anna.ID) // oneself
	h.must(err)
	h.expect("anna", h.code(key), ReasonDisabled)
	kinds := h.mail() // posted at the same moment
	slices.Sort(kinds)
	expectKinds(t, kinds, MessageActivation, MessageUnlinked)
	if rows := h.audited(kindPersonUnlink); len(rows) != 1 || rows[0].Actor != anna.ID {
		t.Errorf("%+v", rows)
	}
	h.link("anna")
}

// An administrator gets help from the operator, users from their own
// administrator.
func TestWhoHelpsWhom(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	boss, other, anna := h.administrator("bea"), h.administrator("bob"), h.person("anna")
	bert := h.person("bert")
	for name, c := range map[string]struct {
		by   Actor
		whom Person
		want error
	}{
		"the operator, an administrator":     {Operator(), boss, nil},
		"an administrator, a user":           {PersonActor(boss.ID), anna, nil},
		"an administrator, an administrator": {PersonActor(boss.ID), other, ErrForbidden},
		"an administrator, themselves":       {PersonActor(boss.ID), boss, ErrOneself},
		"a user, a user":                     {PersonActor(bert.ID), anna, ErrUnknownPerson},
		"a user, themselves":                 {PersonActor(anna.ID), anna, ErrOneself},
		"nobody":                             {Actor{}, anna, ErrUnknownPerson},
		"somebody who is not there":          {PersonActor("0"), anna, ErrUnknownPerson},
		"whom nobody has heard of":           {Operator(), Person{ID: "0"}, ErrUnknownPerson},
	} {
		_, err := h.MailActivation(t.Context(), c.by, c.whom.ID)
		_, _, day := h.IssueDayCode(t.Context(), c.by, c.whom.ID)
		_, _, made := h.NewActivationBy(t.Context(), c.by, c.whom.ID)
		switch {
		case c.want == nil && (err != nil || made != nil || !errors.Is(day, ErrNotLinked)):
			t.Errorf("%s: %v, %v, %v", name, err, made, day)
		case c.want != nil && (!errors.Is(err, c.want) || !errors.Is(day, c.want) || !errors.Is(made, c.want)):
			t.Errorf("%s: %v, %v, %v; want %v", name, err, made, day, c.want)
		}
	}
}

func TestNoticesGoToTheirOwnAddressAndCodesDoNot(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	anna, err := h.AddPerson(t.Context(), NewPerson{
		User: "anna", Name: "Anna", Email: "anna@example.org", Notices: "team@elsewhere.example", Language: "en",
	})
	h.must(err)
	_, err = h.MailActivation(t.Context(), Operator(), anna.ID)
	h.must(err)
	if m := h.take(); m.To != "anna@example.org" || m.Language != "en" {
		t.Errorf("the code goes to %s in %s", m.To, m.Language)
	}
	h.link("anna")
	if m := h.take(); m.Kind != MessageLinked || m.To != "team@elsewhere.example" {
		t.Errorf("the notice goes to %s", m.To)
	}
}

func (h *house) dayCode(user string) DayCode {
	h.t.Helper()
	code, _, err := h.IssueDayCode(h.t.Context(), Operator(), h.look(user).ID)
	h.must(err)
	return code
}

func TestDayCodeWorksUntilMidnightAndNoLonger(t *testing.T) {
	h := newHouse(t)
	h.mailing()
	key := h.linked("anna")
	h.mail()
	code, ends, err := h.IssueDayCode(t.Context(), Operator(), h.look("anna").ID)
	h.must(err)
	if want := time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC); !ends.Equal(want) {
		t.Errorf("ends %s, want midnight in Amsterdam, %s", ends, want)
	}
	if shown := fmt.Sprintf("%v %+v %q", code, []DayCode{code}, code); strings.Contains(shown, string(code)) {
		t.Error("printing shows the code")
	}
	for range 3 { // whoever forgot the laptop signs in all day
		if v := h.verdict("anna", code.Reveal()); !v.Valid || v.Reason != ReasonDayCode {
			t.Fatalf("%+v", v)
		}
	}
	if v := h.verdict("ANNA@example.org", string(code)); !v.Valid {
		t.Errorf("without the blank, by address: %+v", v)
	}
	h.expect("anna", h.code(key), ReasonValid) // and the app works beside it
	expectKinds(t, h.mail(), MessageDayCode)
	h.clock.add(ends.Sub(h.clock.Now()) - time.Second)
	if !h.verdict("anna", string(code)).Valid {
		t.Error("it does not work in the last second")
	}
	h.clock.add(time.Second)
	h.expect("anna", string(code), ReasonNotACode)
	if rows := h.audited(kindDayCode); len(rows) != 1 {
		t.Errorf("%+v", rows)
	}
}

func TestDayCodeIsGuessedNoOftenerThanAnyOther(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.linked("bert")
	code := h.dayCode("anna")
	wrong := string(code[:9]) + string('0'+(code[9]-'0'+1)%10)
	h.expect("bert", string(code), ReasonNotACode) // somebody else's
	h.expect("nobody", string(code), ReasonUnknown)
	for range lockAfter - 1 {
		h.expect("anna", wrong, ReasonWrong)
	}
	h.expect("anna", wrong, ReasonLocks)
	h.expect("anna", string(code), ReasonLocked)
	h.expect("anna", h.code(key), ReasonLocked)
	h.clock.add(lockTime + time.Second)
	if !h.verdict("anna", string(code)).Valid {
		t.Error("after the lock it does not work")
	}
	if p := h.look("anna"); p.FailuresInRow != 0 {
		t.Errorf("a right code leaves %d in a row", p.FailuresInRow)
	}
}

func TestDayCodeOncePersonAndWeek(t *testing.T) {
	h := newHouse(t)
	h.linked("anna")
	first := h.dayCode("anna")
	id := h.look("anna").ID
	if _, _, err := h.IssueDayCode(t.Context(), Operator(), id); !errors.Is(err, ErrDayCodes) {
		t.Errorf("got %v", err)
	}
	set := func(n int) {
		h.must(h.SetOrganisation(t.Context(), func(s *OrganisationSettings) error { s.DayCodes = n; return nil }))
	}
	set(2)
	second := h.dayCode("anna")
	h.expect("anna", string(first), ReasonWrong)
	if !h.verdict("anna", string(second)).Valid {
		t.Error("the second does not work")
	}
	set(0)
	h.clock.add(week - time.Second)
	if _, _, err := h.IssueDayCode(t.Context(), Operator(), id); !errors.Is(err, ErrDayCodes) {
		t.Errorf("got %v", err)
	}
	h.clock.add(time.Second)
	h.dayCode("anna")
	set(-1)
	if _, _, err := h.IssueDayCode(t.Context(), Operator(), id); !errors.Is(err, ErrDayCodeOff) {
		t.Errorf("got %v", err)
	}
}

func TestUnlinkEndsTheDayCode(t *testing.T) {
	h := newHouse(t)
	h.linked("anna")
	code := h.dayCode("anna")
	h.must(h.Unlink(t.Context(), "anna"))
	h.expect("anna", string(code), ReasonDisabled)
	h.link("anna")
	h.expect("anna", string(code), ReasonNotACode)
}

func TestDayCodeLiesAsAHashAndNoRestoringRevivesIt(t *testing.T) {
	h := newHouse(t)
	h.linked("anna")
	code := h.dayCode("anna")
	if storetest.Count(t, h.address, "SELECT count(*) FROM day_codes WHERE length(hash) = 32") != 1 {
		t.Error("it is not kept as a hash")
	}
	h.must(h.EndCodes(t.Context()))
	h.expect("anna", string(code), ReasonNotACode)
}

func TestMidnightIsTheOrganisations(t *testing.T) {
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	for now, want := range map[string]string{
		"2026-11-23T08:00:00Z": "2026-11-23T23:00:00Z",
		"2026-11-23T23:30:00Z": "2026-11-24T23:00:00Z",
		"2026-10-24T22:30:00Z": "2026-10-25T23:00:00Z", // a day of 25 hours
		"2026-03-29T00:30:00Z": "2026-03-29T22:00:00Z", // and one of 23
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := midnight(at, amsterdam).Format(time.RFC3339); got != want {
			t.Errorf("%s ends %s, want %s", now, got, want)
		}
	}
}
