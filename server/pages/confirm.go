package pages

// confirmation is a page that says what follows before it is done. Its button
// posts to the same path again, with the fields that were posted and
// "confirmed". Use it in a handler of a POST, and where the path alone says what
// is meant, of the GET too: the browser's back button can show that page again.
//
//	if !v.confirmed() {
//		return v.confirm(confirmation{…})
//	}
type confirmation struct {
	Title   string
	Lead    string
	Follows []string // what will happen, a sentence each
	Remains []string // what stays, the same
	Submit  string   // on the button, as it is said
	Cancel  string   // path
	Danger  bool
	SoFar   string // how much of it is done; the button goes on and has the focus
	Fields  []pair // what else is posted again
}

const fieldConfirmed = "confirmed"

// confirmed tells whether what is asked for was confirmed.
func (v *visit) confirmed() bool { return v.r.PostForm.Get(fieldConfirmed) == "yes" }

// confirm shows what follows, and posts the same fields again.
func (v *visit) confirm(c confirmation) error {
	for name, values := range v.r.PostForm {
		if name == fieldToken || name == fieldConfirmed {
			continue
		}
		for _, value := range values {
			c.Fields = append(c.Fields, pair{name, value})
		}
	}
	c.Fields = append(c.Fields, pair{fieldConfirmed, "yes"})
	return v.show(page{name: "confirm", title: c.Title, data: c, back: crumb{}, again: true})
}
