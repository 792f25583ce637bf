package identity

import (
	"context"
	"errors"

	"sleutelbos/server/store"
)

// defaultLinks is how many links a person holds at most where the organisation
// did not say.
const defaultLinks = 3

// Errors about one's own devices.
var (
	// ErrLinksFull says that no further device can be added.
	ErrLinksFull = errors.New("this is the most devices that somebody may have; end one first")
	// ErrLastLink says that the only working link is ended by reporting its loss
	// or by an administrator, not by oneself: nothing would be left to sign in with.
	ErrLastLink = errors.New("this is the only device that works; add another first, or report this one lost")
	// ErrSignInAgain says that what was asked needs a sign-in by password and code
	// that is not long ago.
	ErrSignInAgain = errors.New("sign in again with password and code, then ask once more")
	// ErrFurtherGone says that a further device took too long.
	ErrFurtherGone = errors.New("this took longer than ten minutes; begin again")
	// ErrFurtherCode says that a code was not made with the new device's key.
	ErrFurtherCode = errors.New("this is not the code that the new device shows now")
)

// Own is what a person sees of themselves.
type Own struct {
	Person   Person
	MaxLinks int // devices at most
}

// MayAdd tells whether a further device may be added.
func (o Own) MayAdd() bool { return o.Person.working() < o.MaxLinks }

// working is how many links work.
func (p Person) working() int {
	n := 0
	for _, l := range p.Links {
		if l.Disabled.IsZero() {
			n++
		}
	}
	return n
}

// linksAtMost is how many links a person holds.
func (s OrganisationSettings) linksAtMost() int {
	if s.MaxLinks <= 0 {
		return defaultLinks
	}
	return s.MaxLinks
}

// Own finds whoever is signed in.
func (d *Desk) Own(ctx context.Context, token Token) (Own, error) {
	var own Own
	err := d.store.Read(ctx, func(view *store.View) error {
		s, _, err := d.session(view, token, d.now())
		if err != nil {
			return err
		}
		row, err := view.PersonByID(s.Person.ID)
		if err != nil {
			return err
		}
		people, err := d.fill(view, []store.Person{row})
		if err != nil {
			return err
		}
		settings, err := readSettings(view)
		own = Own{Person: people[0], MaxLinks: settings.linksAtMost()}
		return err
	})
	return own, doing("find oneself", err)
}

// OwnContact is what people change about themselves.
type OwnContact struct {
	Phone    string
	Notices  string // address for notices; empty: the sign-in address
	Language string // "nl" or "en"
}

// SetOwnContact changes the contact details of whoever is signed in. What is
// wrong is a [*FieldError] for each field, joined. A former address for notices
// is told about nothing; the change is in the audit.
func (d *Desk) SetOwnContact(ctx context.Context, token Token, c OwnContact) error {
	err := d.inSession(ctx, token, func(tx *store.Tx, s Session) error {
		if s.MustChange != ChangeNothing {
			return ErrMustChange
		}
		row, err := tx.PersonByID(s.Person.ID)
		if err != nil {
			return err
		}
		was := detailsOf(row)
		want := was
		want.Phone, want.Notices, want.Language = c.Phone, c.Notices, c.Language
		want = want.tidied()
		if wrong := want.onlyContact(); len(wrong) > 0 {
			return errors.Join(wrong...)
		}
		if want.Phone == was.Phone && want.Notices == was.Notices && want.Language == was.Language {
			return nil
		}
		row.Phone, row.Notices, row.Language = want.Phone, want.Notices, want.Language
		if err := tx.SetPerson(row); err != nil {
			return err
		}
		return d.audit(tx, ownRow(ctx, kindOwnEdit, s))
	})
	return doing("change one's own details", err)
}

// onlyContact is what is wrong with the contact details, whatever is wrong with
// the rest, which is not one's own to change.
func (p Details) onlyContact() []error {
	var all []error
	for _, wrong := range FieldErrors(errors.Join(p.check()...)) {
		if wrong.Field == "phone" || wrong.Field == "notices" || wrong.Field == "language" {
			all = append(all, wrong)
		}
	}
	return all
}

// EndOwnLink stops one device of whoever is signed in. The last one that works
// is [ErrLastLink].
func (d *Desk) EndOwnLink(ctx context.Context, token Token, link string) error {
	err := d.inSession(ctx, token, func(tx *store.Tx, s Session) error {
		if !s.MayManage {
			return ErrSignInAgain
		}
		own, err := tx.Links(s.Person.ID)
		if err != nil {
			return err
		}
		working, found := 0, false
		for _, l := range own {
			if l.Disabled == 0 {
				working++
				found = found || l.ID == link && l.Token == ""
			}
		}
		switch {
		case !found:
			return ErrNoSuchLink
		case working == 1:
			return ErrLastLink
		}
		device, err := tx.BlockLink(s.Person.ID, link, stamp(d.now()))
		if err != nil {
			return err
		}
		row := ownRow(ctx, kindLinkEnd, s)
		row.Link = link
		return inOrder(
			func() error {
				return d.post(tx, message{kind: MessageUnlinked, person: s.Person.ID, device: device})
			},
			func() error { return d.audit(tx, row) },
		)
	})
	return doing("end a link", err)
}
