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
