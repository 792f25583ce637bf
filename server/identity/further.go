package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// Further is a device that is being added by somebody who is signed in. Nothing
// of it is kept here before its first code came: Note is the key, sealed for
// this person, and comes back with the code.
type Further struct {
	Address string // otpauth address of the key; secret
	Note    string // secret as well
	Expires time.Time
	Device  string
}

// Format hides the key under every verb of package fmt.
func (f Further) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte("***")) }

type furtherNote struct {
	ID     string `json:"id"`
	Device string `json:"device"`
	Secret []byte `json:"secret"`
}

// StartFurther makes the key of a further device for whoever is signed in, by
// password and code and not long ago, else [ErrSignInAgain].
func (d *Desk) StartFurther(ctx context.Context, token Token, device string) (Further, error) {
	var s Session
	var own []store.Link
	var settings OrganisationSettings
	var row store.Person
	err := d.store.Read(ctx, func(view *store.View) (err error) {
		if s, _, err = d.session(view, token, d.now()); err != nil {
			return err
		}
		if row, err = view.PersonByID(s.Person.ID); err != nil {
			return err
		}
		if settings, err = readSettings(view); err != nil {
			return err
		}
		own, err = view.Links(s.Person.ID)
		return err
	})
	if err == nil {
		err = mayAdd(s, own, settings)
	}
	if err != nil {
		return Further{}, doing("add a device", err)
	}
	id, err := d.newID()
	if err != nil {
		return Further{}, err
	}
	note := furtherNote{ID: id, Device: tidy(device, maxDevice), Secret: make([]byte, secretSize)}
	if _, err := io.ReadFull(d.random, note.Secret); err != nil {
		return Further{}, fmt.Errorf("make a key: %w", err)
	}
	plain, err := json.Marshal(note)
	if err != nil {
		return Further{}, err
	}
	expires := d.now().Add(pendingLife)
	sealed, err := d.SealNote(noteFurther, s.Person.ID, plain, expires)
	if err != nil {
		return Further{}, err
	}
	key := linkKey(note.Secret)
	key.Issuer, key.Account = settings.issuer(), row.User
	return Further{Address: key.Address(), Note: sealed, Expires: expires, Device: note.Device}, nil
}

// LookAtFurther shows a device once more that is being added.
func (d *Desk) LookAtFurther(ctx context.Context, token Token, note string) (Further, error) {
	s, err := d.Session(ctx, token)
	if err != nil {
		return Further{}, err
	}
	n, err := d.openFurther(s, note)
	if err != nil {
		return Further{}, err
	}
	settings, err := d.Settings(ctx)
	if err != nil {
		return Further{}, err
	}
	key := linkKey(n.Secret)
	key.Issuer, key.Account = settings.issuer(), s.Person.User
	return Further{Address: key.Address(), Note: note, Device: n.Device}, nil
}

func (d *Desk) openFurther(s Session, note string) (furtherNote, error) {
	var n furtherNote
	plain, err := d.OpenNote(noteFurther, s.Person.ID, note)
	if err != nil || json.Unmarshal(plain, &n) != nil {
		return n, ErrFurtherGone
	}
	return n, nil
}

func mayAdd(s Session, own []store.Link, settings OrganisationSettings) error {
	if !s.MayManage {
		return ErrSignInAgain
	}
	working := 0
	for _, l := range own {
		if l.Disabled == 0 {
			working++
		}
	}
	if working >= settings.linksAtMost() {
		return ErrLinksFull
	}
	return nil
}

// ConfirmFurther adds the device once a code made with its key comes, whose step
// is then used up. The same again is no error. The person is told by mail. What
// they accepted at their first device holds for this one, so nothing is kept of
// it here.
func (d *Desk) ConfirmFurther(ctx context.Context, token Token, note, typed string) error {
	code, unreadable := enroll.NormalizeAnyCode(typed)
	err := d.inSession(ctx, token, func(tx *store.Tx, s Session) error {
		n, err := d.openFurther(s, note)
		if err != nil {
			return err
		}
		own, err := tx.Links(s.Person.ID)
		if err != nil {
			return err
		}
		for _, l := range own {
			if l.ID == n.ID {
				return nil
			}
		}
		settings, err := readSettings(tx.View)
		if err != nil {
			return err
		}
		if err := mayAdd(s, own, settings); err != nil {
			return err
		}
		now := d.now()
		key := linkKey(n.Secret)
		step, ok := d.match(key, code, key.WindowAt(now, window, 0))
		if unreadable != nil || !ok {
			return ErrFurtherCode
		}
		return d.addFurther(ctx, tx, s, n, int64(step), now)
	})
	return doing("add a device", err)
}

func (d *Desk) addFurther(ctx context.Context, tx *store.Tx, s Session, n furtherNote, step int64, now time.Time) error {
	sealed, keyID, err := d.seal(n.Secret, placeOfLink(n.ID, s.Person.ID))
	if err != nil {
		return err
	}
	row := ownRow(ctx, kindLinkAdd, s)
	row.Link = n.ID
	return inOrder(
		func() error {
			return tx.AddLink(store.Link{
				ID: n.ID, Person: s.Person.ID, Device: n.Device, Secret: sealed, KeyID: keyID,
				Steps: store.Steps{LastStep: step}, Linked: stamp(now),
			})
		},
		func() error {
			return d.post(tx, message{kind: MessageLinked, person: s.Person.ID, device: n.Device})
		},
		func() error { return d.audit(tx, row) },
	)
}
