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

// tab is one entry of the navigation at the top.
type tab struct {
	path, text string // text is a key
	who        access
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
		{"/", "nav.start", signedIn},
		{pathPeople, "nav.people", administrators},
		{pathOrganisations, "nav.organisations", operators},
		{"/mail", "nav.mail", operators},
		{pathReports, "nav.reports", administrators},
		{pathAudit, "nav.audit", administrators},
		{pathRules, "nav.rules", administrators},
		{pathProfile, "nav.profile", signedIn},
	}
}
