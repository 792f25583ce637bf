package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"sleutelbos/server/store/storetest"
)

func TestWhatSettlesFirst(t *testing.T) {
	for text, want := range map[string]bool{
		findRows: false, acceptStepIn: false, loadUsed: false, settleUsed: false,
		acceptStep: true, keepSteps: true, findCandidates: true,
		"DELETE FROM links WHERE person = $1":  true,
		"UPDATE pending_links SET state = $1":  false,
		"SELECT 1 FROM people WHERE name = $1": false,
	} {
		if settles(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
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

// Whatever many verifications, failures, kills and other processes make of it,
// each step is used up once, and what was accepted is accepted for ever.
func TestUsedSteps(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	const people, rounds = 20, 150
	village(t, s, people)
	names := make([]string, people)
	for i := range names {
		names[i] = fmt.Sprintf("p%d", i)
	}
	beside, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = beside.Close() }()

	random, fault := rand.New(rand.NewPCG(1, 2)), errors.New("a fault")
	want, gathered := standing(t, s, names), 0
	for round := range rounds {
		hold := block(s)
		var all sync.WaitGroup
		many, failing := 1+random.IntN(12), random.IntN(2) == 0
		mixed := random.Perm(people)
		for i := range many {
			name, kind := names[mixed[i]], random.IntN(10)
			if !failing { // which may change the order
				name, kind = names[random.IntN(people)], max(kind, 1)
			}
			step := want[name] + int64(random.IntN(4)) - 1
			granted := step > want[name]
			if granted && kind > 0 {
				want[name] = step
			}
			stands := want[name]
			all.Go(func() {
				var did bool
				err := s.DoFor(context.Background(), name, func(tx *Tx) error {
					_, _, _, err := tx.Candidates(name, nil)
					if err != nil {
						return err
					}
					if did, err = tx.AcceptStep(name, step, int64(round), 0); err != nil || kind > 1 {
						return err
					}
					if kind == 0 {
						return fault
					}
					links, err := tx.Links(name) // settles all
					if err == nil && links[0].LastStep != stands {
						err = fmt.Errorf("links say %d", links[0].LastStep)
					}
					return err
				})
				if did != granted || kind > 0 && err != nil || kind == 0 && !errors.Is(err, fault) {
					t.Errorf("round %d: %s by step %d is %v, want %v (%v)", round, name, step, did, granted, err)
				}
			})
			hold.queued(i + 1)
		}
		hold.until(many)
		all.Wait()
		left := asAfterAKill(t, path)
		gathered += storetest.Count(t, left.engine.(*embedded).path, "SELECT count(*) FROM used_steps")
		if found := standing(t, left, names); !maps.Equal(found, want) {
			t.Fatalf("round %d: after a kill %v, want %v", round, found, want)
		}
		if random.IntN(3) == 0 { // another process, which sometimes settles all
			name := names[random.IntN(people)]
			want[name]++
			if err := beside.Do(t.Context(), func(tx *Tx) (err error) {
				if random.IntN(2) == 0 {
					_, _, _, err = tx.Candidates(name, nil)
				}
				did, refused := tx.AcceptStep(name, want[name], 1, 0)
				if !did && err == nil && refused == nil {
					err = ErrChanged
				}
				return errors.Join(err, refused)
			}); err != nil {
				t.Fatalf("round %d: another process: %v", round, err)
			}
		}
		if found := standing(t, s, names); !maps.Equal(found, want) {
			t.Fatalf("round %d: %v, want %v", round, found, want)
		}
	}
	if gathered == 0 {
		t.Error("nothing was gathered")
	}
	if err := errors.Join(beside.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	inLinks(t, path, want)
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
	e, err := openSQLite(t.Context(), path)
	if err == nil {
		err = e.connect(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	u := &e.used
	do := func(commit bool, run func() error) {
		t.Helper()
		if err := errors.Join(e.open(), run(), u.keep(), e.end(nil, nil, commit)); err != nil {
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
	do(true, use(101, 2+mostWait))
	if !u.press() {
		t.Error("what waited long does not press")
	}
	do(true, func() error { return u.slice(1) })
	do(false, func() error { return u.slice(2) })
	do(true, func() error { return u.slice(2) })
	do(true, use(102, 3+mostWait))
	if len(u.due) != 1 || !u.press() {
		t.Errorf("%d are due", len(u.due))
	}
	do(false, func() error { return u.slice(9) })
	do(true, func() error { return u.slice(9) })
	if len(u.due) != 0 || u.press() || len(u.steps) != 4 {
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
