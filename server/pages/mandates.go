package pages

import (
	"errors"

	"sleutelbos/server/identity"
)

const pathMandates = "/mandates"

// What organisations let people of others do for them: the operator registers
// it, who manages an organisation sees what concerns it and ends what it gave.
func (d *door) mandateRoutes() []route {
	return []route{
		{"GET " + pathMandates, administrators, showMandates},
		{"GET " + pathMandates + "/new", operators, newMandate},
		{"POST " + pathMandates + "/new", operators, giveMandate},
		{"GET " + pathMandates + "/end", administrators, endMandate},
		{"POST " + pathMandates + "/end", administrators, endMandate},
	}
}

func (v *visit) toMandates() crumb { return crumb{pathMandates, v.say("mandates.title")} }

type shownMandate struct {
	identity.MandateStanding
	RoleName, For string
	End           string // path
}

func (v *visit) shownMandates() ([]shownMandate, error) {
	all, err := v.door.desk.Mandates(v.r.Context(), v.actor())
	if err != nil {
		return nil, err
	}
	roles, err := v.door.desk.Roles(v.r.Context())
	if err != nil {
		return nil, err
	}
	var shown []shownMandate
	for _, m := range all {
		one := shownMandate{MandateStanding: m, RoleName: string(m.Role), For: v.say("mandates.whole")}
		for _, role := range roles {
			if role.Key == m.Role {
				one.RoleName = v.roleName(role)
			}
		}
		if m.Part != "" {
			one.For = partName(identity.Part{Code: m.Code, Name: m.PartName})
		}
		one.End = pathMandates + "/end?" + query("giver", m.Giver, "taker", m.Taker, "role", string(m.Role), "part", m.Part)
		shown = append(shown, one)
	}
	return shown, nil
}

func showMandates(v *visit) error {
	all, err := v.shownMandates()
	if err != nil {
		return err
	}
	data := struct {
		All  []shownMandate
		Give bool
	}{all, v.rights.Operates}
	return v.show(page{name: "mandates", title: v.say("mandates.title"), data: data, back: v.toStart(), wide: true})
}

// mandateForm asks who gives what to whom. The part is typed as its code, since
// which ones there are depends on the organisation.
func (v *visit) mandateForm() (*form, []identity.Organisation, error) {
	ctx := v.r.Context()
	organisations, err := v.door.desk.Organisations(ctx, v.actor())
	if err != nil {
		return nil, nil, err
	}
	roles, err := v.door.desk.Roles(ctx)
	if err != nil {
		return nil, nil, err
	}
	none := choice{Text: v.say("mandates.choose")}
	names, held := []choice{none}, []choice{none}
	for _, o := range organisations {
		names = append(names, choice{Value: o.ID, Text: o.Name})
	}
	for _, role := range roles {
		if !role.Operates {
			held = append(held, choice{Value: string(role.Key), Text: v.roleName(role)})
		}
	}
	takers := append([]choice(nil), names...)
	f := v.form("mandates.go-on",
		&field{Name: "giver", Kind: choose, Label: "mandates.giver", Hint: "mandates.giver-hint", Required: true, Choices: names},
		&field{Name: "taker", Kind: choose, Label: "mandates.taker", Hint: "mandates.taker-hint", Required: true, Choices: takers},
		&field{Name: "role", Kind: choose, Label: "mandates.role", Required: true, Choices: held},
		&field{Name: "part", Label: "mandates.part", Hint: "mandates.part-hint", Max: 32, Short: true})
	f.Action, f.Cancel = pathMandates+"/new", pathMandates
	return f, organisations, nil
}

func (v *visit) showNewMandate(f *form) error {
	return v.show(page{name: "mandate-new", title: v.say("mandates.new"), form: f, back: v.toMandates()})
}

func newMandate(v *visit) error {
	f, _, err := v.mandateForm()
	if err != nil {
		return err
	}
	return v.showNewMandate(f)
}

// mandateOf reads the form; what cannot be is said beside its field.
func (f *form) mandateOf(organisations []identity.Organisation) (identity.Mandate, bool) {
	m := identity.Mandate{Giver: f.get("giver"), Taker: f.get("taker"), Role: identity.Role(f.get("role"))}
	if code := f.get("part"); code != "" {
		for _, o := range organisations {
			if o.ID != m.Giver {
				continue
			}
			part, err := o.FindPart(code)
			if err != nil {
				f.fail("part", "mandates.part-unknown", "name", o.Name)
			}
			m.Part = part.ID
		}
	}
	return m, !f.wrong()
}

func giveMandate(v *visit) error {
	f, organisations, err := v.mandateForm()
	if err != nil {
		return err
	}
	if !f.read() {
		return v.showNewMandate(f)
	}
	m, ok := f.mandateOf(organisations)
	if !ok {
		return v.showNewMandate(f)
	}
	do := v.door.desk.CheckMandate
	if v.confirmed() {
		do = v.door.desk.AddMandate
	}
	err = do(v.r.Context(), v.actor(), m)
	switch {
	case f.take(err):
		return v.showNewMandate(f)
	case errors.Is(err, identity.ErrUnknownOrganisation), errors.Is(err, identity.ErrUnknownRole), errors.Is(err, identity.ErrUnknownPart):
		f.fail("", "mandates.gone")
		return v.showNewMandate(f)
	case err != nil:
		return err
	}
	giver, taker := nameOf(organisations, m.Giver), nameOf(organisations, m.Taker)
	if v.confirmed() {
		v.tell("mandates.given", "taker", taker, "giver", giver)
		return v.redirect(pathMandates)
	}
	role := ""
	for _, c := range f.Field("role").Choices {
		if c.Value == string(m.Role) {
			role = c.Text
		}
	}
	return v.confirm(confirmation{
		Title: v.say("mandates.give-title"), Lead: v.say("mandates.give-lead", "giver", giver, "taker", taker, "role", role),
		Follows: []string{
			v.say("mandates.give-follows-1", "giver", giver, "taker", taker), v.say("mandates.give-follows-2"), v.say("mandates.give-follows-3", "giver", giver),
		},
		Submit: v.say("mandates.give-do"), Cancel: pathMandates,
	})
}

// endMandate says who loses what, and then takes the mandate back.
func endMandate(v *visit) error {
	asked := v.r.URL.Query()
	m := identity.Mandate{Giver: asked.Get("giver"), Taker: asked.Get("taker"), Role: identity.Role(asked.Get("role")), Part: asked.Get("part")}
	held, err := v.door.desk.EndingMandate(v.r.Context(), v.actor(), m)
	if errors.Is(err, identity.ErrUnknownMandate) {
		v.warn("mandates.unknown")
		return v.redirect(pathMandates)
	}
	if err != nil {
		return err
	}
	if !v.confirmed() {
		all, err := v.shownMandates()
		if err != nil {
			return err
		}
		follows := v.say("mandates.end-follows-1", "n", held)
		if held == 0 {
			follows = v.say("mandates.end-nobody")
		}
		c := confirmation{
			Title: v.say("mandates.end-title"), Submit: v.say("mandates.end-do"), Cancel: pathMandates, Danger: true,
			Follows: []string{follows, v.say("mandates.end-follows-2")},
		}
		for _, one := range all {
			if one.Mandate == m {
				c.Lead = v.say("mandates.end-lead", "giver", one.GiverName, "taker", one.TakerName, "role", one.RoleName, "for", one.For)
			}
		}
		return v.confirm(c)
	}
	err = v.door.desk.EndMandate(v.r.Context(), v.actor(), m)
	if errors.Is(err, identity.ErrUnknownMandate) {
		v.warn("mandates.unknown")
		return v.redirect(pathMandates)
	}
	if err != nil {
		return err
	}
	v.tell("mandates.ended")
	return v.redirect(pathMandates)
}
