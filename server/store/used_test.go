package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"sleutelbos/server/store/storetest"
)

func TestWhatSettlesFirst(t *testing.T) {
	for text, want := range map[string]settling{
		findMeaning: nothing, findSeveral: nothing, acceptStepIn: nothing, loadUsed: nothing, settleUsed: nothing, addLink: nothing,
		string(byLink): nothing, string(byPerson): nothing, string(byToken): nothing,
		acceptStep: byLink, acceptStepOn: byLink, resyncLink: byLink,
		removeLinks: byPerson, removeAppLinks: byPerson, removeOfToken: byToken,
		keepSteps + " AND holder = $1":                    ofTokens + " WHERE true AND holder = $1",
		findCandidates:                                    everything,
		"DELETE FROM links WHERE x":                       everything,
		"SELECT l.* FROM links l":                         everything,
		"UPDATE links SET disabled = 1 WHERE person = $1": nothing,
		"UPDATE links SET drift_bound = $1":               nothing,
		"UPDATE pending_links SET last_step = $1":         nothing,
		"SELECT last_used FROM devices WHERE id = $1":     nothing,
	} {
		if got := settles(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	where, _ := only([]string{"somebody"})
	if got := settles(listLinks + where + inOrder); got != byPerson {
		t.Errorf("the links of one person: %q", got)
	}
}

// standing is where everybody's key stands for a verification.
func standing(t *testing.T, s *Store, people []string) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	if err := s.Do(t.Context(), func(tx *Tx) error {
		for _, name := range people {
			_, _, links, err := tx.Candidates(name, nil)
			if err != nil {
				return err
			}
			found[name] = links[0].LastStep
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

// asAfterAKill opens what a process that is killed now leaves on the disk.
func asAfterAKill(t *testing.T, path string) *Store {
	t.Helper()
	left := filepath.Join(t.TempDir(), "left.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err == nil {
			err = os.WriteFile(left+suffix, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return open(t, left)
}

// inLinks looks at what stands in the file when nobody has it open.
func inLinks(t *testing.T, path string, want map[string]int64) {
	t.Helper()
	found := map[string]int64{}
	if err := ReadFile(t.Context(), path, func(v *View) error {
		links, err := v.Links()
		for _, l := range links {
			found[l.ID] = l.LastStep
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(found, want) {
		t.Errorf("in links %v, want %v", found, want)
	}
	if n := storetest.Count(t, path, "SELECT count(*) FROM used_steps"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// leave writes what a server that was killed left in used_steps: the step 100 of
// everybody, and something of a link that is gone.
func leave(t *testing.T, path string, people int) {
	t.Helper()
	steps := [][]any{{"gone", 100, 1000, 0}}
	for i := range people {
		steps = append(steps, []any{fmt.Sprintf("p%d", i), 100, 1000, 0})
	}
	text, err := json.Marshal(steps)
	if err != nil {
		t.Fatal(err)
	}
	storetest.Exec(t, path, "INSERT INTO used_steps (id, steps) VALUES (7, $1)", string(text))
}

// What is left is known at once, and settled in slices when nothing else comes.
func TestLeftoverIsSettled(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	const people = 2*usedSlice + 3
	village(t, s, people)
	leave(t, path, people)
	want := map[string]int64{}
	for i := range people {
		want[fmt.Sprintf("p%d", i)] = 100
	}
	if found := standing(t, s, slices.Collect(maps.Keys(want))); !maps.Equal(found, want) {
		t.Errorf("%v", found)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	inLinks(t, path, want)
}

// Whoever has no need of what another process left leaves it there.
func TestLeftoverIsLeft(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	village(t, s, 1)
	leave(t, path, 1)
	if err := errors.Join(s.Do(t.Context(), set("a", "1")), s.Close()); err != nil {
		t.Fatal(err)
	}
	if n := storetest.Count(t, path, "SELECT count(*) FROM used_steps"); n != 1 {
		t.Errorf("%d rows are left", n)
	}
}

// What settles all and is undone has settled nothing.
func TestSettlingIsUndone(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	village(t, s, 2)
	leave(t, path, 2)
	fault := errors.New("a fault")
	if err := s.Do(t.Context(), func(tx *Tx) error {
		return errors.Join(tx.RemoveLinks("p1"), fault)
	}); !errors.Is(err, fault) {
		t.Fatal(err)
	}
	left := asAfterAKill(t, path)
	for _, s := range []*Store{left, s} {
		if found := standing(t, s, []string{"p0", "p1"}); found["p0"] != 100 || found["p1"] != 100 {
			t.Errorf("%v", found)
		}
	}
	// A token that comes back takes along what its link used up a moment ago.
	if err := left.Do(t.Context(), func(tx *Tx) error {
		return errors.Join(
			tx.AddToken(Token{ID: "t", Serial: "1", SerialKey: "1", Secret: []byte{1}, Parameters: Parameters{"totp", "SHA1", 6, 30}}),
			tx.AddLink(Link{ID: "of-token", Person: "p0", Secret: []byte{1}, Token: "t"}))
	}); err != nil {
		t.Fatal(err)
	}
	storetest.Exec(t, left.engine.(*embedded).path, `INSERT INTO used_steps (id, steps) VALUES (9, '[["of-token",200,2000,1]]')`)
	var token Token
	if err := left.Do(t.Context(), func(tx *Tx) (err error) {
		if err = tx.RemoveTokenLink("t"); err == nil {
			token, err = tx.Token("1")
		}
		return err
	}); err != nil || token.LastStep != 200 || token.Drift != 1 {
		t.Errorf("the token knows of %+v, %v", token.Steps, err)
	}
}

// One slice after another, one of them undone, and new steps meanwhile.
func TestSlices(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	village(t, s, 4)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	e := connect(t, path)
	u := &e.used
	do := func(commit bool, run func() error) {
		t.Helper()
		if err := inOne(e, commit, func(*Tx) error { return run() }); err != nil {
			t.Fatal(err)
		}
	}
	use := func(step, at int64) func() error {
		return func() error {
			for row := range int64(4) {
				u.gather(row+1, fmt.Sprintf("p%d", row), usedStep{step, at, 0})
			}
			return nil
		}
	}
	do(false, use(50, 1))
	if u.pending() || len(u.steps) > 0 {
		t.Error("what was undone is used up")
	}
	do(true, use(100, 1))
	if u.press() || !u.pending() {
		t.Error("it presses at once")
	}
	nothing := func() error { return nil }
	storetest.Exec(t, path, "DELETE FROM settings")
	if do(true, nothing); u.unknown || len(u.steps) != 4 {
		t.Error("what was written elsewhere made it forget")
	}
	if found := standing(t, asAfterAKill(t, path), []string{"p0", "p3"}); found["p0"] != 100 || found["p3"] != 100 {
		t.Errorf("after a kill %v", found)
	}
	storetest.Exec(t, path, `INSERT INTO used_steps (steps) VALUES ('[]')`)
	if do(true, nothing); !u.unknown || len(u.steps) != 0 {
		t.Error("another process's row passes unseen")
	}
	if do(true, u.know); len(u.steps) != 4 {
		t.Errorf("%d are read again", len(u.steps))
	}
	storetest.Exec(t, path, "DELETE FROM used_steps")
	if do(true, nothing); u.unknown || u.pending() {
		t.Error("what another process settled is remembered")
	}
	do(true, use(100, 1))
	do(true, use(101, 2+mostWait))
	if !u.press() {
		t.Error("what waited long does not press")
	}
	do(false, func() error {
		err := u.slice(1)
		u.fault()
		return err
	})
	if u.press() {
		t.Error("what could not be settled presses at once")
	}
	u.newest += mostWait + 1
	if !u.press() {
		t.Error("what could not be settled is never tried again")
	}
	u.newest -= mostWait + 1
	do(true, func() error { return u.slice(1) })
	if !u.press() {
		t.Error("what can be settled again does not press")
	}
	do(false, func() error { return u.slice(2) })
	do(true, func() error { return u.slice(2) })
	do(true, use(102, 3+mostWait))
	if len(u.due) != 1 || !u.press() {
		t.Errorf("%d are due", len(u.due))
	}
	do(false, func() error { return u.slice(9) })
	do(true, func() error { return u.slice(9) })
	if len(u.due) != 0 || u.press() || len(u.steps) != 3 { // the one that was settled last is as new as it is
		t.Errorf("%d are due of %d", len(u.due), len(u.steps))
	}
	if n := storetest.Count(t, path, "SELECT count(*) FROM used_steps"); n != 1 { // those of 102
		t.Errorf("%d rows", n)
	}
	do(true, func() error { return u.slice(9) })
	if u.pending() {
		t.Error("something is left")
	}
	if err := errors.Join(e.release(), e.close()); err != nil {
		t.Fatal(err)
	}
	inLinks(t, path, map[string]int64{"p0": 102, "p1": 102, "p2": 102, "p3": 102})
}

// A link of which nothing is gathered stands where it stands, even before its
// first step.
func TestNothingUsed(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, _ := fresh(t)
	village(t, s, 1)
	if err := s.Do(t.Context(), func(tx *Tx) error {
		_, err := tx.exec("count from the beginning", "UPDATE links SET kind = 'hotp', last_step = -1")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if found := standing(t, s, []string{"p0"}); found["p0"] != -1 {
		t.Errorf("it stands at %d", found["p0"])
	}
}

// What an operation changed since it read a link counts, gathered or not; and so
// does what links knows better.
func TestUsedAndChanged(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	village(t, s, 4)
	if err := s.Do(t.Context(), func(tx *Tx) error {
		_, err := tx.exec("be ahead", "UPDATE links SET last_step = 300 WHERE id = 'p3'")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	leave(t, path, 4)
	const counted = "p2"
	if err := s.Do(t.Context(), func(tx *Tx) error {
		_, err := tx.exec("count", "UPDATE links SET kind = 'hotp', last_step = last_step WHERE id = $1", counted)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if n := storetest.Count(t, path, "SELECT count(*) FROM used_steps"); n != 0 {
		t.Errorf("what is settled stays: %d rows", n)
	}
	storetest.Exec(t, path, `INSERT INTO used_steps (id, steps) VALUES (3, '[["p0",150,2000,0],["p3",100,2000,0]]')`)
	type result struct {
		did bool
		err error
	}
	hold, results := block(s), make([]result, 5)
	var all sync.WaitGroup
	for i, try := range []struct {
		name   string
		step   int64
		change func(*Tx) error
	}{
		{"p3", 300, func(*Tx) error { return nil }},
		{"p3", 301, func(*Tx) error { return nil }},
		{"p0", 150, func(tx *Tx) error { return tx.SetCounters("p0", Counters{}, Counters{Failures: 1}) }},
		{"p1", 200, func(tx *Tx) error { _, err := tx.DisableLinks("p1", 5); return err }},
		{counted, 200, func(*Tx) error { return nil }},
	} {
		all.Go(func() {
			r := &results[i]
			r.err = s.Do(context.Background(), func(tx *Tx) (err error) {
				if _, _, _, err = tx.Candidates(try.name, nil); err == nil {
					err = try.change(tx)
				}
				if err == nil {
					r.did, err = tx.AcceptStep(try.name, try.step, 10, 0)
				}
				if try.name == counted && tx.rows.used.has(tx.rows.of(counted).link) {
					t.Error("what counts was gathered") // no error of the operation's: it would be run again
				}
				return err
			})
		})
		hold.queued(i + 1)
	}
	hold.until(len(results))
	all.Wait()
	if want := []result{{}, {true, nil}, {}, {}, {true, nil}}; !slices.Equal(results, want) {
		t.Errorf("%v, want %v", results, want)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	inLinks(t, path, map[string]int64{"p0": 150, "p1": 100, "p2": 200, "p3": 301})
}
