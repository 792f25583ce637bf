package store

import "errors"

// Leavers are people who end at once: one, or all of an organisation, or a
// stretch of those by their ids.
type Leavers struct{ person, organisation, after, upto string }

// OnePerson is somebody by id.
func OnePerson(id string) Leavers { return Leavers{person: id} }

// AllOf are the people of an organisation.
func AllOf(organisation string) Leavers { return Leavers{organisation: organisation} }

// SomeOf are so many people of an organisation, those behind an id; upto is the
// last of them. Where no more are left than these, it is empty.
func (v *View) SomeOf(organisation, after string, many int) (some Leavers, upto string, err error) {
	some = Leavers{organisation: organisation, after: after}
	err = v.one("find who leaves", "SELECT id FROM people WHERE organisation || '' = $1 AND deleted = 0 AND id > $2 ORDER BY id LIMIT 1 OFFSET $3",
		[]any{organisation, after, int64(many - 1)}, &some.upto)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return some, some.upto, err
}

// ids selects their ids by $1, which is the argument, and by what it adds to the
// arguments behind it.
func (l Leavers) ids(given ...any) (text string, arguments []any) {
	switch {
	case l.person != "":
		return "(SELECT id FROM people WHERE id = $1 AND deleted = 0)", append([]any{l.person}, given...)
	case l.upto != "": // found by id: an index of the organisation would lead through all of it each time
		return "(SELECT id FROM people WHERE organisation || '' = $1 AND deleted = 0 AND id > " + places(len(given)+2, 1) + " AND id <= " + places(len(given)+3, 1) + ")",
			append(append([]any{l.organisation}, given...), l.after, l.upto)
	}
	return "(SELECT id FROM people WHERE organisation = $1 AND deleted = 0)", append([]any{l.organisation}, given...)
}

// Leaving is what ends when people leave.
type Leaving struct {
	People, Links, Codes, Pending, Grants, Tokens int64
}

// Leaving counts what ends.
func (v *View) Leaving(l Leavers) (Leaving, error) {
	var found Leaving
	who, arguments := l.ids()
	err := v.one("count what ends",
		`SELECT (SELECT count(*) FROM people WHERE id IN `+who+`),
		(SELECT count(*) FROM links WHERE disabled = 0 AND person IN `+who+`),
		(SELECT count(*) FROM activations WHERE state = 'open' AND person IN `+who+`),
		(SELECT count(*) FROM pending_links WHERE state = 'open' AND person IN `+who+`),
		(SELECT count(*) FROM grants WHERE person IN `+who+`),
		(SELECT count(*) FROM tokens WHERE due = 0 AND holder IN `+who+`)`,
		arguments, &found.People, &found.Links, &found.Codes, &found.Pending, &found.Grants, &found.Tokens)
	return found, err
}

// LeavingBeside counts what ends with an organisation beside what its people
// have: for how many people of others, and mandates.
func (v *View) LeavingBeside(organisation string) (others, mandates int64, err error) {
	err = v.one("count what others lose",
		`SELECT (SELECT count(DISTINCT g.person) FROM grants g JOIN people p ON p.id = g.person
			WHERE g.organisation = $1 AND p.organisation <> $1 AND p.deleted = 0),
		(SELECT count(*) FROM mandates WHERE giver = $1 OR taker = $1)`, []any{organisation}, &others, &mandates)
	return others, mandates, err
}

// Leavers gives the ids of who leaves, in order, and what they hold.
func (v *View) Leavers(l Leavers) (people []string, grants []Grant, err error) {
	who, arguments := l.ids()
	err = v.each("list who leaves", who[1:len(who)-1]+" ORDER BY id", arguments, func(rows scanner) error {
		var id string
		err := rows.Scan(&id)
		people = append(people, id)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	grants, err = v.grants("WHERE person IN "+who+" ORDER BY person, organisation, role, part", arguments...)
	return people, grants, err
}

// Leave ends all that lets people in: they hold nothing, no name means them, and
// what they signed in with is over, its secrets erased. Hardware tokens are due
// back for the reason. The people's rows stay, deleted. A table that lets
// somebody in has a line here.
func (tx *Tx) Leave(l Leavers, now int64, reason string) error {
	const doing = "delete people"
	type step struct {
		text  string // $1 is of who leaves
		given []any  // $2 and so on
	}
	for _, s := range []step{
		{keepSteps + " AND holder IN ", nil},
		{callBack + " AND holder IN ", []any{now, reason}},
		{"UPDATE links SET disabled = $2, secret = $3 WHERE disabled = 0 AND person IN ", []any{now, []byte{}}},
		{"UPDATE activations SET state = 'void' WHERE state = 'open' AND person IN ", nil},
		{"UPDATE pending_links SET state = 'void', secret = $2 WHERE state = 'open' AND person IN ", []any{[]byte{}}},
		{"DELETE FROM sessions WHERE person IN ", nil},
		{"DELETE FROM devices WHERE person IN ", nil},
		{"DELETE FROM password_links WHERE person IN ", nil},
		{"DELETE FROM forms WHERE person IN ", nil},
		{"DELETE FROM passwords WHERE person IN ", nil},
		{`UPDATE outbox SET state = 'replaced', sealed = $3, finished = $2
			WHERE state = 'waiting' AND kind IN ('activation', 'password-reset') AND person IN `, []any{now, []byte{}}},
		{"DELETE FROM day_codes WHERE person IN ", nil},
		{"DELETE FROM grants WHERE person IN ", nil},
		{"DELETE FROM names WHERE person IN ", nil},
		{"DELETE FROM person_words WHERE person IN ", nil},
		{"UPDATE people SET deleted = $2, version = version + 1, words = '' WHERE id IN ", []any{now}},
	} {
		who, arguments := l.ids(s.given...)
		if _, err := tx.exec(doing, s.text+who, arguments...); err != nil {
			return err
		}
	}
	return nil
}

// DeletedByUser finds people who were deleted and not erased yet by the user
// name that they had, in its spelling; any name where it is empty.
func (v *View) DeletedByUser(user string, limit int) ([]Person, error) {
	return v.people("WHERE p.deleted > 0 AND p.erased = 0 AND ($1 = '' OR p.user_name = $1) ORDER BY p.deleted DESC, p.id LIMIT $2", user, int64(limit))
}

// Erasing is what is still kept of a deleted person.
type Erasing struct{ Links, Codes, Mails, Losses, Tokens int64 }

// Erasing counts what [Tx.Erase] removes.
func (v *View) Erasing(person string) (Erasing, error) {
	var n Erasing
	err := v.one("count what is erased",
		`SELECT (SELECT count(*) FROM links WHERE person = $1),
		(SELECT count(*) FROM activations WHERE person = $1) + (SELECT count(*) FROM day_codes WHERE person = $1),
		(SELECT count(*) FROM outbox WHERE person = $1),
		(SELECT count(*) FROM losses WHERE person = $1),
		(SELECT count(*) FROM tokens WHERE holder = $1 AND holder_name <> '')`,
		[]any{person}, &n.Links, &n.Codes, &n.Mails, &n.Losses, &n.Tokens)
	return n, err
}

// DeletedBefore gives people who were deleted before a time and are not erased
// yet, those deleted first, first.
func (v *View) DeletedBefore(before int64, limit int) ([]Person, error) {
	return v.people("WHERE p.deleted > 0 AND p.deleted < $1 AND p.erased = 0 ORDER BY p.deleted, p.id LIMIT $2", before, int64(limit))
}

// Erase removes whatever tells who a deleted person was: what is left is a row
// with nothing but its random id, which the audit log goes on naming. A table
// that holds something of a person has a line here.
func (tx *Tx) Erase(person string, now int64) error {
	const doing = "erase a person"
	for _, text := range []string{
		"DELETE FROM requests WHERE pending IN (SELECT id FROM pending_links WHERE person = $1)",
		"DELETE FROM pending_links WHERE person = $1",
		"DELETE FROM activations WHERE person = $1",
		removeLinks,
		"DELETE FROM losses WHERE person = $1",
		"DELETE FROM forms WHERE person = $1",
		"DELETE FROM error_pages WHERE person = $1",
		"DELETE FROM day_codes WHERE person = $1",
		"DELETE FROM outbox WHERE person = $1",
		"UPDATE tokens SET holder_name = '' WHERE holder = $1",
	} {
		if _, err := tx.exec(doing, text, person); err != nil {
			return err
		}
	}
	return tx.must(doing,
		`UPDATE people SET user_name = '', full_name = '', email = '', given = '', prefix = '', family = '', phone = '',
		job = '', notices = '', language = '', words = '', starts = 0, ends = 0, stopgap_ends = 0, failures = 0,
		failures_in_row = 0, locked_until = 0, idle = 0, known_on = 0, erased = $2 WHERE id = $1 AND deleted > 0 AND erased = 0`, person, now)
}
