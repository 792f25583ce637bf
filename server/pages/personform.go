package pages

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"sleutelbos/server/identity"
)

// fieldBase holds what stood in the form when it was shown, so that of two who
// change one person the second is told what the first changed, and writes none
// of it back.
const fieldBase = "base"

// refusedPeople lists what the desk refuses about people, and beside which field
// of the form that is said.
func refusedPeople() []refusedField {
	return []refusedField{
		{identity.ErrLastAdministrator, "grants", "person.last"},
		{identity.ErrOneself, "", "person.oneself"},
		{identity.ErrForbidden, "", "person.not-yours"},
		{identity.ErrUserTaken, "user", "person.user-taken"},
		{identity.ErrEmailTaken, "email", "person.email-taken"},
	}
}

// refusedKey is what is said of a refusal; empty: it is none.
func refusedKey(err error) string {
	for _, one := range refusedPeople() {
		if errors.Is(err, one.err) {
			return one.key
		}
	}
	return ""
}

// takePerson says beside the fields all that the desk refused, and tells whether
// that was all.
func (f *form) takePerson(err error) bool {
	return f.takeAll(err, "family", refusedPeople()) // the form has the name in parts
}

// personForm is the form of somebody of an organisation. who: their own and
// sign-in details can be changed too, not only the roles.
func (v *visit) personForm(submit string, choices identity.Choices, home string, held []identity.Grant, who, fresh bool) *form {
	var fields []*field
	if fresh {
		fields = append(fields, &field{Name: "organisation", Kind: hidden, Value: home})
	}
	if who {
		fields = append(fields,
			&field{Name: "given", Label: "person.given", Max: 128},
			&field{Name: "prefix", Label: "person.prefix", Hint: "person.prefix-hint", Max: 64, Short: true},
			&field{Name: "family", Label: "person.family", Required: true, Max: 128},
			&field{Name: "email", Kind: email, Label: "person.email", Hint: "person.email-hint", Required: true, Max: 254})
		if fresh {
			fields = append(fields, &field{Name: "means", Kind: radio, Label: "person.means", Required: true, Choices: []choice{
				{Value: string(identity.AuthenticatorToken), Text: v.say("person.means-token"), Hint: v.say("person.means-token-hint")},
				{Value: string(identity.AuthenticatorOutside), Text: v.say("person.means-outside"), Hint: v.say("person.means-outside-hint")},
			}})
		}
		user := &field{Name: "user", Label: "person.user", Hint: "person.user-hint", Max: 128, Plain: true, Autocomplete: "off"}
		if fresh {
			user.Hint = "person.user-new-hint"
		}
		fields = append(fields, user,
			&field{Name: "phone", Kind: phone, Label: "person.phone", Max: 32, Short: true},
			&field{Name: "job", Label: "person.job", Max: 128},
			&field{Name: "notices", Kind: email, Label: "person.notices", Hint: "person.notices-hint", Max: 254},
			&field{Name: "language", Kind: choose, Label: "person.language", Plain: true, Choices: []choice{
				{Value: "", Text: v.say("person.language-none")}, {Value: "nl", Text: v.say("language.nl")}, {Value: "en", Text: v.say("language.en")},
			}},
			&field{Name: "starts", Kind: date, Label: "person.starts", Hint: "person.starts-hint", Short: true},
			&field{Name: "ends", Kind: date, Label: "person.ends", Hint: "person.ends-hint", Short: true},
			&field{Name: "stopgap", Kind: date, Label: "person.stopgap", Hint: "person.stopgap-hint", Short: true})
	}
	fields = append(fields,
		&field{Name: "grants", Kind: checks, Label: "person.grants", Hint: "person.grants-hint", Plain: true, Choices: v.grantChoices(choices, home, held)},
		&field{Name: "version", Kind: hidden}, &field{Name: fieldBase, Kind: hidden, Max: 16_000})
	return v.form(submit, fields...)
}

// grantChoices are the roles that can be given in the person's organisation and
// where else they hold something, and what they hold.
func (v *visit) grantChoices(choices identity.Choices, home string, held []identity.Grant) []choice {
	var all []choice
	add := func(g identity.Grant) {
		if slices.Contains(held, g) || choices.May(g) {
			all = append(all, choice{Value: grantValue(g), Text: v.grantName(choices, g, home)})
		}
	}
	for _, o := range choices.Organisations {
		other := o.ID != home && !slices.ContainsFunc(held, func(g identity.Grant) bool { return g.Organisation == o.ID })
		if other && len(choices.Organisations) > fewOrganisations {
			continue
		}
		for _, role := range choices.Roles {
			if role.Operates && o.ID != identity.MainOrganisation {
				continue
			}
			if !role.NeedsParts {
				add(identity.Grant{Role: role.Key, Organisation: o.ID})
			}
			for _, p := range o.Parts {
				if g := (identity.Grant{Role: role.Key, Organisation: o.ID, Part: p.ID}); role.NeedsParts || slices.Contains(held, g) {
					add(g)
				}
			}
		}
	}
	return all
}

// fewOrganisations is up to how many all are offered with everybody's roles.
const fewOrganisations = 4

func grantValue(g identity.Grant) string { return string(g.Role) + "|" + g.Organisation + "|" + g.Part }

func grantOf(value string) identity.Grant {
	role, rest, _ := strings.Cut(value, "|")
	organisation, part, _ := strings.Cut(rest, "|")
	return identity.Grant{Role: identity.Role(role), Organisation: organisation, Part: part}
}

// fill puts a person in the form, and keeps beside it what stood there.
func (f *form) fill(d identity.Details, version string) {
	values := f.visit.valuesOf(d)
	for name, value := range values {
		f.set(name, value)
	}
	if one := f.Field("grants"); one != nil {
		for _, g := range d.Grants {
			one.Values = append(one.Values, grantValue(g))
		}
		one.mark()
		one.Value = strings.Join(one.Values, " ")
	}
	f.set("version", version)
	f.rebase(d)
}

func (f *form) rebase(d identity.Details) {
	base := f.visit.valuesOf(d)
	for _, g := range d.Grants {
		base["grants"] += grantValue(g) + " "
	}
	raw, err := json.Marshal(base)
	if err != nil {
		return // a map of texts always can be written
	}
	f.set(fieldBase, string(raw))
}

// valuesOf is a person as the form has it.
func (v *visit) valuesOf(d identity.Details) map[string]string {
	given, prefix, family := d.Given, d.Prefix, d.Family
	if family == "" {
		given, prefix, family = identity.SplitName(d.Name)
	}
	return map[string]string{
		"given": given, "prefix": prefix, "family": family, "email": d.Email, "user": d.User, "phone": d.Phone, "job": d.Job,
		"notices": d.Notices, "language": d.Language, "means": string(d.Means),
		"starts": identity.FormatDay(d.Starts, v.zone, false), "ends": identity.FormatDay(d.Ends, v.zone, true),
		"stopgap": identity.FormatDay(d.StopgapEnds, v.zone, true),
	}
}

// details puts what was typed into a person, as far as nothing is wrong with it:
// the desk can be asked about the rest.
func (f *form) details(into *identity.Details) {
	for name, at := range map[string]*string{
		"given": &into.Given, "prefix": &into.Prefix, "family": &into.Family, "email": &into.Email, "user": &into.User,
		"phone": &into.Phone, "job": &into.Job, "notices": &into.Notices, "language": &into.Language,
	} {
		if f.fits(name) {
			*at = f.get(name)
		}
	}
	if f.fits("means") {
		into.Means = identity.Authenticator(f.get("means"))
	}
	for name, at := range map[string]*time.Time{"starts": &into.Starts, "ends": &into.Ends, "stopgap": &into.StopgapEnds} {
		if !f.fits(name) {
			continue
		}
		day, err := identity.ParseDay(f.get(name), f.visit.zone, name != "starts")
		if err != nil {
			f.fail(name, "form.date")
			continue
		}
		*at = day
	}
	if !f.fits("grants") {
		return
	}
	into.Grants = nil
	for _, value := range f.got("grants") {
		into.Grants = append(into.Grants, grantOf(value))
	}
}

// merge tells what somebody else changed meanwhile: what was not typed here is
// taken over, what was stays typed, and either is said beside its field.
func (f *form) merge(now identity.Person, version string) {
	base := map[string]string{}
	_ = json.Unmarshal([]byte(f.get(fieldBase)), &base) // nothing of it: all is taken for typed
	present := f.visit.valuesOf(now.Details)
	for _, one := range f.Fields {
		theirs, known := present[one.Name]
		if !known || theirs == base[one.Name] {
			continue
		}
		if one.Value == base[one.Name] {
			f.set(one.Name, theirs)
			one.add(f.visit.say("person.changed-taken", "value", either(theirs, f.visit.say("person.nothing"))))
		} else if one.Value != theirs {
			one.add(f.visit.say("person.changed-yours", "value", either(theirs, f.visit.say("person.nothing"))))
		}
	}
	f.mergeGrants(now, base["grants"])
	f.Faults = append(f.Faults, f.visit.say("person.changed"))
	f.set("version", version)
	f.rebase(now.Details)
}

// mergeGrants gives what somebody else gave, and takes back what they took.
func (f *form) mergeGrants(now identity.Person, before string) {
	one, was := f.Field("grants"), strings.Fields(before)
	var present []string
	for _, g := range now.Grants {
		present = append(present, grantValue(g))
	}
	changed := false
	for _, value := range present {
		if !slices.Contains(was, value) && !slices.Contains(one.Values, value) {
			one.Values, changed = append(one.Values, value), true
		}
	}
	one.Values = slices.DeleteFunc(one.Values, func(value string) bool {
		gone := slices.Contains(was, value) && !slices.Contains(present, value)
		changed = changed || gone
		return gone
	})
	one.mark()
	if changed {
		one.add(f.visit.say("person.changed-roles"))
	}
}
