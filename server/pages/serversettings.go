package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"sleutelbos/server/identity"
)

const pathServer = "/settings/server"

// What counts for the whole server, and what an organisation does not decide for
// itself. It is the operator's.
func (d *door) serverRoutes() []route {
	return []route{
		{"GET " + pathServer, operators, showServer},
		{"POST " + pathServer, operators, saveServer},
		{"GET " + pathServer + "/sign-in", operators, showServerSignIn},
		{"POST " + pathServer + "/sign-in", operators, saveServerSignIn},
		{"GET " + pathServer + "/rules", operators, showServerRules},
		{"POST " + pathServer + "/rules", operators, saveServerRules},
	}
}

// dial is one number of the settings.
type dial struct {
	name        string // of the field, and the end of its keys
	least, most int
	of          func() *int
	standard    int  // that stands for 0, if any
	shipped     int  // what counts where nobody chose
	minutes     bool // it is a time
}

func (v *visit) dial(c dial) *field {
	shipped := strconv.Itoa(c.shipped)
	if long := v.duration(c.shipped); c.minutes && long != "" {
		shipped += " (" + long + ")"
	}
	return &field{
		Name: c.name, Kind: number, Said: v.say("server." + c.name), Tip: v.say("server."+c.name+"-hint") + " " + v.say("rules.default", "value", shipped),
		Required: true, Short: true, Max: 6, Min: strconv.Itoa(c.least), Most: strconv.Itoa(c.most),
	}
}

// duration says minutes that are whole hours or days as those.
func (v *visit) duration(minutes int) string {
	switch {
	case minutes == 0 || minutes%60 != 0:
		return ""
	case minutes%(24*60) == 0:
		return v.say("server.days", "n", minutes/(24*60))
	}
	return v.say("server.hours", "n", minutes/60)
}

func (c dial) fill(f *form) {
	n := *c.of()
	if n == 0 {
		n = c.standard
	}
	f.set(c.name, strconv.Itoa(n))
}

// read puts what was typed in its place.
func (c dial) read(f *form) {
	n, err := strconv.Atoi(f.get(c.name))
	if err != nil || n < c.least || n > c.most {
		f.fail(c.name, "server.number", "least", c.least, "most", c.most)
		return
	}
	if n != c.standard || *c.of() != 0 {
		*c.of() = n
	}
}

func organisationDials(s *identity.OrganisationSettings) []dial {
	return []dial{
		standing("day-codes", -1, 100, &s.DayCodes, 1),
		standing("max-links", 1, 20, &s.MaxLinks, 3),
		standing("look-ahead", 1, 50, &s.LookAhead, identity.DefaultLookAhead),
		standing("lapse", -1, 1200, &s.Keep.IdleLinks, identity.KeepIdleLinks),
		standing("keep-deleted", -1, 1200, &s.Keep.Deleted, identity.KeepDeleted),
		standing("keep-verifications", -1, 1200, &s.Keep.Verifications, identity.KeepVerifications),
		standing("keep-audit", -1, 1200, &s.Keep.Audit, identity.KeepAudit),
	}
}

// standing is a dial that stands at its default while it is 0.
func standing(name string, least, most int, of *int, standard int) dial {
	return dial{name: name, least: least, most: most, of: func() *int { return of }, standard: standard, shipped: standard}
}

func signInDials(s *identity.SignInSettings) []dial {
	shipped := identity.DefaultSignIn()
	minutes := func(name string, least, most int, of *identity.Minutes, shipped identity.Minutes) dial {
		return dial{name: name, least: least, most: most, of: func() *int { return (*int)(of) }, shipped: int(shipped), minutes: true}
	}
	return []dial{
		minutes("idle", 5, 527040, &s.Sessions.Idle, shipped.Sessions.Idle),
		minutes("absolute", 5, 527040, &s.Sessions.Absolute, shipped.Sessions.Absolute),
		minutes("manage-within", 5, 527040, &s.Sessions.ManageWithin, shipped.Sessions.ManageWithin),
		minutes("stay", 0, 527040, &s.Sessions.Stay, shipped.Sessions.Stay),
		minutes("stay-idle", 5, 527040, &s.Sessions.StayIdle, shipped.Sessions.StayIdle),
		{name: "known-devices", least: 0, most: 100, of: func() *int { return &s.Devices }, shipped: shipped.Devices},
		minutes("synchronise", 0, 10080, &s.SynchroniseFor, shipped.SynchroniseFor),
	}
}

// versionOf tells two settings apart.
func versionOf(settings any) string {
	written, err := json.Marshal(settings)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(written)
	return hex.EncodeToString(sum[:12])
}

func (v *visit) serverForm(s identity.OrganisationSettings) *form {
	text := func(name, hint string, most int) *field {
		f := &field{Name: name, Label: "server." + name, Plain: true, Max: most}
		if hint != "" {
			f.Hint = "server." + hint
		}
		return f
	}
	fields := []*field{
		text("name", "", 128),
		text("time_zone", "time_zone-hint", 64),
		text("contact-name", "contact-name-hint", 128),
		{Name: "contact-phone", Kind: phone, Label: "server.contact-phone", Plain: true, Max: 40},
		{Name: "contact-email", Kind: email, Label: "server.contact-email", Plain: true, Max: 254},
		text("contact-hours", "", 128),
		{Name: "letter-window", Kind: radio, Label: "server.letter-window", Hint: "server.letter-window-hint", Plain: true, Choices: []choice{
			{Value: string(identity.WindowLeft), Text: v.say("server.window-left")}, {Value: string(identity.WindowRight), Text: v.say("server.window-right")},
		}},
		{Name: "outside", Kind: check, Label: "server.outside", Hint: "server.outside-hint"},
		{Name: "keep-tokens", Kind: check, Label: "server.keep-tokens", Hint: "server.keep-tokens-hint"},
	}
	fields[0].Required = true
	dials := organisationDials(&s)
	for _, c := range dials {
		fields = append(fields, v.dial(c))
	}
	f := v.form("server.save", append(fields, &field{Name: "was", Kind: hidden, Max: 4000})...)
	f.Action, f.Cancel = pathServer, "/"
	f.under("name", "settings.organisation", "contact-name", "server.under-help", "letter-window", "server.under-linking", "lapse", "server.under-keeping")
	for name, value := range map[string]string{
		"name": s.Name, "contact-name": s.Contact.Name, "contact-phone": s.Contact.Phone, "contact-email": s.Contact.Email,
		"contact-hours": s.Contact.Hours, "time_zone": s.Location().String(), "letter-window": string(s.LetterWindow),
	} {
		f.set(name, value)
	}
	if s.LetterWindow == "" {
		f.set("letter-window", string(identity.WindowLeft))
	}
	for name, yes := range map[string]bool{"outside": s.Outside, "keep-tokens": s.KeepTokens} {
		if yes {
			f.set(name, "yes")
		}
	}
	for _, c := range dials {
		c.fill(f)
	}
	f.set("was", f.written())
	return f
}

func (v *visit) showServer(f *form) error {
	return v.show(page{name: "server", title: v.say("server.title"), form: f, data: v.serverFacts(), back: v.toStart()})
}

// serverFacts are settings that the server was started with.
func (v *visit) serverFacts() any {
	return struct{ URL, Fingerprint, Environment string }{
		v.organisation.URL, v.organisation.Fingerprint, v.say("env." + string(v.organisation.Environment)),
	}
}

func showServer(v *visit) error { return v.showServer(v.serverForm(v.organisation)) }

func saveServer(v *visit) error {
	f := v.serverForm(v.organisation)
	if !f.readOver() {
		return v.showServer(f)
	}
	zone := f.get("time_zone")
	err := v.door.desk.SetOrganisationBy(v.r.Context(), v.actor(), func(s *identity.OrganisationSettings) error {
		if versionOf(*s) != versionOf(v.organisation) {
			return identity.ErrEdited
		}
		s.Name = f.get("name")
		s.Contact.Name, s.Contact.Phone, s.Contact.Email, s.Contact.Hours = f.get("contact-name"), f.get("contact-phone"), f.get("contact-email"), f.get("contact-hours")
		if zone != s.Location().String() {
			s.TimeZone = zone
		}
		if window := identity.Window(f.get("letter-window")); window != identity.WindowLeft || s.LetterWindow != "" {
			s.LetterWindow = window
		}
		s.Outside, s.KeepTokens = f.get("outside") != "", f.get("keep-tokens") != ""
		for _, c := range organisationDials(s) {
			c.read(f)
		}
		return errorOf(f)
	})
	return v.savedSettings(f, err, pathServer, v.showServer)
}

// errorOf ends a change of settings when something is wrong with the form.
func errorOf(f *form) error {
	if f.wrong() {
		return errBadForm
	}
	return nil
}

// under puts headings above fields: names, and what stands above them.
func (f *form) under(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		f.Field(pairs[i]).Under = pairs[i+1]
	}
}

// kept is what a field holds, as one text, and keep puts it back.
func (f *field) kept() string {
	if f.Kind == checks {
		return strings.Join(f.Values, ",")
	}
	return f.Value
}

func (f *field) keep(value string) {
	if f.Value = value; f.Kind == checks {
		f.Value, f.Values = "", strings.Split(value, ",")
	}
	f.mark()
}

// said is a value of a field as its choices call it.
func (f *field) said(value string) string {
	var all []string
	for _, c := range f.Choices {
		if c.Value == value || f.Kind == checks && slices.Contains(strings.Split(value, ","), c.Value) {
			all = append(all, c.Text)
		}
	}
	if len(all) == 0 {
		return value
	}
	return strings.Join(all, ", ")
}

// written are the values of a form, as a hidden field carries them.
func (f *form) written() string {
	all := map[string]string{}
	for _, one := range f.Fields {
		if one.Kind != hidden {
			all[one.Name] = one.kept()
		}
	}
	written, err := json.Marshal(all)
	if err != nil {
		return ""
	}
	return string(written)
}

// readOver is read for a form that holds the present values: what was left as it
// was shown stays as it is now, and what somebody else changed meanwhile to
// something else is said beside its field.
func (f *form) readOver() bool {
	present := map[string]string{}
	for _, one := range f.Fields {
		present[one.Name] = one.kept()
	}
	now, ok := f.written(), f.read()
	var was map[string]string
	if json.Unmarshal([]byte(f.get("was")), &was) != nil {
		was = present
	}
	for _, one := range f.Fields {
		then, shown := was[one.Name]
		switch {
		case !shown || one.Kind == hidden:
		case one.kept() == then:
			one.keep(present[one.Name])
		case present[one.Name] != then && present[one.Name] != one.kept():
			f.fail(one.Name, "server.meanwhile", "value", one.said(present[one.Name]))
		}
	}
	f.set("was", now)
	return ok && !f.wrong()
}

// savedSettings ends a form of settings.
func (v *visit) savedSettings(f *form, err error, path string, show func(*form) error) error {
	if f.takeOrganisation(err) || f.wrong() {
		return show(f)
	}
	if err != nil {
		return err
	}
	v.tell("rules.saved")
	return v.redirect(path)
}

func (v *visit) serverSignInForm(s identity.SignInSettings) *form {
	var fields []*field
	dials := signInDials(&s)
	for _, c := range dials {
		fields = append(fields, v.dial(c))
	}
	f := v.form("server.save", append(fields, &field{Name: "was", Kind: hidden, Max: 4000})...)
	f.Action, f.Cancel = pathServer+"/sign-in", "/"
	f.under("idle", "server.under-sessions", "stay", "server.under-stay", "known-devices", "server.under-accounts")
	for _, c := range dials {
		c.fill(f)
	}
	f.set("was", f.written())
	return f
}

func (v *visit) showServerSignIn(f *form) error {
	return v.show(page{name: "server-sign-in", title: v.say("server.sign-in"), form: f, back: v.toStart()})
}

func showServerSignIn(v *visit) error {
	s, err := v.door.desk.SignInSettings(v.r.Context())
	if err != nil {
		return err
	}
	return v.showServerSignIn(v.serverSignInForm(s))
}

func saveServerSignIn(v *visit) error {
	now, err := v.door.desk.SignInSettings(v.r.Context())
	if err != nil {
		return err
	}
	f := v.serverSignInForm(now)
	if !f.readOver() {
		return v.showServerSignIn(f)
	}
	err = v.door.desk.SetSignInBy(v.r.Context(), v.actor(), func(s *identity.SignInSettings) error {
		if versionOf(*s) != versionOf(now) {
			return identity.ErrEdited
		}
		for _, c := range signInDials(s) {
			c.read(f)
		}
		return errorOf(f)
	})
	return v.savedSettings(f, err, pathServer+"/sign-in", v.showServerSignIn)
}
