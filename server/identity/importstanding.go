package identity

import (
	"context"
	"encoding/json"
	"time"

	"sleutelbos/server/store"
)

// ImportStanding is how far somebody's last import is that has not come to its
// end: it runs still, or it was cut off.
type ImportStanding struct {
	Done int       `json:"done"` // lines
	Of   int       `json:"of"`
	Line int       `json:"line"` // of the file, the last one done
	At   time.Time `json:"at"`
}

func importForm(person string) string { return "import " + person }

// noteImport writes down with lines that were done how far that is, so that it
// is known after a kill as well; the last line takes it away. It is kept as long
// as a form is. Whoever runs the command sees it there.
func (d *Desk) noteImport(tx *store.Tx, by Actor, standing ImportStanding) error {
	person := by.PersonID()
	if person == "" {
		return nil
	}
	name := formName(importForm(person))
	if standing.Done == standing.Of {
		return tx.DropForm(name)
	}
	plain, err := json.Marshal(standing)
	if err != nil {
		return err
	}
	note, err := d.SealNote(noteForms, person, plain, standing.At.Add(formLife))
	if err != nil {
		return err
	}
	return tx.AnswerForm(store.Form{Name: name, Person: person, Made: stamp(standing.At), Answer: note})
}

// ImportStanding tells how far the last import of who asks is, where it has not
// come to its end within the last hour; nil: there is none.
func (d *Desk) ImportStanding(ctx context.Context, by Actor) (*ImportStanding, error) {
	form, err := d.LookAtForm(ctx, by.PersonID(), importForm(by.PersonID()))
	if err != nil || form.Answer == nil {
		return nil, err
	}
	var standing ImportStanding
	if err := json.Unmarshal(form.Answer, &standing); err != nil {
		return nil, doing("read how far an import is", err)
	}
	return &standing, nil
}
