package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"

	"sleutelbos/server/store/storetest"
)

// use is what a test has one person do.
type use struct {
	how        int
	name, link string
	step, now  int64
}

// How a use goes on once it knows where the person's links stand.
const (
	failing  = iota // accepts, reads the person's links, and is undone
	plainly         // accepts
	onDevice        // accepts on a known device
	resyncs         // accepts, as two codes in a row do
	listing         // accepts, and reads the person's links
	listsAll        // accepts, and reads all links
	replaces        // accepts, and has a new link in place of the old one
	hows
)

var errUse = errors.New("a fault")

// run does it and reports whether the step was accepted.
func (u use) run(tx *Tx) (did bool, err error) {
	if _, _, _, err = tx.Candidates(u.name, nil); err != nil {
		return false, err
	}
	switch u.how {
	case onDevice:
		did, err = tx.AcceptStepOn(u.name, u.link, u.step, u.now, 0)
	case resyncs:
		did, err = tx.ResyncLink(u.link, u.step, u.now, 0)
	default:
		did, err = tx.AcceptStep(u.link, u.step, u.now, 0)
	}
	if err != nil {
		return did, err
	}
	var links []Link
	switch u.how {
	case failing:
		_, err = tx.Links(u.name)
		return did, errors.Join(err, errUse)
	case listing:
		links, err = tx.Links(u.name)
	case listsAll:
		links, err = tx.Links()
	case replaces:
		err = tx.RemoveLinks(u.name)
		if err == nil {
			err = tx.AddLink(Link{ID: u.replacement(), Person: u.name, Secret: []byte{1}})
		}
	}
	for _, l := range links {
		if l.ID == u.link && (l.LastStep < u.step || did && l.LastStep != u.step) {
			err = fmt.Errorf("links say %d", l.LastStep)
		}
	}
	return did, err
}

func (u use) replacement() string { return fmt.Sprintf("%s.%d", u.name, u.now) }

// Whatever many verifications, failures, kills and other processes make of it,
// each step is used up once, and what was accepted is accepted for ever; and a
// new link knows nothing of an old one, though it gets the number of its row.
func TestUsedSteps(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	const people, rounds = 12, 200
	village(t, s, people)
	names, ids := make([]string, people), map[string]string{}
	if err := s.Do(t.Context(), func(tx *Tx) (err error) {
		for i := range names {
			name := fmt.Sprintf("p%d", i)
			names[i], ids[name] = name, name
			err = errors.Join(err, tx.AddDevice(Device{ID: name, Person: name, Hash: []byte(name)}, 1))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	beside, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = beside.Close() }()

	random := rand.New(rand.NewPCG(1, 2))
	want, gathered, newest := standing(t, s, names), 0, names[people-1]
	for round := range rounds {
		hold := block(s)
		var all sync.WaitGroup
		many, faulty := 1+random.IntN(12), random.IntN(2) == 0
		mixed := random.Perm(people)
		for i := range many {
			u := use{how: random.IntN(hows + 4), name: names[mixed[i]], now: int64(round)}
			if u.how >= hows {
				u.how = plainly
			}
			if !faulty { // which may change the order
				u.name, u.how = names[random.IntN(people)], max(u.how, plainly)
			}
			if u.how == replaces && !faulty && random.IntN(2) == 0 {
				u.name = newest // its row is the last
			}
			u.link, u.step = ids[u.name], want[u.name]+int64(random.IntN(4))-1
			granted := u.step > want[u.name]
			if u.how == replaces && u.link == u.replacement() {
				u.how = plainly // once a round is enough
			}
			switch {
			case u.how == replaces:
				want[u.name], ids[u.name], newest = 0, u.replacement(), u.name
			case granted && u.how != failing:
				want[u.name] = u.step
			}
			all.Go(func() {
				var did bool
				err := s.DoFor(context.Background(), u.name, func(tx *Tx) (err error) {
					did, err = u.run(tx)
					return err
				})
				if did != granted || u.how != failing && err != nil || u.how == failing && !errors.Is(err, errUse) {
					t.Errorf("round %d: %+v is %v, want %v (%v)", round, u, did, granted, err)
				}
			})
			hold.queued(i + 1)
		}
		hold.until(many)
		all.Wait()
		left := asAfterAKill(t, path)
		gathered += storetest.Count(t, left.engine.(*embedded).path, "SELECT count(*) FROM used_steps WHERE steps <> '[]'")
		if found := standing(t, left, names); !maps.Equal(found, want) {
			t.Fatalf("round %d: after a kill %v, want %v", round, found, want)
		}
		if random.IntN(3) == 0 { // another process
			u := use{how: plainly + random.IntN(hows-plainly), name: names[random.IntN(people)], now: int64(rounds + round)}
			u.link, u.step = ids[u.name], want[u.name]+1
			if want[u.name]++; u.how == replaces {
				want[u.name], ids[u.name], newest = 0, u.replacement(), u.name
			}
			if err := beside.Do(t.Context(), func(tx *Tx) error {
				did, err := u.run(tx)
				if !did && err == nil {
					err = ErrChanged
				}
				return err
			}); err != nil {
				t.Fatalf("round %d: another process, %+v: %v", round, u, err)
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
	inFile := map[string]int64{}
	for name, id := range ids {
		inFile[id] = want[name]
	}
	inLinks(t, path, inFile)
}
