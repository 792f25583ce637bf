package pages

import (
	"errors"
	"strconv"
	"time"

	"sleutelbos/server/identity"
)

// lastDay is the day before a moment at which something ends; empty for never.
func (v *visit) lastDay(end time.Time) string {
	if end.IsZero() {
		return ""
	}
	return v.day(end.Add(-time.Millisecond))
}

// newPerson is what the page "person-new" shows: first the organisation is
// chosen, where there is a choice.
type newPerson struct {
	Organisations []identity.Organisation
	Organisation  identity.Organisation
	Domains       []string
}

func showNewPerson(v *visit) error {
	choices, home, err := v.chosenOrganisation()
	if err != nil {
		return err
	}
	if home.ID == "" {
		return v.showNew(nil, newPerson{Organisations: choices.Organisations})
	}
	f := v.personForm("person.add", choices, home.ID, nil, true, true)
	f.set("means", string(identity.AuthenticatorToken))
	f.set("language", "nl")
	f.set("family", v.r.URL.Query().Get("name"))
	if user := (identity.Grant{Role: identity.RoleUser, Organisation: home.ID}); choices.May(user) {
		one := f.Field("grants")
		one.Values = []string{grantValue(user)}
		one.mark()
	}
	return v.showNew(f, newPerson{Organisation: home, Domains: home.Domains})
}

// chosenOrganisation is the one that the address names, or the only one.
func (v *visit) chosenOrganisation() (identity.Choices, identity.Organisation, error) {
	choices, err := v.door.desk.Choices(v.r.Context(), v.actor())
	if err != nil {
		return choices, identity.Organisation{}, err
	}
	asked := either(v.r.PostForm.Get("organisation"), v.r.URL.Query().Get("organisation"))
	for _, o := range choices.Organisations {
		if o.ID == asked || len(choices.Organisations) == 1 {
			return choices, o, nil
		}
	}
	return choices, identity.Organisation{}, nil
}

func (v *visit) showNew(f *form, shown newPerson) error {
	if f != nil {
		f.Cancel = pathPeople
	}
	return v.show(page{name: "person-new", title: v.say("person.new-title"), form: f, data: shown, back: v.toPeople()})
}

func addPerson(v *visit) error {
	choices, home, err := v.chosenOrganisation()
	if err != nil {
		return err
	}
	if home.ID == "" {
		return errNotFound
	}
	f := v.personForm("person.add", choices, home.ID, nil, true, true)
	right := f.read()
	details := identity.Details{Organisation: home.ID}
	f.details(&details)
	if details.Means == identity.AuthenticatorOutside {
		details.User = ""
	}
	var added identity.Person
	if right && !f.wrong() {
		added, err = v.door.desk.AddPersonBy(v.r.Context(), v.actor(), details)
	} else {
		err = v.door.desk.CheckPerson(v.r.Context(), v.actor(), details) // all that is wrong is said at once
	}
	if f.takePerson(err) || err == nil && f.wrong() {
		return v.showNew(f, newPerson{Organisation: home, Domains: home.Domains})
	}
	if err != nil {
		return err
	}
	v.tell("person.added", "name", added.Name, "user", added.User)
	return v.redirect(pathPeople + "/" + added.ID)
}

// editForm finds the person and makes their form.
func (v *visit) editForm() (identity.Person, *form, error) {
	person, err := v.door.desk.PersonByID(v.r.Context(), v.actor(), v.r.PathValue("id"))
	if err != nil {
		return person, nil, err
	}
	choices, err := v.door.desk.Choices(v.r.Context(), v.actor())
	if err != nil {
		return person, nil, err
	}
	may, err := v.door.desk.MayCommand(v.r.Context(), v.actor(), person.ID)
	if err != nil {
		return person, nil, err
	}
	f := v.personForm("person.save", choices, person.Organisation, person.Grants, may, false)
	f.Cancel = pathPeople + "/" + person.ID
	return person, f, nil
}

func showEditPerson(v *visit) error {
	person, f, err := v.editForm()
	if err != nil {
		return err
	}
	f.fill(person.Details, strconv.FormatInt(person.Version, 10))
	return v.showEdit(person, f)
}

func (v *visit) showEdit(person identity.Person, f *form) error {
	return v.show(page{
		name: "person-edit", title: v.say("person.edit-title", "name", person.Name), form: f, data: person,
		back: crumb{pathPeople + "/" + person.ID, person.Name},
	})
}

func savePerson(v *visit) error {
	person, f, err := v.editForm()
	if err != nil {
		return err
	}
	right := f.read()
	var typed identity.Details
	f.details(&typed)
	version, err := strconv.ParseInt(f.get("version"), 10, 64)
	if err != nil {
		return errBadForm
	}
	if !right || f.wrong() {
		return v.explainEdit(person, f, version)
	}
	saved, err := v.door.desk.EditPerson(v.r.Context(), v.actor(), person.ID, version, false, f.change)
	var conflict *identity.ConflictError
	if errors.As(err, &conflict) {
		return v.explainEdit(person, f, version)
	}
	if f.takePerson(err) {
		return v.showEdit(person, f)
	}
	if err != nil {
		return err
	}
	if saved.Version == version {
		v.tell("person.same")
	} else {
		v.tell("person.saved", "name", saved.Name)
	}
	here := pathPeople + "/" + person.ID
	if _, err := v.door.desk.PersonByID(v.r.Context(), v.actor(), person.ID); err != nil {
		here = pathPeople // no longer the reader's to see
	}
	return v.redirect(here)
}

// change is what the form makes of a person.
func (f *form) change(d *identity.Details) error {
	f.details(d)
	return nil
}

// explainEdit shows the form with all that is wrong, and with what somebody else
// changed since the version.
func (v *visit) explainEdit(person identity.Person, f *form, version int64) error {
	for {
		err := v.door.desk.CheckEdit(v.r.Context(), v.actor(), person.ID, version, false, f.change)
		var conflict *identity.ConflictError
		if errors.As(err, &conflict) {
			person, version = conflict.Now, conflict.Now.Version
			f.merge(person, strconv.FormatInt(version, 10))
			continue
		}
		if err != nil && !f.takePerson(err) {
			return err
		}
		return v.showEdit(person, f)
	}
}
