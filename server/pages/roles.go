package pages

import (
	"errors"

	"sleutelbos/server/identity"
)

func (v *visit) roleForm() *form {
	return v.form("roles.save",
		&field{Name: "key", Label: "roles.key", Hint: "roles.key-hint", Required: true, Max: 40, Short: true},
		&field{Name: "name-nl", Label: "roles.dutch", Required: true, Max: 128},
		&field{Name: "name-en", Label: "roles.english", Required: true, Max: 128},
		&field{Name: "needs-parts", Kind: check, Label: "roles.needs-parts", Hint: "roles.needs-parts-hint"},
		&field{Name: "manages", Kind: check, Label: "roles.manages", Hint: "roles.manages-hint"})
}

func showRoles(v *visit) error { return v.showRoles(v.roleForm()) }

func (v *visit) showRoles(f *form) error {
	all, err := v.door.desk.Roles(v.r.Context())
	if err != nil {
		return err
	}
	return v.show(page{name: "roles", title: v.say("roles.title"), form: f, data: all, back: crumb{pathOrganisations, v.say("organisations.title")}})
}

func saveRole(v *visit) error {
	f := v.roleForm()
	if !f.read() {
		return v.showRoles(f)
	}
	err := v.door.desk.SetRole(v.r.Context(), v.actor(), identity.RoleDefinition{
		Key: identity.Role(f.get("key")), Dutch: f.get("name-nl"), English: f.get("name-en"),
		NeedsParts: f.get("needs-parts") != "", Manages: f.get("manages") != "",
	})
	switch {
	case errors.Is(err, identity.ErrBuiltIn):
		f.fail("key", "roles.built-in")
	case errors.Is(err, identity.ErrRoleHeld):
		f.fail("key", "roles.held")
	}
	if f.wrong() || f.take(err) {
		return v.showRoles(f)
	}
	if err != nil {
		return err
	}
	v.tell("roles.saved", "key", f.get("key"))
	return v.redirect(pathRoles)
}

func endRole(v *visit) error {
	key := identity.Role(v.r.PostForm.Get("key"))
	if !v.confirmed() {
		return v.confirm(confirmation{
			Title: v.say("roles.end-title", "key", key), Follows: []string{v.say("roles.end-follows")},
			Submit: v.say("roles.end-do"), Cancel: pathRoles, Danger: true,
		})
	}
	held, err := v.door.desk.EndRole(v.r.Context(), v.actor(), key)
	switch {
	case errors.Is(err, identity.ErrUnknownRole):
		return errNotFound
	case errors.Is(err, identity.ErrLastAdministrator):
		v.warn("person.last")
		return v.redirect(pathRoles)
	case err != nil:
		return err
	}
	v.tell("roles.ended", "n", held)
	return v.redirect(pathRoles)
}
