package identity

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"sleutelbos/server/store/storetest"
)

func (h *house) edit(user string, change func(*Details)) error {
	h.t.Helper()
	now := h.look(user)
	_, err := h.EditPerson(background, Operator(), now.ID, now.Version, false, func(p *Details) error { change(p); return nil })
	return err
}

func TestCodesOutsideTheDatesAreRefusedAndNotCounted(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.must(h.edit("anna", func(p *Details) {
		p.Starts, p.Ends = h.clock.Now().Add(time.Hour), h.clock.Now().Add(3*time.Hour)
	}))
	h.expect("anna", h.code(key), ReasonNotYet)
	h.expect("anna", h.wrong(key), ReasonNotYet)
	h.clock.add(time.Hour)
	h.expect("anna", h.code(key), ReasonValid)
	h.clock.add(2 * time.Hour)
	h.expect("anna@example.org", h.code(key), ReasonEnded)
	for range 6 {
		h.expect("anna", h.wrong(key), ReasonEnded)
	}
	if p := h.look("anna"); p.FailuresInRow != 0 || p.Standing != Ended {
		t.Errorf("%d counted, %s", p.FailuresInRow, p.Standing)
	}
}

func TestLinkingOutsideTheDatesIsRefused(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	h.must(h.edit("anna", func(p *Details) { p.Starts = h.clock.Now().Add(time.Hour) }))
	code := h.activation("anna")
	_, err := h.StartLink(t.Context(), h.request("anna", code, ""))
	h.refused(err, ReasonNotYet, -1)
	h.clock.add(time.Hour)
	answer, key := h.start("anna", code, "") // the code was not used up
	h.must(h.edit("anna", func(p *Details) { p.Ends = h.clock.Now().Add(time.Minute) }))
	h.clock.add(time.Minute)
	h.refused(h.ConfirmLink(t.Context(), answer.ID, h.code(key)), ReasonEnded, -1)
	if h.look("anna").Linked() {
		t.Error("linked all the same")
	}
}

func TestEditSaysEverythingThatIsWrongAndStoresNothing(t *testing.T) {
	h := newHouse(t)
	h.must(h.EditOrganisation(t.Context(), Operator(), MainOrganisation, 1, "", []string{"Voorbeeld.nl", "@voorbeeld.example"}))
	_, err := h.AddPerson(t.Context(), NewPerson{
		User: "an na", Given: "Anna", Email: "anna@example.org", Notices: "no address", Phone: "call me", Language: "fr",
		Starts: morning, Ends: morning, Grants: []Grant{{"boss", MainOrganisation, ""}},
	})
	want := []string{
		"user-unfit", "name-missing", "email-unfit", "phone-unfit", "language-unknown", "ends-before", "email-domain", "grants-unknown",
	}
	if got := keysOf(err); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	h.add(NewPerson{User: "carl", Name: "Carl", Email: "carl@voorbeeld.nl"})
	err = h.CheckPerson(t.Context(), Operator(), NewPerson{User: "Carl", Given: "Anna", Email: "CARL@voorbeeld.nl", Phone: "call me"})
	if got := keysOf(err); !slices.Equal(got, []string{"name-missing", "phone-unfit"}) || !errors.Is(err, ErrUserTaken) || !errors.Is(err, ErrEmailTaken) {
		t.Errorf("what is taken is told apart from the rest: %v", err)
	}
	h.must(h.CheckPerson(t.Context(), Operator(), NewPerson{User: "dora", Name: "Dora", Email: "dora@voorbeeld.nl"}))
	if _, err := h.Person(t.Context(), "dora"); !errors.Is(err, ErrUnknownPerson) {
		t.Errorf("looking added somebody: %v", err)
	}
	p := h.add(NewPerson{User: "anna", Given: "Anna", Prefix: "van den", Family: "Berg", Email: "anna@voorbeeld.nl", Notices: "desk@example.org"})
	h.add(NewPerson{User: "bert", Name: "Bert", Email: "bert@voorbeeld.example", Notices: "desk@example.org"}) // shared
	if p.Name != "Anna van den Berg" {
		t.Errorf("called %q", p.Name)
	}
	wrong := func(p *Details) { p.User, p.Email, p.Phone = "BERT", "carl@voorbeeld.nl", "call me" }
	for i, err := range []error{
		h.edit("anna", wrong),
		h.CheckEdit(t.Context(), Operator(), p.ID, p.Version, false, func(p *Details) error { wrong(p); return nil }),
	} {
		if !errors.Is(err, ErrUserTaken) || !errors.Is(err, ErrEmailTaken) || !slices.Equal(keysOf(err), []string{"phone-unfit"}) {
			t.Errorf("%d: %v", i, err)
		}
	}
	h.must(h.CheckEdit(t.Context(), Operator(), p.ID, p.Version, false, func(p *Details) error { p.Phone = "0123456789"; return nil }))
	if got := h.look("anna"); got.Version != p.Version {
		t.Errorf("looking made version %d", got.Version)
	}
	var conflict *ConflictError
	if err := h.CheckEdit(t.Context(), Operator(), p.ID, p.Version-1, false, func(*Details) error { return nil }); !errors.As(err, &conflict) {
		t.Errorf("of another version: %v", err)
	}
	h.must(h.edit("anna", func(p *Details) { p.Phone = "0123456789" }))
	if got := h.look("anna"); got.Version != p.Version+1 || got.Phone != "0123456789" {
		t.Errorf("%+v", got)
	}
	h.must(h.edit("anna", func(p *Details) { p.Phone = " 0123456789 " })) // nothing changed
	if got := h.look("anna"); got.Version != p.Version+1 {
		t.Errorf("a change of nothing made version %d", got.Version)
	}
}

func TestANewUserNameIsTheOnlyOne(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	h.must(h.edit("anna", func(p *Details) { p.User, p.Email = "anne", "anne@example.org" }))
	h.expect("anna", h.code(key), ReasonUnknown)
	h.expect("anna@example.org", h.code(key), ReasonUnknown)
	h.expect("ANNE", h.code(key), ReasonValid)
	h.person("anna") // free again
}

func TestTheSecondOfTwoLosesNothing(t *testing.T) {
	h := newHouse(t)
	p := h.person("anna")
	_, err := h.EditPerson(t.Context(), Operator(), p.ID, p.Version, false, func(d *Details) error { d.Phone = "0101234567"; return nil })
	h.must(err)
	_, err = h.EditPerson(t.Context(), Operator(), p.ID, p.Version, false, func(d *Details) error { d.Job = "docent"; return nil })
	var conflict *ConflictError
	if !errors.As(err, &conflict) || !errors.Is(err, ErrEdited) {
		t.Fatalf("got %v", err)
	}
	if got := Differences(p.Details, conflict.Now.Details); len(got) != 1 || got[0] != (Change{"phone", "", "0101234567"}) {
		t.Errorf("told %v", got)
	}
	_, err = h.EditPerson(t.Context(), Operator(), p.ID, conflict.Now.Version, false, func(d *Details) error { d.Job = "docent"; return nil })
	h.must(err)
	if got := h.look("anna"); got.Phone == "" || got.Job == "" {
		t.Errorf("lost something: %+v", got)
	}
}

func TestAssignedUserName(t *testing.T) {
	h := newHouse(t)
	p := h.add(NewPerson{Name: "Anna", Email: "anna@example.org", Means: AuthenticatorOutside})
	if len(p.User) != 8 || p.Means != AuthenticatorOutside {
		t.Errorf("%q, %s", p.User, p.Means)
	}
	h.activation(p.User)
}

func TestTheLastAdministratorStays(t *testing.T) {
	h := newHouse(t)
	anna := h.add(NewPerson{User: "anna", Name: "Anna", Email: "anna@example.org", Role: RoleAdministrator})
	user := []Grant{{RoleUser, MainOrganisation, ""}}
	for name, change := range map[string]func(*Details){
		"role":  func(p *Details) { p.Grants = user },
		"end":   func(p *Details) { p.Ends = h.clock.Now().Add(time.Hour) },
		"start": func(p *Details) { p.Starts = h.clock.Now().Add(time.Hour) },
	} {
		if err := h.edit("anna", change); !errors.Is(err, ErrLastAdministrator) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.DeletePerson(t.Context(), Operator(), anna.ID, false); !errors.Is(err, ErrLastAdministrator) {
		t.Errorf("deleted: %v", err)
	}
	bert := h.add(NewPerson{User: "bert", Name: "Bert", Email: "bert@example.org", Role: RoleAdministrator})
	h.must(h.edit("anna", func(p *Details) { p.Grants = user })) // stays a user
	if got := h.look("anna"); got.Role != RoleUser || len(h.found(Operator(), Search{Text: "anna"})) != 1 {
		t.Errorf("%+v", got)
	}
	if _, err := h.DeletePerson(t.Context(), Operator(), bert.ID, true); err != nil {
		t.Errorf("forced: %v", err)
	}
}

// Two administrators who stop at once: one may.
func TestTwoLastAdministratorsAtOnce(t *testing.T) {
	h := newHouse(t)
	people := []Person{
		h.add(NewPerson{User: "anna", Name: "Anna", Email: "anna@example.org", Role: RoleAdministrator}),
		h.add(NewPerson{User: "bert", Name: "Bert", Email: "bert@example.org", Role: RoleAdministrator}),
	}
	var stopped, kept atomic.Int32
	together(8, func(i int) {
		p := people[i%2]
		_, err := h.EditPerson(background, PersonActor(p.ID), p.ID, p.Version, false, func(d *Details) error {
			d.Grants = []Grant{{RoleUser, MainOrganisation, ""}}
			return nil
		})
		switch {
		case err == nil:
			stopped.Add(1)
		case errors.Is(err, ErrLastAdministrator):
			kept.Add(1)
		case !errors.Is(err, ErrEdited):
			t.Error(err)
		}
	})
	if stopped.Load() != 1 || kept.Load() != 4 {
		t.Errorf("%d stopped, %d kept", stopped.Load(), kept.Load())
	}
}

func TestOneChangesOnlyWhatIsOnesOwn(t *testing.T) {
	h := newHouse(t)
	p := h.person("anna")
	by := PersonActor(p.ID)
	_, err := h.EditPerson(t.Context(), by, p.ID, p.Version, false, func(d *Details) error {
		d.Phone, d.Notices, d.Language = "0101234567", "x@example.org", "nl"
		return nil
	})
	h.must(err)
	for name, change := range map[string]func(*Details){
		"email": func(d *Details) { d.Email = "y@example.org" },
		"name":  func(d *Details) { d.Name = "Y" },
		"ends":  func(d *Details) { d.Ends = morning.AddDate(9, 0, 0) },
	} {
		_, err := h.EditPerson(t.Context(), by, p.ID, p.Version+1, false, func(d *Details) error { change(d); return nil })
		if !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = h.EditPerson(t.Context(), by, p.ID, p.Version+1, false, func(d *Details) error {
		d.Grants = append(d.Grants, Grant{RoleAdministrator, MainOrganisation, ""})
		return nil
	})
	if !slices.Contains(keysOf(err), "grants-unknown") {
		t.Errorf("made oneself an administrator: %v", err)
	}
	if _, err := h.DeletePerson(t.Context(), by, p.ID, false); !errors.Is(err, ErrOneself) {
		t.Errorf("deleted oneself: %v", err)
	}
}

func TestDeletedAndErased(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	p := h.look("anna")
	h.activation("anna")
	what, err := h.LeavingPerson(t.Context(), Operator(), p.ID, false)
	h.must(err)
	if want := (Leaving{People: 1, Links: 1, Activations: 1, Grants: 1}); what != want {
		t.Errorf("would follow: %+v", what)
	}
	done, err := h.DeletePerson(t.Context(), Operator(), p.ID, false)
	h.must(err)
	if done != what {
		t.Errorf("followed: %+v", done)
	}
	h.expect("anna", h.code(key), ReasonUnknown)
	if _, err := h.Person(t.Context(), "anna"); !errors.Is(err, ErrUnknownPerson) {
		t.Errorf("found: %v", err)
	}
	h.person("anna") // somebody else of that name
	gone, err := h.Deleted(t.Context(), Operator(), "anna")
	h.must(err)
	if len(gone) != 1 || gone[0].ID != p.ID || gone[0].Email == "" {
		t.Errorf("deleted: %+v", gone)
	}
	h.must(h.ErasePerson(t.Context(), Operator(), p.ID))
	h.must(h.VerifyAudit(t.Context()))
	if n := storetest.Count(t, h.database(), "SELECT count(*) FROM people WHERE id = '"+p.ID+"' AND full_name = '' AND email = '' AND user_name = '' AND words = ''"); n != 1 {
		t.Error("something tells who it was")
	}
	rows, err := h.Audit(t.Context(), 100)
	h.must(err)
	if !slices.ContainsFunc(rows, func(r AuditRow) bool { return r.Kind == kindPersonErase && r.Person == p.ID && r.Actor == "operator" }) {
		t.Error("the audit log does not say so")
	}
	if err := h.ErasePerson(t.Context(), Operator(), p.ID); !errors.Is(err, ErrUnknownPerson) {
		t.Errorf("erased twice: %v", err)
	}
}

func TestSignOff(t *testing.T) {
	d := newDistrict(t)
	ctx := t.Context()
	what, err := d.LeavingOrganisation(ctx, Operator(), d.school[0])
	d.must(err)
	done, err := d.SignOff(ctx, Operator(), d.school[0])
	d.must(err)
	if want := (Leaving{People: 2, Grants: 3}); what != want || done != want {
		t.Errorf("would follow %+v, followed %+v", what, done)
	}
	if got := d.found(Operator(), Search{}); !slices.Equal(got, []string{"admin-beta", "teacher-beta"}) {
		t.Errorf("left: %v", got)
	}
	all, err := d.Organisations(ctx, Operator())
	d.must(err)
	if len(all) != 2 {
		t.Errorf("left: %v", all)
	}
	if _, err := d.SearchPeople(ctx, d.by(0), Search{}); !errors.Is(err, ErrForbidden) {
		t.Errorf("its administrator: %v", err)
	}
	if _, err := d.SignOff(ctx, Operator(), MainOrganisation); !errors.Is(err, ErrMainOrganisation) {
		t.Errorf("the operator's own: %v", err)
	}
}

// What was there before there were grants goes on as it was.
func TestRightsOfMigratedPeople(t *testing.T) {
	h := newHouse(t)
	h.add(NewPerson{User: "anna", Name: "Anna", Email: "anna@example.org", Role: RoleAdministrator})
	h.person("bert")
	h.tamper("DELETE FROM grants")
	h.tamper("INSERT INTO grants (person, role, organisation) SELECT id, role, 'main' FROM people") // the migration's own statement
	rights, err := h.Rights(t.Context(), PersonActor(h.look("anna").ID))
	h.must(err)
	if !rights.Manages || rights.Operates {
		t.Errorf("%+v", rights)
	}
	if got := h.look("bert").Grants; !slices.Equal(got, []Grant{{RoleUser, MainOrganisation, ""}}) {
		t.Errorf("%v", got)
	}
}

func TestWhoWasDeletedLongAgoIsErased(t *testing.T) {
	h := newHouse(t)
	var ids []string
	for _, user := range []string{"anna", "bert"} {
		p := h.person(user)
		ids = append(ids, p.ID)
		_, err := h.DeletePerson(t.Context(), Operator(), p.ID, false)
		h.must(err)
		h.clock.add(60 * 24 * time.Hour)
	}
	_, err := h.jobs().Run(t.Context(), "erase") // four months and two months later
	h.must(err)
	if n := storetest.Count(t, h.database(), "SELECT count(*) FROM people WHERE erased > 0 AND full_name = '' AND id = '"+ids[0]+"'"); n != 1 {
		t.Error("who was deleted long ago is still there")
	}
	if n := storetest.Count(t, h.database(), "SELECT count(*) FROM people WHERE erased > 0"); n != 1 {
		t.Errorf("%d erased", n)
	}
	h.must(h.VerifyAudit(t.Context()))
}

func TestAllThatIsWrongWithAnOrganisationIsSaidAtOnce(t *testing.T) {
	d := newDistrict(t)
	ctx, op := t.Context(), Operator()
	for i, err := range []error{
		second(d.AddOrganisation(ctx, op, "SCHOOL BETA", []string{"no domain"})),
		d.EditOrganisation(ctx, op, d.school[0], 1, "School Beta", []string{"no domain"}),
		d.CheckOrganisation(ctx, op, "", "School Beta", []string{"no domain"}),
		d.CheckOrganisation(ctx, op, d.school[0], "School Beta", []string{"no domain"}),
	} {
		if !errors.Is(err, ErrOrganisationTaken) || !slices.Equal(keysOf(err), []string{"domains-unfit"}) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if keys := keysOf(d.CheckOrganisation(ctx, op, "", "", []string{"no domain"})); !slices.Equal(keys, []string{"name-missing", "domains-unfit"}) {
		t.Errorf("without a name: %v", keys)
	}
	for id, name := range map[string]string{"": "School gamma", d.school[0]: "School alpha", MainOrganisation: ""} {
		d.must(d.CheckOrganisation(ctx, op, id, name, []string{"alpha.example"}))
	}
	if all, err := d.Organisations(ctx, op); err != nil || len(all) != 3 {
		t.Errorf("looking left %v, %v", all, err)
	}
}
