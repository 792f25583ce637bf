package pages

func (d *door) startRoutes() []route {
	return []route{{"GET /{$}", anyone, start}}
}

func start(v *visit) error {
	if v.session == nil {
		return v.showSignIn(v.signInForm(v.r.URL.Query().Get(fieldTo), ""), "")
	}
	return v.show(page{name: "start", title: v.say("start.title")})
}
