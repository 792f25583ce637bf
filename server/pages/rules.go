package pages

import (
	"errors"
	"strconv"
	"strings"

	"sleutelbos/server/identity"
)

const pathRules = "/settings"

func (d *door) rulesRoutes() []route {
	return []route{
		{"GET " + pathRules, administrators, showRulesOf},
		{"GET " + pathRules + "/{id}", administrators, showRules},
		{"POST " + pathRules + "/{id}", administrators, saveRules},
	}
}

// showRulesOf leads to the settings of the only organisation that somebody
// manages, or lets them choose.
func showRulesOf(v *visit) error {
	all, err := v.door.desk.Organisations(v.r.Context(), v.actor())
	if err != nil {
		return err
	}
	if len(all) == 1 {
		return v.redirect(pathRules + "/" + all[0].ID)
	}
	return v.show(page{name: "settings", title: v.say("rules.title"), back: v.toStart(), data: all})
}

// shownRules is what the page "rules" shows.
type shownRules struct {
	Lead   string
	Server bool // these are the server's own answers
	Groups []shownRuleGroup
}

type shownRuleGroup struct {
	Key    string
	Fields []shownRule
}

type shownRule struct {
	*field
	Default string // as it is said
	Own     bool
	Waits   bool // it is kept, and does nothing until accounts elsewhere can be linked
}

// inherits is the value of a choice that leaves the answer to the server.
const inherits = "="

// rulesForm makes the form of all rules, with what counts now. An organisation
// may leave a choice to the server; the server chooses.
func (v *visit) rulesForm(all []identity.RuleStanding, server bool) *form {
	var fields []*field
	for _, r := range all {
		f := &field{Name: r.Key, Plain: true, Said: v.ruleSaid(r), Tip: v.say("rules." + base(r.Key) + "-hint")}
		switch r.Kind {
		case identity.RuleNumber:
			f.Kind, f.Short, f.Max = number, true, 6
			f.Min, f.Most = strconv.Itoa(r.Least), strconv.Itoa(r.Most)
		case identity.RuleChoice, identity.RuleSet:
			f.Kind = choose
			if r.Kind == identity.RuleChoice && !server {
				f.Choices = append(f.Choices, choice{Value: inherits, Text: v.say("rules.inherit", "value", v.ruleValue(r, r.Default))})
			}
			for _, value := range r.Choices {
				f.Choices = append(f.Choices, choice{Value: value, Text: v.ruleValue(r, value)})
			}
		case identity.RuleList:
			f.Kind = checks
			for _, value := range r.Choices {
				f.Choices = append(f.Choices, choice{Value: value, Text: v.ruleValue(r, value)})
			}
		case identity.RuleText:
			f.Max = 2000
		}
		fields = append(fields, f)
	}
	f := v.form("rules.save", append(fields, &field{Name: "was", Kind: hidden, Max: 20000})...)
	f.Cancel = "/"
	for i, r := range all {
		one := f.Fields[i]
		switch {
		case r.Kind == identity.RuleList:
			one.Values = strings.Split(r.Value, ",")
			one.mark()
		case r.Kind == identity.RuleChoice && !r.Own && !server:
			f.set(r.Key, inherits)
		default:
			f.set(r.Key, r.Value)
		}
	}
	f.set("was", f.written())
	return f
}

// base is a rule's key without the role or application that it is about.
func base(key string) string {
	start, _, _ := strings.Cut(key, ".")
	return start
}

// ruleSaid is what a rule is called. A role or application stands behind it.
func (v *visit) ruleSaid(r identity.RuleStanding) string {
	if r.Of == "" {
		return v.say("rules." + r.Key)
	}
	of := r.Of
	if base(r.Key) != "least-level" {
		if roles, err := v.door.desk.Roles(v.r.Context()); err == nil {
			for _, role := range roles {
				if string(role.Key) == r.Of {
					of = v.roleName(role)
				}
			}
		}
	}
	return v.say("rules."+base(r.Key)+"-of", "of", of)
}

// ruleValue is a value as it is said.
func (v *visit) ruleValue(r identity.RuleStanding, value string) string {
	switch r.Kind {
	case identity.RuleChoice, identity.RuleSet:
		if base(r.Key) == "least-level" {
			return value
		}
		return v.say("rules." + base(r.Key) + "." + value)
	case identity.RuleList:
		var said []string
		for one := range strings.SplitSeq(value, ",") {
			said = append(said, v.say("rules."+base(r.Key)+"."+one))
		}
		return strings.Join(said, ", ")
	}
	return value
}

func (v *visit) rulesOf() (identity.Organisation, []identity.RuleStanding, error) {
	ctx, id := v.r.Context(), v.r.PathValue("id")
	o, err := v.door.desk.FindOrganisation(ctx, v.actor(), id)
	if errors.Is(err, identity.ErrUnknownOrganisation) || err == nil && o.ID != id {
		return o, nil, errNotFound
	}
	if err != nil {
		return o, nil, err
	}
	all, err := v.door.desk.OrganisationRules(ctx, v.actor(), o.ID)
	return o, all, err
}

// showRulesAs shows the rules by their groups.
func (v *visit) showRulesAs(title string, shown shownRules, all []identity.RuleStanding, f *form) error {
	for _, group := range []string{identity.GroupSignIn, identity.GroupPasswords, identity.GroupLinking, identity.GroupAddresses} {
		g := shownRuleGroup{Key: group}
		for i, r := range all {
			if r.Group == group {
				one := shownRule{field: f.Fields[i], Own: r.Own}
				if r.Kind != identity.RuleText {
					one.Default = v.ruleValue(r, r.Default)
				}
				one.Waits = base(r.Key) == "least-level" || r.Key == "linking-ways"
				g.Fields = append(g.Fields, one)
			}
		}
		if len(g.Fields) > 0 {
			shown.Groups = append(shown.Groups, g)
		}
	}
	return v.show(page{name: "rules", title: title, form: f, data: shown, back: v.toStart()})
}

func (v *visit) showRules(o identity.Organisation, all []identity.RuleStanding, f *form) error {
	return v.showRulesAs(v.say("rules.title-of", "name", o.Name), shownRules{Lead: v.say("rules.lead")}, all, f)
}

func showRules(v *visit) error {
	o, all, err := v.rulesOf()
	if err != nil {
		return err
	}
	return v.showRules(o, all, v.rulesForm(all, false))
}

func saveRules(v *visit) error {
	o, all, err := v.rulesOf()
	if err != nil {
		return err
	}
	f := v.rulesForm(all, false)
	if !f.readOver() {
		return v.showRules(o, all, f)
	}
	changes := rulesAsked(f, all, v.r.PostForm.Get("inherit"), false)
	err = v.door.desk.SetOrganisationRules(v.r.Context(), v.actor(), o.ID, changes)
	if f.take(err) {
		return v.showRules(o, all, f)
	}
	if err != nil {
		return err
	}
	v.tell("rules.saved")
	return v.redirect(pathRules + "/" + o.ID)
}

// rulesAsked is what was changed. A whole set of password rules counts for the
// numbers that make it up; inherit names a rule that is to have its default again.
func rulesAsked(f *form, all []identity.RuleStanding, inherit string, server bool) []identity.RuleChange {
	var changes []identity.RuleChange
	set := ""
	for _, r := range all {
		value := f.Field(r.Key).kept()
		switch {
		case r.Key == inherit:
			changes = append(changes, identity.RuleChange{Key: r.Key, Inherit: true})
		case r.Kind == identity.RuleNumber && r.Group == identity.GroupPasswords && set != "":
		case value == inherits:
			if r.Own {
				changes = append(changes, identity.RuleChange{Key: r.Key, Inherit: true})
			}
		case value != r.Value || !server && r.Kind == identity.RuleChoice && !r.Own:
			if changes = append(changes, identity.RuleChange{Key: r.Key, Value: value}); r.Kind == identity.RuleSet && value != "custom" {
				set = value
			}
		}
		if r.Key == inherit && r.Kind == identity.RuleSet {
			set = inherit
		}
	}
	return changes
}
