package store

import (
	"cmp"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	// crowd is from how many operations on a transaction gathers.
	crowd = 4
	// mostUsed is how many links may wait to be settled, and mostWait for how
	// long, in milliseconds, before that happens beside verifying; usedSlice of
	// them in each transaction.
	mostUsed, usedSlice = 32_768, 128
	mostWait            = 10_000
)

// usedSteps are the time steps that verifications on SQLite used up and that
// links does not have yet. Links lie anywhere: each would cost the log and the
// file a page of its own, for the sake of three numbers. So when many verify at
// once, a transaction keeps what it used up in one row of used_steps, and when
// there is time it goes to links in the order of their rows, many to a page.
//
// What is on the disk is whole at any moment: whoever opens the database reads
// used_steps before links. To the writer, [View.Candidates] says what is true; before
// any other statement of the writer's, the steps that it needs are settled, see
// [settles]. Readers see a link's last use later, by seconds while many verify;
// nothing that must be exact is theirs.
type usedSteps struct {
	writer  *direct
	ready   bool  // there is the table
	unknown bool  // it has rows of others that were not read yet
	version int64 // of the database, when this was last compared with it; see compare
	last    int64 // row of used_steps that was written last; they are numbered without a gap
	settled int64 // up to which row that table is empty

	// When the first of steps was used that is not due, and the newest; milliseconds.
	since, newest int64
	// What was the newest when settling failed, and nothing was settled since; 0:
	// it did not fail.
	failed int64

	steps map[int64]usedStep // by number of the link's row: the newest
	fresh []freshStep        // of the transaction that is open
	fewer bool               // some of steps were settled in it, for a statement
	kept  bool               // it has its row in used_steps
	due   []dueStep          // are being settled, in the order of the rows
	upto  int64              // row of used_steps up to which due has everything

	sliced int        // so many of due were settled in the transaction that is open
	done   bool       // and those were all
	undo   []wasStep  // what that transaction did to steps, one by one
	before *usedSteps // what was there before it settled all; nil: it did not
	text   []byte     // room for the row of a transaction
}

type usedStep struct{ step, at, drift int64 }

// freshStep is one step of the transaction that is open.
type freshStep struct {
	link string
	usedStep
}

// wasStep is what there was of a row.
type wasStep struct {
	row int64
	usedStep
	had bool // there was something
}

type dueStep struct {
	row int64
	usedStep
}

const (
	loadUsed = `SELECT l.number, s.value ->> 1, s.value ->> 2, s.value ->> 3
		FROM used_steps u CROSS JOIN json_each(u.steps) s CROSS JOIN links l ON l.id = s.value ->> 0 ORDER BY u.id, s.key`
	settleUsed = "UPDATE links SET last_step = $2, last_used = $3, drift = $4 WHERE number = $1 AND last_step < $2"
)

// settling is which steps go to links before a statement of the writer's: nothing,
// everything, or those of the rows whose numbers a query gives, with the arguments
// of the statement.
type settling string

const (
	nothing    settling = ""
	everything settling = "everything"
	byLink     settling = "SELECT number FROM links WHERE id = $1"
	byPerson   settling = "SELECT number FROM links WHERE person = $1"
	byToken    settling = "SELECT number FROM links WHERE token = $1 AND token <> ''"
	ofTokens   settling = "SELECT links.number FROM tokens JOIN links ON links.token = tokens.id AND links.token <> ''"
)

// ofFew are statements that need the steps of few.
var ofFew = map[string]settling{
	acceptStep: byLink, acceptStepOn: byLink, resyncLink: byLink, tellOfLapse: byLink, lapse: byLink,
	removeLinks: byPerson, removeAppLinks: byPerson, listLinks + ofOne + inOrder: byPerson,
	removeOfToken: byToken, findToken: ofTokens + " WHERE tokens.serial_key = $1",
}

var (
	namesLinks = regexp.MustCompile(`\blinks\b`)
	// needsSteps also fits what removes a link: the number of its row may be
	// another's then.
	needsSteps = regexp.MustCompile(`\b(last_step|last_used|drift)\b|\bDELETE FROM links\b|SELECT \*|\.\*`)
)

// settles tells what is settled before a statement: everything, where nothing
// better is known of one that may need a step.
func settles(text string) settling {
	switch text {
	case findMeaning, findSeveral, acceptStepIn, addLink, loadUsed, settleUsed:
		return nothing
	}
	if !namesLinks.MatchString(text) || !needsSteps.MatchString(text) {
		return nothing
	}
	if few, ok := ofFew[text]; ok {
		return few
	}
	if rest, ok := strings.CutPrefix(text, keepSteps); ok {
		return ofTokens + " WHERE true" + settling(rest)
	}
	return everything
}

// compare comes first in a transaction. When another process changed what is in
// used_steps, nothing of it is known until [usedSteps.know]: most of what is
// written has no need of it. When it wrote elsewhere, all is known as before: it
// cannot have changed links without settling.
func (u *usedSteps) compare() error {
	const doing = "look at what is used up"
	var version, there, first, last int64
	if err := u.one("PRAGMA data_version", &version); err != nil || version == u.version {
		return wrap(doing, err)
	}
	if err := u.one("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'used_steps'", &there); err != nil {
		return wrap(doing, err)
	}
	if u.ready = there == 1; u.ready {
		if err := u.one("SELECT coalesce((SELECT min(id) FROM used_steps), 0), coalesce((SELECT max(id) FROM used_steps), 0)", &first, &last); err != nil {
			return wrap(doing, err)
		}
	}
	switch {
	case last == 0 && u.settled == u.last && u.last > 0, last > 0 && first == u.settled+1 && last == u.last: // as it was left here
	case last == 0: // numbers that no other process goes on with
		u.forget()
		u.last = 1 + rand.Int64N(math.MaxInt64/2)
		u.settled = u.last
	default:
		u.forget()
		u.settled, u.last, u.unknown = first-1, last, true
	}
	u.version = version
	return nil
}

func (u *usedSteps) forget() {
	clear(u.steps)
	u.due, u.since, u.unknown = nil, 0, false
}

// know reads what others left in used_steps.
func (u *usedSteps) know() error {
	if !u.unknown {
		return nil
	}
	err := u.writer.each(loadUsed, nil, func(row scanner) error {
		var d dueStep
		err := row.Scan(&d.row, &d.step, &d.at, &d.drift)
		u.steps[d.row] = d.usedStep
		return err
	})
	u.unknown = err != nil
	return wrap("read what is used up", err)
}

func (u *usedSteps) one(text string, into ...any) error {
	return u.writer.each(text, nil, func(row scanner) error { return row.Scan(into...) })
}

// pending tells whether anything waits to be settled that is known here. What is
// not is another process's to settle, or is read in time.
func (u *usedSteps) pending() bool {
	return !u.unknown && (len(u.steps) > 0 || u.last > u.settled)
}

// press tells whether some has to be settled now, though there is other work. After
// it failed, as when the disk is full, it is left alone for as long as a step may
// wait: whoever comes with their own would be refused for it.
func (u *usedSteps) press() bool {
	if u.failed > 0 && u.newest >= u.failed && u.newest-u.failed <= mostWait {
		return false
	}
	return len(u.due) > 0 || len(u.steps) >= mostUsed || u.since > 0 && u.newest-u.since > mostWait
}

// has tells whether the newest step of the link in this row is not in links.
func (u *usedSteps) has(row int64) bool {
	_, ok := u.steps[row]
	return ok
}

// over completes what links said of the link in this row.
func (u *usedSteps) over(row int64, known *Steps) {
	if used, ok := u.steps[row]; ok && used.step > known.LastStep {
		known.LastStep, known.Drift = used.step, used.drift
	}
}

// gather uses up a step of the link in this row.
func (u *usedSteps) gather(row int64, link string, used usedStep) {
	u.note(row)
	u.fresh = append(u.fresh, freshStep{link, used})
	u.steps[row] = used
	if u.newest = used.at; u.since == 0 {
		u.since = used.at
	}
}

// note keeps what there is of a row, before that changes.
func (u *usedSteps) note(row int64) {
	was, had := u.steps[row]
	u.undo = append(u.undo, wasStep{row, was, had})
}

// keep writes down what the transaction gathered. Where it settled some it writes
// a row in any case, so that no process goes by what it knew: the number of a
// link's row may be another link's by now.
func (u *usedSteps) keep() error {
	if len(u.fresh) == 0 && !u.fewer {
		return nil
	}
	u.text = append(u.text[:0], '[')
	for i, f := range u.fresh {
		if i > 0 {
			u.text = append(u.text, ',')
		}
		u.text = append(u.text, `["`...)
		u.text = append(u.text, f.link...) // an id of ours: nothing in it means anything to JSON
		u.text = append(u.text, '"')
		for _, number := range [...]int64{f.step, f.at, f.drift} {
			u.text = strconv.AppendInt(append(u.text, ','), number, 10)
		}
		u.text = append(u.text, ']')
	}
	u.last, u.kept = u.last+1, true
	_, err := u.writer.exec("INSERT INTO used_steps (id, steps) VALUES ($1, $2)", []any{u.last, string(append(u.text, ']'))})
	return wrap("keep what is used up", err)
}

// slice settles some, and first says which are due, when the last of those were
// settled.
func (u *usedSteps) slice(most int) (err error) {
	if u.unknown { // since another process wrote
		return nil
	}
	defer func() {
		if err != nil {
			u.fault()
		}
	}()
	if len(u.due) == 0 {
		u.due, u.upto, u.since = u.sorted(), u.last, 0
	}
	u.sliced = min(most, len(u.due))
	for i := range u.due[:u.sliced] {
		// The newest, or none: it was settled since, and the row may be another's.
		u.due[i].usedStep = u.steps[u.due[i].row]
	}
	if err := u.settle(u.due[:u.sliced]); err != nil || u.sliced < len(u.due) {
		return err
	}
	u.done = true
	_, err = u.writer.exec("DELETE FROM used_steps WHERE id <= $1", []any{u.upto})
	return wrap("settle what is used up", err)
}

// sorted are the steps in the order of the rows.
func (u *usedSteps) sorted() []dueStep {
	all := make([]dueStep, 0, len(u.steps))
	for row, used := range u.steps {
		all = append(all, dueStep{row, used})
	}
	slices.SortFunc(all, func(a, b dueStep) int { return cmp.Compare(a.row, b.row) })
	return all
}

func (u *usedSteps) settle(due []dueStep) error {
	for i := range due {
		d := &due[i]
		if d.usedStep == (usedStep{}) {
			continue
		}
		if _, err := u.writer.exec(settleUsed, []any{&d.row, &d.step, &d.at, &d.drift}); err != nil {
			return wrap("settle what is used up", err)
		}
	}
	return nil
}

// first settles what a statement needs that is to come in the same transaction.
func (u *usedSteps) first(which settling, args []any) error {
	if err := u.know(); err != nil {
		return err
	}
	if which == everything {
		return u.all()
	}
	if len(u.steps) == 0 {
		return nil
	}
	var few []dueStep
	if err := u.writer.each(string(which), args, func(row scanner) error {
		var d dueStep
		err := row.Scan(&d.row)
		if used, ok := u.steps[d.row]; ok {
			d.usedStep = used
			few = append(few, d)
		}
		return err
	}); err != nil {
		return wrap("look for what is used up", err)
	}
	if err := u.settle(few); err != nil {
		return err
	}
	for _, d := range few {
		u.note(d.row)
		delete(u.steps, d.row) // used_steps goes on saying it, and nothing new by that
		u.fewer = true
	}
	return nil
}

func (u *usedSteps) all() error {
	if !u.pending() {
		return nil
	}
	if u.before == nil {
		was := *u
		u.before = &was
	}
	due := u.sorted()
	u.steps, u.fresh, u.undo, u.due, u.sliced, u.done = map[int64]usedStep{}, nil, nil, nil, 0, false
	u.settled, u.since, u.fewer = u.last, 0, false
	if err := u.settle(due); err != nil {
		return err
	}
	_, err := u.writer.exec("DELETE FROM used_steps", nil)
	return wrap("settle what is used up", err)
}

// fault is told that the transaction cannot be finished.
func (u *usedSteps) fault() {
	if u.sliced > 0 || u.done {
		u.failed = max(u.newest, 1)
	}
}

// end is told what became of the transaction.
func (u *usedSteps) end(committed bool) {
	if committed && (u.sliced > 0 || u.done) {
		u.failed = 0
	}
	if !committed {
		if u.before != nil {
			*u = *u.before
		}
		for _, was := range slices.Backward(u.undo) {
			if u.steps[was.row] = was.usedStep; !was.had {
				delete(u.steps, was.row)
			}
		}
		if u.kept {
			u.last--
		}
		u.sliced, u.done = 0, false
	}
	for _, d := range u.due[:u.sliced] {
		if u.steps[d.row] == d.usedStep { // not used again since
			delete(u.steps, d.row)
		}
	}
	if u.done {
		u.settled = u.upto
	}
	u.due, u.sliced, u.done = u.due[u.sliced:], 0, false
	u.fresh, u.undo, u.before = u.fresh[:0], u.undo[:0], nil
	u.fewer, u.kept = false, false
}
