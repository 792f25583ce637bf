package pages

import "sleutelbos/server/identity"

// What every organisation follows that does not decide for itself: the means by
// role, who resets a password, the rules of passwords, and so on. It is asked in
// the words in which an organisation answers it (rules.go).

func (v *visit) serverRules() ([]identity.RuleStanding, *form, error) {
	all, err := v.door.desk.ServerRules(v.r.Context(), v.actor())
	if err != nil {
		return nil, nil, err
	}
	return all, v.rulesForm(all, true), nil
}

func (v *visit) showServerRules(all []identity.RuleStanding, f *form) error {
	return v.showRulesAs(v.say("server.rules"), shownRules{Lead: v.say("server.rules-lead"), Server: true}, all, f)
}

func showServerRules(v *visit) error {
	all, f, err := v.serverRules()
	if err != nil {
		return err
	}
	return v.showServerRules(all, f)
}

func saveServerRules(v *visit) error {
	all, f, err := v.serverRules()
	if err != nil {
		return err
	}
	if !f.readOver() {
		return v.showServerRules(all, f)
	}
	err = v.door.desk.SetServerRules(v.r.Context(), v.actor(), rulesAsked(f, all, v.r.PostForm.Get("inherit"), true))
	if f.take(err) {
		return v.showServerRules(all, f)
	}
	if err != nil {
		return err
	}
	v.tell("rules.saved")
	return v.redirect(pathServer + "/rules")
}
