package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"sleutelbos/server/store"
)

const (
	formLife      = time.Hour        // what was answered is kept so long
	formAbandoned = time.Minute      // whoever had a form so long without an answer is gone
	formsMost     = 60               // of one person
	noteForms     = NoteUse("forms") // sealed in the database, not in a browser
)

// formName keeps from the database what a form is called: its name holds a
// hash of what was typed.
func formName(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

// FormStanding is how a form stands that was sent before.
type FormStanding struct {
	Mine   bool   // it is for whoever asked to carry out
	Done   bool   // it was carried out
	Answer []byte // what was answered, where that was kept
}

// ClaimForm takes a form of a person for whoever asks first, over all servers on
// the database; others learn how it stands. Whoever has it ends with
// [Desk.AnswerForm] or [Desk.DropForm].
func (d *Desk) ClaimForm(ctx context.Context, person, name string) (FormStanding, error) {
	var standing FormStanding
	err := d.store.Do(ctx, func(tx *store.Tx) (err error) {
		now := d.now()
		standing = FormStanding{}
		standing.Mine, err = tx.ClaimForm(store.Form{Name: formName(name), Person: person, Made: stamp(now)}, stamp(now.Add(-formAbandoned)), formsMost)
		return err
	})
	if err != nil || standing.Mine {
		return standing, doing("claim a form", err)
	}
	return d.LookAtForm(ctx, person, name)
}

// LookAtForm tells how a form of a person stands.
func (d *Desk) LookAtForm(ctx context.Context, person, name string) (FormStanding, error) {
	var standing FormStanding
	err := d.store.Read(ctx, func(view *store.View) error {
		standing = FormStanding{}
		f, err := view.Form(formName(name))
		if errors.Is(err, store.ErrNotFound) || err == nil && (f.Person != person || f.Made < stamp(d.now().Add(-formLife))) {
			return nil
		}
		if err != nil {
			return err
		}
		standing.Done = f.Done != 0
		if f.Answer != "" { // one that does not open any more was sealed by a key that is gone
			standing.Answer, _ = d.OpenNote(noteForms, person, f.Answer)
		}
		return nil
	})
	return standing, doing("look at a form", err)
}

// AnswerForm keeps what was answered to a form, sealed and not for long; nil
// where it was carried out and the answer is not to be kept.
func (d *Desk) AnswerForm(ctx context.Context, person, name string, answer []byte) error {
	f := store.Form{Name: formName(name), Person: person, Made: stamp(d.now()), Done: stamp(d.now())}
	if answer != nil {
		var err error
		if f.Answer, err = d.SealNote(noteForms, person, answer, d.now().Add(formLife)); err != nil {
			return err
		}
	}
	return doing("answer a form", d.store.Do(ctx, func(tx *store.Tx) error { return tx.AnswerForm(f) }))
}

// DropForm gives a form free that was not carried out.
func (d *Desk) DropForm(ctx context.Context, name string) error {
	return doing("give a form free", d.store.Do(ctx, func(tx *store.Tx) error { return tx.DropForm(formName(name)) }))
}
