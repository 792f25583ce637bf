package pages

import (
	"context"
	"errors"
	"time"

	"sleutelbos/server/identity"
	"sleutelbos/server/letter"
)

// What an administrator does for somebody's signing in: the letter, the
// activation code, unlinking, a code for this day, another password, the end of a
// lock.
func (d *door) signingRoutes() []route {
	return []route{
		{"GET /people/{id}/letter", administrators, letterFor},
		{"GET /people/{id}/activation", administrators, giveActivation},
		{"POST /people/{id}/activation", administrators, giveActivation},
		{"GET /people/{id}/unlink", administrators, unlinkPerson},
		{"POST /people/{id}/unlink", administrators, unlinkPerson},
		{"GET /people/{id}/day-code", administrators, giveDayCode},
		{"POST /people/{id}/day-code", administrators, giveDayCode},
		{"GET /people/{id}/reset-password", administrators, resetPassword},
		{"POST /people/{id}/reset-password", administrators, resetPassword},
		{"GET /people/{id}/unlock", administrators, unlockPerson},
		{"POST /people/{id}/unlock", administrators, unlockPerson},
		{"GET /profile/unlink", signedIn, unlinkOneself},
		{"POST /profile/unlink", signedIn, unlinkOneself},
	}
}

// signing is what the part "signing" shows: what can be done for a person, as
// far as the present reader may do it.
type signing struct {
	identity.Person
	May    bool // change how the person signs in
	Linked bool // but for a hardware token
	Mail   bool // mail is set up
	Mails  mailed

	visit *visit
}

// Token is the hidden field of its forms; see token.go.
func (s signing) Token() (string, error) { return s.visit.formToken() }

// When is a moment as it is said.
func (s signing) When(t time.Time) string { return s.visit.when(t) }

const shownMails = 5

// signing gathers what the part "signing" shows.
func (v *visit) signing(id string) (signing, error) {
	ctx, desk := v.r.Context(), v.door.desk
	person, err1 := desk.PersonByID(ctx, v.actor(), id)
	may, err2 := desk.MayCommand(ctx, v.actor(), id)
	standing, err3 := desk.MailStanding(ctx)
	mails, err4 := desk.MessagesBy(ctx, v.actor(), id, shownMails)
	s := signing{Person: person, May: may, Mail: standing.SetUp, Mails: mailed{mails, v}, visit: v}
	for _, l := range workingLinks(person) {
		s.Linked = s.Linked || l.Token == ""
	}
	return s, errors.Join(err1, err2, err3, err4)
}

func signingPath(id string) string { return pathPeople + "/" + id }

// refused tells what the desk refused to do for a person, on that person's page;
// any other error goes on.
func (v *visit) refused(id string, err error) error {
	if said := refusedSaid(err); said != "" {
		v.warn(said)
		return v.redirect(signingPath(id))
	}
	return err
}

// about asks to confirm something for a person; done tells that it was.
func (v *visit) about(c confirmation) (s signing, done bool, err error) {
	id := v.r.PathValue("id")
	if s, err = v.signing(id); err != nil || v.confirmed() {
		return s, err == nil, err
	}
	c.Cancel = signingPath(id)
	c.Title = v.say(c.Title, "name", s.Name)
	c.Lead = v.say(c.Lead, "name", s.Name, "address", s.Email)
	c.Submit = v.say(c.Submit)
	for i, key := range c.Follows {
		c.Follows[i] = v.say(key, "name", s.Name, "address", s.Email)
	}
	return s, false, v.confirm(c)
}

// shownOnce is what the page "once" shows: something that is not shown again.
type shownOnce struct {
	Title, Lead string
	Code        string
	Next        []string
	Back        crumb
}

func (v *visit) showOnce(s signing, o shownOnce) error {
	o.Back = crumb{signingPath(s.ID), v.say("signing.back", "name", s.Name)}
	return v.show(page{name: "once", title: o.Title, data: o, secret: true})
}

func letterFor(v *visit) error {
	id := v.r.PathValue("id")
	people, err := v.door.desk.ForLetters(v.r.Context(), v.actor(), []string{id})
	if err == nil {
		err = v.sendLetters(people)
	}
	return v.refused(id, err)
}

// sendLetters answers with letters to keep and print, instead of a page.
func (v *visit) sendLetters(people []identity.Person) error {
	organisations, err := v.door.desk.Organisations(v.r.Context(), v.actor())
	if err != nil {
		return err
	}
	if err := letter.Write(&v.w.body, people, letter.Names(organisations), v.organisation, v.door.now()); err != nil {
		v.w.body.Reset()
		return err
	}
	v.w.header.Set("Content-Type", "application/pdf")
	v.w.header.Set("Content-Disposition", `attachment; filename="`+v.say("signing.letter-file")+`.pdf"`)
	return nil
}

// giveActivation mails a code, or shows it where no mail is set up.
func giveActivation(v *visit) error {
	id := v.r.PathValue("id")
	standing, err := v.door.desk.MailStanding(v.r.Context())
	if err != nil {
		return err
	}
	if !standing.SetUp {
		return showActivation(v)
	}
	s, done, err := v.about(confirmation{
		Title: "signing.mail-title", Lead: "signing.mail-lead", Submit: "signing.mail-do",
		Follows: []string{"signing.mail-follows-1", "signing.mail-follows-2", "signing.mail-follows-3"},
	})
	if err != nil || !done {
		return err
	}
	if _, err := v.door.desk.MailActivation(v.r.Context(), v.actor(), id); err != nil {
		return v.refused(id, err)
	}
	v.tell("signing.mailed", "address", s.Email)
	return v.redirect(signingPath(id))
}

func showActivation(v *visit) error {
	id := v.r.PathValue("id")
	s, done, err := v.about(confirmation{
		Title: "signing.make-title", Lead: "signing.make-lead", Submit: "signing.make-do",
		Follows: []string{"signing.mail-follows-1", "signing.mail-follows-2", "signing.mail-follows-3"},
	})
	if err != nil || !done {
		return err
	}
	code, expires, err := v.door.desk.NewActivationBy(v.r.Context(), v.actor(), id)
	if err != nil {
		return v.refused(id, err)
	}
	return v.showOnce(s, shownOnce{
		Title: v.say("signing.code-title", "name", s.Name), Lead: v.say("signing.code-lead"), Code: code.Reveal(),
		Next: []string{v.say("signing.code-until", "when", v.when(expires)), v.say("signing.code-way")},
	})
}

func unlinkPerson(v *visit) error {
	id := v.r.PathValue("id")
	standing, err := v.door.desk.MailStanding(v.r.Context())
	if err != nil {
		return err
	}
	c := confirmation{
		Title: "signing.unlink-title", Lead: "signing.unlink-lead", Submit: "signing.unlink-mail-do", Danger: true,
		Follows: []string{"signing.unlink-follows-1", "signing.unlink-follows-2", "signing.unlink-follows-mail"},
	}
	unlink, told := v.unlinkAndMail, "signing.unlinked-mailed"
	if !standing.SetUp {
		c.Submit, c.Follows[2] = "signing.unlink-do", "signing.unlink-follows-code"
		unlink, told = v.door.desk.UnlinkBy, "signing.unlinked"
	}
	s, done, err := v.about(c)
	if err != nil || !done {
		return err
	}
	if err := unlink(v.r.Context(), v.actor(), id); err != nil {
		return v.refused(id, err)
	}
	v.tell(told, "name", s.Name, "address", s.Email)
	return v.redirect(signingPath(id))
}

func (v *visit) unlinkAndMail(ctx context.Context, by identity.Actor, id string) error {
	_, err := v.door.desk.UnlinkAndMail(ctx, by, id)
	return err
}

// unlinkOneself ends one's own links. All sessions end with them, so what comes
// next is the sign-in page.
func unlinkOneself(v *visit) error {
	address := v.session.Person.Email
	if !v.confirmed() {
		return v.confirm(confirmation{
			Title: v.say("signing.own-title"), Lead: v.say("signing.own-lead", "address", address),
			Follows: []string{v.say("signing.own-follows-1"), v.say("signing.own-follows-2"), v.say("signing.own-follows-3")},
			Submit:  v.say("signing.unlink-mail-do"), Cancel: "/profile/devices", Danger: true,
		})
	}
	err := v.unlinkAndMail(v.r.Context(), v.actor(), v.person())
	if errors.Is(err, identity.ErrNoMail) {
		v.warn("signing.own-no-mail")
		return v.redirect("/profile/devices")
	}
	if err != nil {
		return err
	}
	v.tell("signing.own-done", "address", address)
	return v.redirect("/")
}

func giveDayCode(v *visit) error {
	id := v.r.PathValue("id")
	s, done, err := v.about(confirmation{
		Title: "signing.day-title", Lead: "signing.day-lead", Submit: "signing.day-do",
		Follows: []string{"signing.day-follows-1", "signing.day-follows-2", "signing.day-follows-3"},
	})
	if err != nil || !done {
		return err
	}
	code, ends, err := v.door.desk.IssueDayCode(v.r.Context(), v.actor(), id)
	if err != nil {
		return v.refused(id, err)
	}
	return v.showOnce(s, shownOnce{
		Title: v.say("signing.day-code-title", "name", s.Name), Lead: v.say("signing.day-code-lead"), Code: code.Reveal(),
		Next: []string{v.say("signing.day-until", "when", v.dayEnd(ends)), v.say("signing.day-way")},
	})
}

func unlockPerson(v *visit) error {
	id := v.r.PathValue("id")
	s, done, err := v.about(confirmation{
		Title: "signing.unlock-title", Lead: "signing.unlock-lead", Submit: "signing.unlock-do",
		Follows: []string{"signing.unlock-follows-1", "signing.unlock-follows-2"},
	})
	if err != nil || !done {
		return err
	}
	if err := v.door.desk.UnlockBy(v.r.Context(), v.actor(), id); err != nil {
		return v.refused(id, err)
	}
	v.tell("signing.unlocked", "name", s.Name)
	return v.redirect(signingPath(id))
}

// dayEnd says the end of a day as people do: midnight belongs to the day before.
func (v *visit) dayEnd(ends time.Time) string { return v.day(ends.Add(-time.Minute)) }

func resetPassword(v *visit) error {
	id := v.r.PathValue("id")
	s, done, err := v.about(confirmation{
		Title: "signing.reset-title", Lead: "signing.reset-lead", Submit: "signing.reset-do", Danger: true,
		Follows: []string{"signing.reset-follows-1", "signing.reset-follows-2", "signing.reset-follows-3"},
	})
	if err != nil || !done {
		return err
	}
	password, err := v.door.desk.ResetPasswordBy(v.r.Context(), v.actor(), id)
	if err != nil {
		return v.refused(id, err)
	}
	return v.showOnce(s, shownOnce{
		Title: v.say("signing.password-title", "name", s.Name), Lead: v.say("signing.password-lead"), Code: string(password),
		Next: []string{v.say("signing.password-way"), v.say("signing.password-change")},
	})
}
