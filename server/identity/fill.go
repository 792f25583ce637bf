package identity

import (
	"errors"

	"sleutelbos/server/store"
)

// fill adds grants, links and activation codes to rows of a few people.
func (d *Desk) fill(view *store.View, rows []store.Person) ([]Person, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return d.filled(view, rows, ids...)
}

// filled is fill for everybody, unless ids are given.
func (d *Desk) filled(view *store.View, rows []store.Person, ids ...string) ([]Person, error) {
	grants, err1 := view.Grants(ids...)
	links, err2 := view.Links(ids...)
	activations, err3 := view.NewestActivations(ids...)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	holds, linked := map[string][]Grant{}, map[string][]Link{}
	for _, g := range grants {
		holds[g.Person] = append(holds[g.Person], grantOf(g))
	}
	for _, l := range links {
		linked[l.Person] = append(linked[l.Person], Link{
			ID: l.ID, Device: l.Device, LinkedAt: moment(l.Linked), LastUsed: moment(l.LastUsed), Disabled: moment(l.Disabled),
			Token: l.Serial, OutOfStep: moment(l.Resync),
		})
	}
	all := make([]Person, 0, len(rows))
	for _, row := range rows {
		person := d.personOf(row)
		person.Links, person.Grants = linked[row.ID], holds[row.ID]
		if a, ok := activations[row.ID]; ok {
			wrong, err := view.Tries(d.nameHash(canonical(row.User)))
			if err != nil {
				return nil, err
			}
			person.Activation = &Activation{
				Made: moment(a.Made), Expires: moment(a.Expires),
				State: stateOf(a, d.now()), TriesLeft: triesLeft(wrong),
			}
		}
		all = append(all, person)
	}
	return all, nil
}

func (d *Desk) personOf(row store.Person) Person {
	now := stamp(d.now())
	present := relieved(row.Counters, now)
	return Person{
		ID: row.ID, Details: detailsOf(row), Version: row.Version, Standing: standing(row, now), Created: moment(row.Created), Deleted: moment(row.Deleted),
		LockedUntil: moment(present.LockedUntil), Failures: int(present.Failures), FailuresInRow: int(present.InRow),
	}
}
