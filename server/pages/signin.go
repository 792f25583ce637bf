package pages

import (
	"errors"
	"net/url"
	"time"

	"sleutelbos/server/identity"
)

const (
	pathSignIn  = "/sign-in"
	pathCookies = pathSignIn + "/cookies"
	fieldTo     = "to"
	fieldLooked = "looked"             // the cookie was set on the way here
	deviceAge   = 400 * 24 * time.Hour // the most that browsers keep
)

func (d *door) signInRoutes() []route {
	return []route{
		{"GET " + pathSignIn, anyone, signInAgain},
		{"GET " + pathCookies, anyone, lookForCookies},
		{"POST " + pathSignIn, anyone, signIn},
		{"POST /sign-out", anyone, signOut},
	}
}

// shownSignIn is what the page "signin" shows beside its form.
type shownSignIn struct {
	Notice  string
	Outside bool // an outside account may be asked for, and none is set up yet
	Reset   bool // people may ask for a new password themselves
	Again   bool // somebody is signed in and must show once more that it is them
}

// signInForm is the form of the sign-in page. to is where to go on to, note what
// was typed before a session ended.
func (v *visit) signInForm(to, note string) *form {
	fields := []*field{
		{Name: "user", Label: "signin.user", Hint: "signin.user-hint", Autocomplete: "username", Required: true, Max: 254},
		{Name: "password", Kind: password, Label: "signin.password", Autocomplete: "current-password", Required: true},
		{Name: "code", Kind: code, Label: "signin.code", Hint: "signin.code-hint", Autocomplete: "one-time-code", Short: true, Max: 32, Plain: true},
	}
	if v.mayStay() {
		fields = append(fields, &field{Name: "stay", Kind: check, Label: "signin.stay", Hint: "signin.stay-hint"})
	}
	f := v.form("signin.submit", append(fields,
		&field{Name: fieldTo, Kind: hidden, Max: 2000}, &field{Name: fieldKept, Kind: hidden, Max: maxForm})...)
	f.Action = pathSignIn
	f.set(fieldTo, to)
	f.set(fieldKept, note)
	if v.session != nil {
		f.set("user", v.session.Person.User)
	} else if v.flash != nil {
		f.set("user", v.flash.User)
	}
	return f
}

// mayStay tells whether the organisation lets people stay signed in.
func (v *visit) mayStay() bool {
	s, err := v.door.desk.SignInSettings(v.r.Context())
	return err == nil && s.Sessions.Stay > 0
}

func (v *visit) showSignIn(f *form, notice string) error {
	s, err := v.door.desk.SignInSettings(v.r.Context())
	if err != nil {
		return err
	}
	v.remember(cookieSeen, "1", 0)
	shown := shownSignIn{Notice: notice, Outside: v.organisation.Outside, Reset: true, Again: v.session != nil}
	for _, may := range s.SelfReset {
		shown.Reset = shown.Reset && may
	}
	return v.show(page{name: "signin", title: v.say("signin.title", "organisation", v.organisation.Name), form: f, data: shown, bare: true})
}

// signInAgain asks whoever is signed in already, because what they want to do
// asks for a newer or stronger sign-in.
func signInAgain(v *visit) error {
	query := v.r.URL.Query()
	if query.Get("again") == "" {
		return v.redirect(signInFor(query.Get(fieldTo)))
	}
	return v.showSignIn(v.signInForm(local(query.Get(fieldTo)), ""), v.say("signin.again"))
}

func signIn(v *visit) error {
	f := v.signInForm("", "")
	ok := f.read()
	if v.cookie(cookieSeen) == "" {
		return v.checkCookies(f)
	}
	if !ok {
		return v.showSignIn(f, "")
	}
	stay := f.get("stay") != ""
	in, err := v.door.desk.SignIn(v.r.Context(), identity.SignInRequest{
		User: f.get("user"), Password: identity.Password(f.get("password")), Code: f.get("code"),
		Device: identity.Token(v.cookie(cookieDevice)), Label: browserName(v.r.UserAgent()), Address: v.from.String(),
		// What was chosen in this browser; else the person reads as they always do.
		Language: v.cookie(cookieLanguage), Stay: stay,
	})
	var refused *identity.SignInRefusal
	switch {
	case errors.As(err, &refused):
		f.set("code", "")
		f.Faults = append(f.Faults, v.refusal(refused))
		return v.showSignIn(f, "")
	case errors.Is(err, identity.ErrCrowded):
		f.Faults = append(f.Faults, v.say("signin.crowded"))
		return v.showSignIn(f, "")
	case err != nil:
		return err
	}
	if err := v.begin(in); err != nil {
		return err
	}
	if in.Session.MustChange != identity.ChangeNothing {
		return v.redirect(pathPassword + "?" + url.Values{fieldTo: {local(f.get(fieldTo))}}.Encode())
	}
	if done, err := v.offerAgain(f.get(fieldKept)); done || err != nil {
		return err
	}
	return v.redirect(local(f.get(fieldTo)))
}

// begin makes this browser the session's.
func (v *visit) begin(in identity.SignedIn) (err error) {
	v.session, v.token = &in.Session, in.Token
	v.keepSession(in.Token)
	if in.Device != "" {
		v.remember(cookieDevice, in.Device.Reveal(), deviceAge)
	}
	v.rights, err = v.door.desk.Rights(v.r.Context(), v.actor())
	return err
}

// keepSession keeps the token of the session: until the browser ends, unless the
// person chose to stay signed in.
func (v *visit) keepSession(token identity.Token) {
	age := time.Duration(0)
	if v.session.Stay {
		age = v.session.Ends.Sub(v.door.now())
	}
	v.remember(cookieSession, token.Reveal(), age)
}

// refusal says why there is no session, and no more than the desk says.
func (v *visit) refusal(r *identity.SignInRefusal) string {
	switch r.Reason {
	case identity.ReasonLocked:
		if r.Until.IsZero() {
			return v.say("signin.locked")
		}
		return v.say("signin.locked-until", "when", v.when(r.Until))
	case identity.ReasonNotYet:
		return v.say("signin.not-yet", "when", v.when(r.Until))
	case identity.ReasonSynchronising:
		return v.say("signin.synchronising", "when", v.when(r.Until))
	case identity.ReasonEnded:
		return v.say("signin.ended")
	}
	return v.say("signin.wrong")
}

// checkCookies finds out why the cookie of the sign-in page did not come back:
// it sets it once more, and the page that follows looks whether it came.
func (v *visit) checkCookies(f *form) error {
	v.tellFlash(flash{Text: v.say("signin.slow"), Warn: true, User: f.get("user")})
	return v.setSeen(local(f.get(fieldTo)))
}

func (v *visit) setSeen(to string) error {
	v.remember(cookieSeen, "1", 0)
	return v.redirect(pathCookies + "?" + query(fieldTo, to, fieldLooked, "yes"))
}

// lookForCookies shows the sign-in page where the cookie came. Whoever comes
// anew, from the page that says that none is kept, gets it first.
func lookForCookies(v *visit) error {
	asked := v.r.URL.Query()
	to := local(asked.Get(fieldTo))
	switch {
	case v.cookie(cookieSeen) != "":
		return v.showSignIn(v.signInForm(to, ""), "")
	case asked.Get(fieldLooked) == "":
		return v.setSeen(to)
	}
	v.remember(cookieSeen, "1", 0) // for whoever allows it now and loads the page again
	return errNoCookies
}

func signOut(v *visit) error {
	if v.token != "" {
		if err := v.door.desk.SignOut(v.r.Context(), v.token); err != nil {
			return err
		}
	}
	v.forget(cookieSession)
	v.tell("signin.out")
	return v.redirect("/")
}
