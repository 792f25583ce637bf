package pages

// helpRoutes: the page that says how things go, for everybody. It is the plainest
// page there is, and so the example in the package's doc.
func (d *door) helpRoutes() []route {
	return []route{{"GET /help", anyone, help}}
}

// questions are the answers on the page, by the middle of their keys.
func questions() []string {
	return []string{"code", "password", "locked", "new", "lost", "shared"}
}

func help(v *visit) error {
	type answer struct{ Question, Answer string }
	var all []answer
	for _, q := range questions() {
		all = append(all, answer{v.say("help." + q + ".q"), v.say("help." + q + ".a")})
	}
	return v.show(page{name: "help", title: v.say("help.title"), data: all, back: v.toStart()})
}
