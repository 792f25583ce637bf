package pages

import (
	"errors"
	"strconv"
	"time"

	"sleutelbos/server/identity"
	"sleutelbos/server/letter"
)

// Letters and activation codes for many at once, and what became of the mails.
func (d *door) lettersRoutes() []route {
	return []route{
		{"GET /people/letters", administrators, showLetters},
		{"POST /people/letters", administrators, doLetters},
		{"GET /mail", operators, showMail},
	}
}

// mostLetters is how many people one selection holds.
const mostLetters = 200

// shownLetters is what the page "letters" shows.
type shownLetters struct {
	Text   string
	People []lettered
	Next   string // address of the page after this one
	Mail   bool
}

type lettered struct {
	identity.Person
	Chosen bool
}

func showLetters(v *visit) error { return v.showLetters(nil, "") }

// showLetters shows who is not linked yet, with what was chosen before.
func (v *visit) showLetters(chosen []string, fault string) error {
	ctx, query := v.r.Context(), v.r.URL.Query()
	found, err := v.door.desk.SearchPeople(ctx, v.actor(), identity.Search{Text: query.Get("q"), After: query.Get("after"), Limit: mostLetters})
	if err != nil {
		return err
	}
	standing, err := v.door.desk.MailStanding(ctx)
	if err != nil {
		return err
	}
	marked := map[string]bool{}
	for _, id := range chosen {
		marked[id] = true
	}
	shown := shownLetters{Text: query.Get("q"), Mail: standing.SetUp}
	if found.Next != "" {
		query.Set("after", found.Next)
		shown.Next = "/people/letters?" + query.Encode()
	}
	for _, p := range found.People {
		if !p.Linked() && p.Standing != identity.Ended {
			shown.People = append(shown.People, lettered{p, marked[p.ID]})
		}
	}
	f := v.form("letters.letters")
	if fault != "" {
		f.fail("", fault)
	}
	return v.show(page{name: "letters", title: v.say("letters.title"), form: f, data: shown, back: v.toPeople(), wide: true})
}

func doLetters(v *visit) error {
	ids := v.r.PostForm["person"]
	switch {
	case len(ids) == 0:
		return v.showLetters(nil, "letters.none-chosen")
	case len(ids) > mostLetters:
		return v.showLetters(ids, "letters.too-many")
	case v.r.PostForm.Get("do") == "mail":
		return v.mailMany(ids)
	}
	people, err := v.door.desk.ForLetters(v.r.Context(), v.actor(), ids)
	if err == nil {
		err = v.sendLetters(people)
	}
	switch {
	case errors.Is(err, identity.ErrLinked):
		return v.showLetters(ids, "letters.linked-meanwhile")
	case errors.Is(err, letter.ErrScript):
		return v.showLetters(ids, "signing.script")
	}
	return err
}

// mailMany mails a code to each, and says for how many it was not possible.
func (v *visit) mailMany(ids []string) error {
	if !v.confirmed() {
		return v.confirm(confirmation{
			Title: v.say("letters.mail-title", "n", len(ids)), Lead: v.say("letters.mail-lead"),
			Follows: []string{v.say("signing.mail-follows-1"), v.say("signing.mail-follows-2")},
			Submit:  v.say("letters.mail-do"), Cancel: "/people/letters",
		})
	}
	mailed := 0
	for _, id := range ids {
		_, err := v.door.desk.MailActivation(v.r.Context(), v.actor(), id)
		switch {
		case err == nil:
			mailed++
		case errors.Is(err, identity.ErrLinked), errors.Is(err, identity.ErrUnknownPerson),
			errors.Is(err, identity.ErrForbidden), errors.Is(err, identity.ErrOneself):
		case errors.Is(err, identity.ErrNoMail):
			v.warn("signing.no-mail")
			return v.redirect("/people/letters")
		default:
			return err
		}
	}
	if left := len(ids) - mailed; left > 0 {
		v.warn("letters.mailed-some", "mailed", strconv.Itoa(mailed), "left", strconv.Itoa(left))
	} else {
		v.tell("letters.mailed", "n", mailed)
	}
	return v.redirect("/people/letters")
}

// shownQueue is what the page "mail" shows.
type shownQueue struct {
	identity.MailStanding
	Mails mailed
}

func showMail(v *visit) error {
	ctx := v.r.Context()
	standing, err := v.door.desk.MailStanding(ctx)
	if err != nil {
		return err
	}
	rows, err := v.door.desk.MessagesBy(ctx, v.actor(), "", rowsPerPage)
	if err != nil {
		return err
	}
	return v.show(page{name: "mail", title: v.say("outbox.title"), data: shownQueue{standing, mailed{rows, v}}, back: v.toStart(), wide: true})
}

// mailed are mails that the part "mails" lists.
type mailed struct {
	Rows  []identity.MessageRow
	visit *visit
}

// When is a moment as it is said.
func (m mailed) When(t time.Time) string { return m.visit.when(t) }
