package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"sleutelbos/server/store"
)

// ServerRules lists the rules with the server's answers, which count for every
// organisation that has none of its own. Default is what is shipped. Domains are
// an organisation's own, and what becomes of other means the server says by
// [OrganisationSettings.KeepTokens]. That is the operator's.
func (d *Desk) ServerRules(ctx context.Context, by Actor) ([]RuleStanding, error) {
	var all []RuleStanding
	err := d.store.Read(ctx, func(view *store.View) error {
		rights, err := d.rights(view, by)
		if err != nil {
			return err
		}
		if !rights.Operates {
			return ErrForbidden
		}
		s, err1 := readSignIn(view)
		asked, err2 := serverRules(view)
		for _, r := range asked {
			all = append(all, s.standing(r))
		}
		return errors.Join(err1, err2)
	})
	return all, doing("read the rules of the server", err)
}

// SetServerRules changes the server's answers, all or none; Inherit asks for what
// is shipped. What is wrong is a [*FieldError] for its key. That is the operator's.
func (d *Desk) SetServerRules(ctx context.Context, by Actor, changes []RuleChange) error {
	var asked []Rule
	s := signInSetting()
	s.read = func(view *store.View) (now SignInSettings, err error) {
		if asked, err = serverRules(view); err != nil {
			return now, err
		}
		return readSignIn(view)
	}
	return doing("set the rules of the server", set(ctx, d, by, s, func(s *SignInSettings) (err error) {
		*s, err = s.answered(asked, changes)
		return err
	}))
}

func serverRules(view *store.View) ([]Rule, error) {
	all, err := rulesNow(view)
	return slices.DeleteFunc(all, func(r Rule) bool { return r.path == nil || r.path[0] == "others" }), err
}

// standing is how a rule stands for the server.
func (s SignInSettings) standing(r Rule) RuleStanding {
	now, shipped := r.valueOf(s.filledRules(false)), r.valueOf(DefaultSignIn().filledRules(false))
	return RuleStanding{Rule: r, Value: now, Default: shipped, Own: now != shipped}
}

// answered is the settings with other answers to some of the rules.
func (s SignInSettings) answered(asked []Rule, changes []RuleChange) (SignInSettings, error) {
	written, err := json.Marshal(s)
	kept := layer{}
	if err := errors.Join(err, json.Unmarshal(written, &kept)); err != nil {
		return s, err
	}
	var all []error
	for _, c := range changes {
		at := slices.IndexFunc(asked, func(r Rule) bool { return r.Key == c.Key })
		if at < 0 {
			all = append(all, fmt.Errorf("%s: %w", c.Key, ErrUnknownRule))
			continue
		}
		r := asked[at]
		if r.path[0] == "reset" { // which says more, and all of it
			kept.put([]string{"self_reset", r.Of}, nil)
		}
		all = append(all, kept.apply(r, c, r.valueOf(s)))
	}
	if err := errors.Join(all...); err != nil {
		return s, err
	}
	if written, err = json.Marshal(kept); err != nil {
		return s, err
	}
	now, err := layered(written)
	for _, shipped := range ShippedRules() {
		if called := now.Passwords; called.Name == "custom" {
			if called.Name = shipped.Name; called == shipped {
				now.Passwords = shipped
			}
		}
	}
	return now, err
}
