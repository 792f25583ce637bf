package pages

// access says whom a page is for. Whether something is granted the desk decides;
// this decides only who is asked to sign in first.
type access int

const (
	anyone         access = iota
	signedIn              // whoever is signed in, unless a password must be changed first
	mustChange            // the same, also when a password must be changed first
	administrators        // those who manage people; others are told that it is not for them
	operators             // those who operate the server
)

// route is one page, or what one form does. The pattern is that of
// [net/http.ServeMux].
type route struct {
	pattern string
	who     access
	handle  func(*visit) error
}

// routes lists every subject of the pages.
func (d *door) routes() []route {
	var all []route
	for _, subject := range [][]route{
		d.signInRoutes(),
		d.languageRoutes(),
		d.passwordRoutes(),
		d.startRoutes(),
		d.arrangeRoutes(),
		d.profileRoutes(),
		d.furtherRoutes(),
		d.reportRoutes(),
		d.peopleRoutes(),
		d.organisationRoutes(),
		d.mandateRoutes(),
		d.deletedRoutes(),
		d.rulesRoutes(),
		d.serverRoutes(),
		d.textsRoutes(),
		d.reportsRoutes(),
		d.auditRoutes(),
		d.signingRoutes(),
		d.lostOfRoutes(),
		d.lettersRoutes(),
		d.helpRoutes(),
	} {
		all = append(all, subject...)
	}
	return all
}

// tab is one entry of a navigation.
type tab struct {
	path, text string // text is a key
	who        access
	also       []string // paths that belong to it too
}

// mayOpen tells whether a page for these would be shown.
func (v *visit) mayOpen(who access) bool {
	switch who {
	case administrators:
		return v.rights.Manages
	case operators:
		return v.rights.Operates
	}
	return v.session != nil
}

// tabs are the navigation, in its order.
func tabs() []tab {
	return []tab{
		{path: "/", text: "nav.start", who: signedIn, also: []string{"/start"}},
		{path: pathPeople, text: "nav.people", who: administrators},
		{path: pathOrganisations, text: "nav.organisations", who: operators, also: []string{pathRoles}},
		{path: "/mail", text: "nav.mail", who: operators},
		{path: pathReports, text: "nav.reports", who: administrators, also: []string{"/reported"}},
		{path: pathAudit, text: "nav.audit", who: administrators},
		{path: pathRules, text: "nav.rules", who: administrators, also: []string{pathMandates}},
		{path: pathProfile, text: "nav.profile", who: signedIn, also: []string{pathPassword, "/report"}},
	}
}

// settingsTabs are the pages of settings, on top of each of them.
func settingsTabs() []tab {
	return []tab{
		{path: pathRules, text: "settings.organisation", who: administrators},
		{path: pathMandates, text: "mandates.title", who: administrators},
		{path: pathServer, text: "settings.server", who: operators},
		{path: pathServer + "/sign-in", text: "settings.sign-in", who: operators},
		{path: pathServer + "/rules", text: "settings.rules", who: operators},
		{path: pathTexts, text: "settings.texts", who: operators},
	}
}
