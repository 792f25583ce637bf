package pages

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"sleutelbos/server/identity"
)

const (
	pathOrganisations = "/organisations"
	pathRoles         = "/roles"
)

func (d *door) organisationRoutes() []route {
	return []route{
		{"GET " + pathOrganisations, operators, showOrganisations},
		{"POST " + pathOrganisations, operators, addOrganisation},
		{"GET /organisations/{id}", operators, showOrganisation},
		{"POST /organisations/{id}", operators, saveOrganisation},
		{"POST /organisations/{id}/parts", operators, addPart},
		{"GET /organisations/{id}/parts/{part}", operators, showPart},
		{"POST /organisations/{id}/parts/{part}", operators, savePart},
		{"POST /organisations/{id}/part-end", operators, endPart},
		{"GET /organisations/{id}/sign-off", operators, signOff},
		{"POST /organisations/{id}/sign-off", operators, signOff},
		{"GET " + pathRoles, operators, showRoles},
		{"POST " + pathRoles, operators, saveRole},
		{"POST " + pathRoles + "/end", operators, endRole},
	}
}

func (v *visit) toOrganisations() crumb {
	return crumb{pathOrganisations, v.say("organisations.title")}
}

func (v *visit) organisationForm(submit string) *form {
	return v.form(submit,
		&field{Name: "name", Label: "organisations.name", Required: true},
		&field{Name: "domains", Label: "organisations.domains", Hint: "organisations.domains-hint", Max: 2000})
}

// shownOrganisations is what the page "organisations" shows.
type shownOrganisations struct{ All []identity.Organisation }

func showOrganisations(v *visit) error {
	return v.showOrganisations(v.organisationForm("organisations.add"))
}

func (v *visit) showOrganisations(f *form) error {
	all, err := v.door.desk.Organisations(v.r.Context(), v.actor())
	if err != nil {
		return err
	}
	return v.show(page{name: "organisations", title: v.say("organisations.title"), form: f, data: shownOrganisations{all}, back: v.toStart()})
}

// takeOrganisation says all that the desk refused of an organisation or part.
func (f *form) takeOrganisation(err error) bool {
	return f.takeAll(err, "part-name", []refusedField{ // the page has two forms, and each a name
		{identity.ErrOrganisationTaken, "name", "organisations.taken"},
		{identity.ErrPartTaken, "code", "organisations.part-taken"},
		{identity.ErrEdited, "", "organisations.edited"},
	})
}

// lookAtOrganisation says of a form with which something is wrong already what
// else is.
func (v *visit) lookAtOrganisation(f *form, id string) error {
	typed := func(name string) string {
		if f.fits(name) {
			return f.get(name)
		}
		return ""
	}
	err := v.door.desk.CheckOrganisation(v.r.Context(), v.actor(), id, typed("name"), domainsOf(typed("domains")))
	if f.takeOrganisation(err) {
		return nil
	}
	return err
}

func domainsOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
}

func addOrganisation(v *visit) error {
	f := v.organisationForm("organisations.add")
	if !f.read() {
		if err := v.lookAtOrganisation(f, ""); err != nil {
			return err
		}
		return v.showOrganisations(f)
	}
	id, err := v.door.desk.AddOrganisation(v.r.Context(), v.actor(), f.get("name"), domainsOf(f.get("domains")))
	if f.takeOrganisation(err) {
		return v.showOrganisations(f)
	}
	if err != nil {
		return err
	}
	v.tell("organisations.added", "name", f.get("name"))
	return v.redirect(pathOrganisations + "/" + id)
}

// shownOrganisation is what the page "organisation" shows.
type shownOrganisation struct {
	identity.Organisation
	Main bool
	Part *form
}

// organisationAt finds the organisation of the address, with its forms.
func (v *visit) organisationAt() (identity.Organisation, *form, *form, error) {
	o, err := v.door.desk.FindOrganisation(v.r.Context(), v.actor(), v.r.PathValue("id"))
	if errors.Is(err, identity.ErrUnknownOrganisation) {
		return o, nil, nil, errNotFound
	}
	if err != nil {
		return o, nil, nil, err
	}
	f := v.organisationForm("organisations.save")
	if o.ID == identity.MainOrganisation {
		f.Fields = f.Fields[1:] // its name is a setting
	}
	f.Fields = append(f.Fields, &field{Name: "version", Kind: hidden})
	f.set("name", o.Name)
	f.set("domains", strings.Join(o.Domains, " "))
	f.set("version", strconv.FormatInt(o.Version, 10))
	part := v.partForm("organisations.part-save")
	part.Action = pathOrganisations + "/" + o.ID + "/parts"
	return o, f, part, nil
}

func (v *visit) partForm(submit string) *form {
	return v.form(submit,
		&field{Name: "code", Label: "organisations.code", Hint: "organisations.code-hint", Required: true, Max: 32, Short: true},
		&field{Name: "part-name", Label: "organisations.part-name"})
}

func (v *visit) showOrganisation(o identity.Organisation, f, part *form) error {
	shown := f
	if part.wrong() {
		shown = part
	}
	f.Action = pathOrganisations + "/" + o.ID
	return v.show(page{
		name: "organisation", title: o.Name, form: shown, back: v.toOrganisations(),
		data: struct {
			shownOrganisation
			Edit *form
		}{shownOrganisation{o, o.ID == identity.MainOrganisation, part}, f},
	})
}

func showOrganisation(v *visit) error {
	o, f, part, err := v.organisationAt()
	if err != nil {
		return err
	}
	return v.showOrganisation(o, f, part)
}

func saveOrganisation(v *visit) error {
	o, f, part, err := v.organisationAt()
	if err != nil {
		return err
	}
	if !f.read() {
		if err := v.lookAtOrganisation(f, o.ID); err != nil {
			return err
		}
		return v.showOrganisation(o, f, part)
	}
	version, err := strconv.ParseInt(f.get("version"), 10, 64)
	if err != nil {
		return errBadForm
	}
	err = v.door.desk.EditOrganisation(v.r.Context(), v.actor(), o.ID, version, f.get("name"), domainsOf(f.get("domains")))
	if f.takeOrganisation(err) {
		f.set("version", strconv.FormatInt(o.Version, 10))
		return v.showOrganisation(o, f, part)
	}
	if err != nil {
		return err
	}
	v.tell("organisations.saved")
	return v.redirect(pathOrganisations + "/" + o.ID)
}

func addPart(v *visit) error {
	o, f, part, err := v.organisationAt()
	if err != nil {
		return err
	}
	if !part.read() {
		return v.showOrganisation(o, f, part)
	}
	_, err = v.door.desk.SetPart(v.r.Context(), v.actor(), identity.Part{Organisation: o.ID, Code: part.get("code"), Name: part.get("part-name")})
	if part.takeOrganisation(err) {
		return v.showOrganisation(o, f, part)
	}
	if err != nil {
		return err
	}
	v.tell("organisations.part-saved", "code", part.get("code"))
	return v.redirect(pathOrganisations + "/" + o.ID)
}

// partAt finds the part of the address, with the form to call it otherwise.
func (v *visit) partAt() (identity.Organisation, identity.Part, *form, error) {
	o, _, _, err := v.organisationAt()
	if err != nil {
		return o, identity.Part{}, nil, err
	}
	part, err := o.FindPart(v.r.PathValue("part"))
	if err != nil || part.ID != v.r.PathValue("part") {
		return o, part, nil, errNotFound
	}
	f := v.partForm("organisations.save")
	f.Cancel = pathOrganisations + "/" + o.ID
	f.set("code", part.Code)
	f.set("part-name", part.Name)
	return o, part, f, nil
}

func (v *visit) showPart(o identity.Organisation, part identity.Part, f *form) error {
	return v.show(page{
		name: "part", title: v.say("organisations.part-edit-title", "name", partName(part)), form: f,
		back: crumb{pathOrganisations + "/" + o.ID, o.Name},
	})
}

func showPart(v *visit) error {
	o, part, f, err := v.partAt()
	if err != nil {
		return err
	}
	return v.showPart(o, part, f)
}

func savePart(v *visit) error {
	o, part, f, err := v.partAt()
	if err != nil {
		return err
	}
	if !f.read() {
		return v.showPart(o, part, f)
	}
	_, err = v.door.desk.SetPart(v.r.Context(), v.actor(), identity.Part{ID: part.ID, Organisation: o.ID, Code: f.get("code"), Name: f.get("part-name")})
	if f.takeOrganisation(err) {
		return v.showPart(o, part, f)
	}
	if err != nil {
		return err
	}
	v.tell("organisations.part-edited", "code", f.get("code"))
	return v.redirect(pathOrganisations + "/" + o.ID)
}

func endPart(v *visit) error {
	o, _, _, err := v.organisationAt()
	if err != nil {
		return err
	}
	part, err := o.FindPart(v.r.PostForm.Get("part"))
	if err != nil {
		return errNotFound
	}
	here := pathOrganisations + "/" + o.ID
	if !v.confirmed() {
		return v.confirm(confirmation{
			Title: v.say("organisations.part-end-title", "name", partName(part)), Follows: []string{v.say("organisations.part-follows")},
			Submit: v.say("organisations.part-end-do"), Cancel: here, Danger: true,
		})
	}
	held, err := v.door.desk.EndPart(v.r.Context(), v.actor(), part.ID)
	if err != nil {
		return err
	}
	v.tell("organisations.part-ended", "n", held)
	return v.redirect(here)
}

// signOffPatience is how long one form deletes people; the next does the rest.
const signOffPatience = 15 * time.Second

func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, signOffPatience)
}

// fieldGone is how many people the forms before this one deleted.
const fieldGone = "gone"

// signOff ends an organisation, after saying what follows. Where that takes long,
// it says how far it is and asks to go on.
func signOff(v *visit) error {
	o, _, _, err := v.organisationAt()
	if err != nil {
		return err
	}
	if o.ID == identity.MainOrganisation {
		return errForbidden
	}
	if !v.confirmed() {
		what, err := v.door.desk.LeavingOrganisation(v.r.Context(), v.actor(), o.ID)
		if err != nil {
			return err
		}
		return v.confirm(v.signOffQuestion(o, what))
	}
	ctx, stop := v.door.bounded(context.WithoutCancel(v.r.Context()))
	defer stop()
	done, err := v.door.desk.SignOff(ctx, v.actor(), o.ID)
	if errors.Is(err, context.DeadlineExceeded) && done != (identity.Leaving{}) {
		return v.askToGoOn(o, done.People)
	}
	if err != nil {
		return err
	}
	v.tell("organisations.off-done", "name", o.Name)
	return v.redirect(pathOrganisations)
}

// askToGoOn says how many people are deleted and how many are left.
func (v *visit) askToGoOn(o identity.Organisation, people int) error {
	left, err := v.door.desk.LeavingOrganisation(v.r.Context(), v.actor(), o.ID)
	if err != nil {
		return err
	}
	if before, err := strconv.Atoi(v.r.PostForm.Get(fieldGone)); err == nil && before > 0 {
		people += before
	}
	v.r.PostForm.Set(fieldGone, strconv.Itoa(people)) // for the next form
	c := v.signOffQuestion(o, left)
	c.Title, c.Lead, c.Submit = v.say("organisations.off-partly-title", "name", o.Name), v.say("organisations.off-partly"), v.say("organisations.off-go-on")
	c.Remains = []string{v.say("organisations.off-stop"), v.say("organisations.off-back")}
	c.SoFar = v.say("organisations.off-gone", "n", people) + " "
	if left.People > 0 {
		c.SoFar += v.say("organisations.off-left", "n", left.People)
	} else {
		c.SoFar += v.say("organisations.off-left-none")
	}
	return v.confirm(c)
}

func (v *visit) signOffQuestion(o identity.Organisation, what identity.Leaving) confirmation {
	return confirmation{
		Title: v.say("organisations.off-title", "name", o.Name), Lead: v.say("organisations.off-lead"), Follows: v.followsOff(o, what),
		Submit: v.say("organisations.off-do"), Cancel: pathOrganisations + "/" + o.ID, Danger: true,
	}
}

// followsOff says what follows from signing an organisation off.
func (v *visit) followsOff(o identity.Organisation, what identity.Leaving) []string {
	all := []string{v.say("organisations.off-nobody")}
	if what.People > 0 {
		all = append([]string{v.say("organisations.off-people", "n", what.People)}, v.ending(what)...)
	}
	for _, one := range []struct {
		key string
		n   int
	}{{"organisations.off-others", what.Others}, {"organisations.off-mandates", what.Mandates}, {"organisations.off-parts", len(o.Parts)}} {
		if one.n > 0 {
			all = append(all, v.say(one.key, "n", one.n))
		}
	}
	if what.People > 0 {
		all = append(all, v.say("person.follows-name"), v.say("person.follows-audit"))
	}
	return all
}
