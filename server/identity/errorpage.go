package identity

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"sleutelbos/server/store"
)

// ErrorPage is what an error page said, as an administrator finds it by the
// reference on it.
type ErrorPage struct {
	Reference string
	At        time.Time
	Kind      string // what went wrong, as the page calls it
	Status    int
	Person    string // id; empty where nobody was signed in
	User      string // of the person, where they are known still
	Path      string // of the page, without its query
}

const (
	errorPageLife = 90 * 24 * time.Hour
	errorPageMost = 50_000
	maxErrorPath  = 200
)

// NoteErrorPage keeps what an error page said. Whoever calls sees to it that a
// stranger cannot have many noted.
func (d *Desk) NoteErrorPage(ctx context.Context, p ErrorPage) error {
	row := store.ErrorPage{
		Reference: p.Reference, At: stamp(d.now()), Kind: p.Kind, Status: int64(p.Status), Person: p.Person, Path: tidy(p.Path, maxErrorPath),
	}
	return doing("note an error page", d.store.Do(ctx, func(tx *store.Tx) error { return tx.AddErrorPage(row) }))
}

// FindErrorPage finds an error page by its reference, for whoever manages
// people: one that somebody signed in got, for those who see that person. found
// is false where there is none.
func (d *Desk) FindErrorPage(ctx context.Context, by Actor, reference string) (p ErrorPage, found bool, err error) {
	err = d.store.Read(ctx, func(view *store.View) error {
		p, found = ErrorPage{}, false
		rights, err := d.rights(view, by)
		if err != nil || !rights.Manages {
			return cmp.Or(err, ErrForbidden)
		}
		row, err := view.ErrorPage(strings.ToUpper(strings.TrimSpace(reference)))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		p = ErrorPage{Reference: row.Reference, At: moment(row.At), Kind: row.Kind, Status: int(row.Status), Person: row.Person, Path: row.Path}
		if row.Person != "" {
			sight := &auditSight{view: view, rights: rights, people: map[string]*personSeen{}}
			who, err := sight.person(row.Person)
			if err != nil || !who.seen && by.id != row.Person {
				return err
			}
			p.User = who.user
		}
		found = true
		return nil
	})
	if !found {
		p = ErrorPage{}
	}
	return p, found, doing("find an error page", err)
}
