// Package pages is the door of the companion server for people: HTML for staff
// and administrators, made on the server, whole without JavaScript. It holds no
// rule: it reads a form, asks the desk of package identity, and shows what that
// says.
//
// # A page
//
// One subject is one file here and one template in assets/pages. help.go is the
// plainest: it lists its routes, which routes.go gathers, and each handler
// returns an error or what [visit.show] returns:
//
//	func (d *door) helpRoutes() []route {
//		return []route{{"GET /help", anyone, help}}
//	}
//
//	func help(v *visit) error {
//		return v.show(page{name: "help", title: v.say("help.title"), data: all, back: v.toStart()})
//	}
//
// The template assets/pages/help.html says what stands in the frame. Its dot is the [frame]: the
// handler's data is .Data, a moment is written {{$.When .Created}}, a text
// {{say "help.heading"}}. The frame around it, the language, the environment, the
// contact and the navigation (tabs in routes.go) come by themselves. Texts stand
// in assets/texts/server-SUBJECT.{nl,en}.json.
//
// # A form
//
// A handler makes the same form for GET and POST. Whatever is wrong is said
// beside its field and in a summary, and what was typed stands there still:
//
//	func (v *visit) nameForm() *form {
//		return v.form("thing.save",
//			&field{Name: "name", Label: "thing.name", Hint: "thing.name-hint", Required: true, Max: 128})
//	}
//
//	func showThing(v *visit) error { return v.showThing(v.nameForm()) }
//
//	func saveThing(v *visit) error {
//		f := v.nameForm()
//		if f.read() {
//			err := v.door.desk.Rename(v.r.Context(), f.get("name"))
//			switch {
//			case err == nil:
//				v.tell("thing.saved")       // said on the next page
//				return v.redirect("/thing") // always after a POST that did something
//			case errors.Is(err, identity.ErrUserTaken):
//				f.fail("name", "thing.taken")
//			default:
//				return err // an error page, with a reference
//			}
//		}
//		return v.showThing(f)
//	}
//
// In the template {{template "errors" .Form}} and {{template "form" .Form}} are
// all there is to write; {{template "field" (.Form.Field "name")}} sets one field
// alone. A form written by hand has {{template "token" .}} in it. Sending a form
// twice carries it out once ([once]), to two servers as well, and the back button
// finds what answered it (again.go); a page that shows a secret says so by
// page.secret. A session that ends meanwhile loses nothing
// that was typed (resume.go), but for fields whose names begin with "password" and
// those named "code" or "token". Something that cannot be undone asks first by
// [visit.confirm].
//
// What the desk finds wrong with fields ([identity.FieldError]) [form.take] puts
// beside them, by the texts "field.KEY". A long list has a [pager].
//
// # Who may
//
// A route says whom its page is for: anyone, signedIn, mustChange, administrators
// or operators. That only decides who is asked to sign in first, or again by
// password and code; what somebody may do the desk decides from [visit.actor],
// each time.
//
// # Errors
//
// A handler returns what the desk said. errors.go knows which errors mean
// something to a person; all others are a fault of ours, of which the page tells a
// reference and nothing more.
//
// Tests drive the pages in a real browser; see package pagestest.
package pages
