package main

import (
	"bufio"
	"encoding/base32"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"sleutelbos/enroll"
)

// person is one who has codes.
type person struct {
	user string
	key  enroll.Key
}

// readPeople reads lines of user name and base32 secret.
func readPeople(path string) ([]person, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	var people []person
	for lines := bufio.NewScanner(file); lines.Scan(); {
		user, secret, ok := strings.Cut(strings.TrimSpace(lines.Text()), ",")
		if !ok {
			continue
		}
		raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(strings.ToUpper(secret), "="))
		if err != nil {
			return nil, fmt.Errorf("%s: line %d holds no base32 secret", path, len(people)+1)
		}
		people = append(people, person{user, timed(raw)})
	}
	if len(people) == 0 {
		return nil, fmt.Errorf("%s holds nobody", path)
	}
	return people, nil
}

func writePeople(path string, people []person) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(file)
	for _, p := range people {
		fmt.Fprintf(w, "%s,%s\n", p.user, p.key.Secret.Base32())
	}
	if err := w.Flush(); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}

func timed(secret []byte) enroll.Key {
	return enroll.Key{
		Kind: enroll.TOTP, Secret: secret, Algorithm: enroll.SHA1, Digits: enroll.MinDigits, Period: enroll.DefaultPeriod,
	}
}

// stock hands out right codes of one server's people, each once.
type stock struct {
	people []person
	used   []uint64 // last step by person
	next   int
}

// newStock has the people come in no order, the same each time: those who were
// added one after another lie side by side in a database, and do not sign in so.
func newStock(people []person) *stock {
	mixed := slices.Clone(people)
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	return &stock{people: mixed, used: make([]uint64, len(people))}
}

// take gives up to n people with a code each, all of them right for another
// half minute. A person has two at any moment, that of the present step and the
// next one, which a window of one step takes too. When too few are left it
// waits for the next step; nothing is measured meanwhile.
func (s *stock) take(n int) ([]fresh, error) {
	enough := min(n, len(s.people)/2+1)
	for {
		all, err := s.now(n)
		if err != nil || len(all) >= enough {
			return all, err
		}
		key := s.people[0].key
		time.Sleep(time.Until(key.StepTime(key.Step(time.Now()) + 1)))
	}
}

// now gives what there is at this moment, if it is enough.
func (s *stock) now(n int) ([]fresh, error) {
	present := s.people[0].key.Step(time.Now())
	left := 0
	for i := range s.people {
		left += int(present + 1 - min(present+1, max(present-1, s.used[i])))
	}
	if left < min(n, len(s.people)/2+1) {
		return nil, nil
	}
	all := make([]fresh, 0, n)
	for idle := 0; len(all) < n && idle < len(s.people); {
		i := s.next
		s.next = (s.next + 1) % len(s.people)
		step := max(present, s.used[i]+1)
		if step > present+1 {
			idle++
			continue
		}
		idle, s.used[i] = 0, step
		code, err := s.people[i].key.CodeAt(step)
		if err != nil {
			return nil, err
		}
		all = append(all, fresh{s.people[i].user, code})
	}
	return all, nil
}

// fresh is a right code that was not used yet.
type fresh struct{ user, code string }
