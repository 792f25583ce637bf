package pages

import (
	"errors"
	"net/http"

	"sleutelbos/server/identity"
)

const (
	pathSignIn   = "/sign-in"
	pathPassword = "/password"
	fieldTo      = "to"
)

func (d *door) signInRoutes() []route {
	return []route{
		{"POST " + pathSignIn, anyone, signIn},
		{"POST /sign-out", anyone, signOut},
	}
}

// signInForm is the form of the sign-in page. to is where to go on to, note what
// was typed before a session ended.
func (v *visit) signInForm(to, note string) *form {
	f := v.form("signin.submit",
		&field{Name: "user", Label: "signin.user", Hint: "signin.user-hint", Autocomplete: "username", Required: true, Max: 254},
		&field{Name: "password", Kind: password, Label: "signin.password", Autocomplete: "current-password", Required: true},
		&field{Name: "code", Kind: code, Label: "signin.code", Hint: "signin.code-hint", Autocomplete: "one-time-code", Short: true, Max: 32},
		&field{Name: "stay", Kind: check, Label: "signin.stay", Hint: "signin.stay-hint"},
		&field{Name: fieldTo, Kind: hidden, Max: 2000},
		&field{Name: fieldKept, Kind: hidden, Max: maxForm},
	)
	f.Action = pathSignIn
	f.set(fieldTo, to)
	f.set(fieldKept, note)
	return f
}

func (v *visit) showSignIn(f *form, lead string) error {
	v.remember(cookieSeen, "1", 0)
	return v.show(page{name: "signin", title: v.say("signin.title", "organisation", v.organisation.Name), form: f, data: lead, bare: true})
}

func signIn(v *visit) error {
	if v.cookie(cookieSeen) == "" {
		return errNoCookies
	}
	f := v.signInForm("", "")
	if !f.read() {
		return v.showSignIn(f, "")
	}
	stay := f.Field("stay").Checked()
	in, err := v.door.desk.SignIn(v.r.Context(), identity.SignInRequest{
		User: f.get("user"), Password: identity.Password(f.get("password")), Code: f.get("code"),
		Device: identity.Token(v.cookie(cookieDevice)), Label: v.browser(), Address: v.from.String(),
		Language: v.words.Language(), Stay: stay,
	})
	var refused *identity.SignInRefusal
	switch {
	case errors.As(err, &refused):
		f.Faults = append(f.Faults, v.refusal(refused))
		f.Field("code").Value = ""
		return v.showSignIn(f, "")
	case err != nil:
		return err
	}
	v.begin(in)
	return v.redirect(local(f.get(fieldTo)))
}

// begin makes this browser the session's.
func (v *visit) begin(in identity.SignedIn) {}

func (v *visit) browser() string { return v.r.UserAgent() }

func (v *visit) refusal(r *identity.SignInRefusal) string { return v.say("signin.wrong") }

func signOut(v *visit) error {
	_ = http.StatusOK
	return v.redirect("/")
}
