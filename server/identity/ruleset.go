package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sleutelbos/server/store"
)

// RuleStanding is how one rule stands for an organisation.
type RuleStanding struct {
	Rule
	Value   string // that counts
	Default string // the server's, which counts where the organisation has none of its own
	Own     bool
}

// RuleChange asks for another answer to one rule.
type RuleChange struct {
	Key, Value string
	Inherit    bool // the server's default is to count again
}

// ErrUnknownRule says that there is no such rule.
var ErrUnknownRule = errors.New("there is no such setting; list them with: sleutelbos admin organisation settings NAME show")

// OrganisationRules lists the rules of an organisation, for its administrators
// and the operator.
func (d *Desk) OrganisationRules(ctx context.Context, by Actor, organisation string) ([]RuleStanding, error) {
	var all []RuleStanding
	err := d.store.Read(ctx, func(view *store.View) error {
		o, err := d.ruled(view, by, organisation)
		if err != nil {
			return err
		}
		all, _, err = standings(view, o)
		return err
	})
	return all, doing("read the rules of an organisation", err)
}

// ruled finds an organisation whose rules the actor may see and set: who manages
// all of it. Of what they do not manage nobody learns whether it is there.
func (d *Desk) ruled(view *store.View, by Actor, organisation string) (store.Organisation, error) {
	rights, err := d.rights(view, by)
	if err != nil {
		return store.Organisation{}, err
	}
	row, err := view.Organisation(organisation)
	if errors.Is(err, store.ErrNotFound) || err == nil && row.SignedOff != 0 {
		return row, ErrUnknownOrganisation
	}
	if err != nil || rights.Operates || reachedBy(rights.manages, Grant{Organisation: organisation}) {
		return row, err
	}
	if slices.ContainsFunc(rights.manages, func(g Grant) bool { return g.Organisation == organisation }) {
		return row, ErrForbidden
	}
	return row, ErrUnknownOrganisation
}

// rulesNow lists the rules for the roles and applications that there are.
func rulesNow(view *store.View) ([]Rule, error) {
	rows, err1 := view.Roles()
	applications, err2 := view.Applications()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	var roles []RoleDefinition
	for _, row := range rows {
		roles = append(roles, roleOf(row))
	}
	var names []string
	for _, a := range applications {
		if a.Revoked == 0 && !slices.Contains(names, a.Name) {
			names = append(names, a.Name)
		}
	}
	return rules(roles, names), nil
}

func standings(view *store.View, o store.Organisation) ([]RuleStanding, layer, error) {
	asked, err1 := rulesNow(view)
	server, raw, err2 := view.SettingsOf(store.SettingSignIn, o.ID)
	organisation, err3 := readSettings(view)
	common, err4 := layered(server)
	own, err5 := layered(server, raw)
	kept := layer{}
	if len(raw) > 0 {
		err5 = errors.Join(err5, json.Unmarshal(raw, &kept))
	}
	if err := errors.Join(err1, err2, err3, err4, err5); err != nil {
		return nil, nil, err
	}
	common, own = common.filledRules(organisation.KeepTokens), own.filledRules(organisation.KeepTokens)
	var all []RuleStanding
	for _, r := range asked {
		s := RuleStanding{Rule: r}
		if r.path == nil {
			s.Value, s.Own = o.Domains, o.Domains != ""
		} else {
			s.Value, s.Default, s.Own = r.valueOf(own), r.valueOf(common), kept.has(r.path)
		}
		all = append(all, s)
	}
	return all, kept, nil
}

// SetOrganisationRules changes rules of an organisation, all or none. What is
// wrong is a [*FieldError] for its key. Each rule that says something else
// afterwards is a line of the audit log.
func (d *Desk) SetOrganisationRules(ctx context.Context, by Actor, organisation string, changes []RuleChange) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		o, err := d.ruled(tx.View, by, organisation)
		if err != nil {
			return err
		}
		before, own, err := standings(tx.View, o)
		if err != nil {
			return err
		}
		if err := setRules(tx, o, before, own, changes); err != nil {
			return err
		}
		if o, err = tx.Organisation(organisation); err != nil {
			return err
		}
		after, _, err := standings(tx.View, o)
		if err != nil {
			return err
		}
		for i := range after {
			if before[i].Value == after[i].Value && before[i].Own == after[i].Own {
				continue
			}
			row := auditRowBy(ctx, by, kindRuleSet, "")
			row.Link, row.Detail = organisation, ruleDetail(before[i], after[i])
			if err := d.audit(tx, row); err != nil {
				return err
			}
		}
		return nil
	})
	return doing("set the rules of an organisation", err)
}

// ruleDetail says what was changed, from what to what.
func ruleDetail(before, after RuleStanding) string {
	said := func(s RuleStanding) string {
		value := s.Value
		if value == "" {
			value = "-"
		}
		if !s.Own {
			value += " (default)"
		}
		return value
	}
	return tidy(fmt.Sprintf("%s: %s > %s", after.Key, said(before), said(after)), maxDetail)
}

const maxDetail = 2000

func setRules(tx *store.Tx, o store.Organisation, now []RuleStanding, own layer, changes []RuleChange) error {
	var all []error
	for _, c := range changes {
		at := slices.IndexFunc(now, func(s RuleStanding) bool { return s.Key == c.Key })
		switch {
		case at < 0:
			all = append(all, fmt.Errorf("%s: %w", c.Key, ErrUnknownRule))
		case now[at].path == nil:
			all = append(all, setDomains(tx, o, c))
		default:
			all = append(all, own.apply(now[at].Rule, c, now[at].Value))
		}
	}
	if err := errors.Join(all...); err != nil {
		return err
	}
	var value []byte
	if len(own) > 0 {
		var err error
		if value, err = json.Marshal(own); err != nil {
			return err
		}
	}
	server, _, err := tx.SettingsOf(store.SettingSignIn, o.ID)
	if err != nil {
		return err
	}
	whole, err := layered(server, value)
	if err == nil {
		err = whole.check()
	}
	if err != nil {
		return err
	}
	return tx.SetOwnSetting(store.SettingSignIn, o.ID, value)
}

func setDomains(tx *store.Tx, o store.Organisation, c RuleChange) error {
	if c.Inherit {
		c.Value = ""
	}
	row, err := organisationRow(o.ID, o.Name, strings.FieldsFunc(c.Value, func(r rune) bool { return r == ' ' || r == ',' || r == ';' }))
	if err != nil || row.Domains == o.Domains {
		return err
	}
	row.Version = o.Version
	return tx.SetOrganisation(row)
}
