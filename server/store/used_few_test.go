package store

import (
	"errors"
	"fmt"
	"testing"

	"sleutelbos/server/store/storetest"
)

// What needs the step of one link settles that one and no other.
func TestOneIsSettled(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	const one, others = "p0", 3
	village(t, s, 1+others)
	idle := Idle{Link: one, Used: 999} // it was used at 1000
	untouched := func(did bool, err error) error {
		if did {
			return errors.New("it is taken for unused")
		}
		return err
	}
	for name, run := range map[string]func(*Tx) error{
		"lapse":       func(tx *Tx) error { return untouched(tx.DisableLink(idle, 5)) },
		"tell":        func(tx *Tx) error { return untouched(tx.ToldOfLapse(idle)) },
		"resync":      func(tx *Tx) error { return untouched(tx.ResyncLink(one, 100, 2000, 0)) },
		"a device":    func(tx *Tx) error { return untouched(tx.AcceptStepOn("none", one, 101, 2000, 0)) },
		"their links": func(tx *Tx) error { _, err := tx.Links(one); return err },
		"a token": func(tx *Tx) error {
			if err := errors.Join(
				tx.AddToken(Token{ID: "t", Serial: "1", SerialKey: "1", Secret: []byte{1}, Parameters: Parameters{"totp", "SHA1", 6, 30}}),
				tx.IssueToken("t", one, 1)); err != nil {
				return err
			}
			if _, err := tx.exec("give it the link", "UPDATE links SET token = 't' WHERE id = $1", one); err != nil {
				return err
			}
			token, err := tx.Token("1")
			if err == nil && token.LastStep != 100 {
				err = fmt.Errorf("the token knows of %d", token.LastStep)
			}
			return err
		},
		"remove": func(tx *Tx) error { return tx.RemoveLinks(one) },
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Exec(t, path, "DELETE FROM used_steps")
			leave(t, path, 1+others)
			undo := errors.New("undone")
			if err := s.Do(t.Context(), func(tx *Tx) error {
				if err := run(tx); err != nil {
					return err
				}
				if n := len(tx.rows.used.steps); n != others {
					t.Errorf("%d are left", n)
				}
				return undo
			}); !errors.Is(err, undo) {
				t.Fatal(err)
			}
			if found := standing(t, s, []string{one}); found[one] != 100 {
				t.Errorf("after it was undone: %v", found)
			}
			if err := s.Do(t.Context(), func(tx *Tx) error {
				_, err := tx.exec("be as before", "UPDATE links SET last_step = 0, last_used = 0")
				return err
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// The number of a row may be another link's after a removal, in every process.
func TestRowOfAnother(t *testing.T) {
	storetest.SQLiteOnly(t)
	s, path := fresh(t)
	village(t, s, 2)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	server, beside := connect(t, path), connect(t, path)
	leave(t, path, 2)
	look := func(want int64) func(*Tx) error {
		return func(tx *Tx) error {
			_, _, links, err := tx.Candidates("p1", nil)
			if err == nil && links[0].LastStep != want {
				err = fmt.Errorf("it stands at %d, want %d", links[0].LastStep, want)
			}
			return err
		}
	}
	replace := func(tx *Tx) error {
		return errors.Join(tx.RemoveLinks("p1"), tx.AddLink(Link{
			ID: "counts", Person: "p1", Secret: []byte{1}, Parameters: Parameters{"hotp", "SHA1", 6, 30}, Steps: Steps{LastStep: -1},
		}))
	}
	for _, step := range []struct {
		e   *embedded
		run func(*Tx) error
	}{
		{beside, look(100)},
		{server, look(100)},
		{server, func(*Tx) error { return server.used.slice(1) }}, // p1 is due
		{server, replace},
		{beside, look(-1)},
		{server, func(*Tx) error { return server.used.slice(1) }},
		{server, look(-1)},
		{beside, look(-1)},
		{beside, func(*Tx) error { return beside.used.all() }},
	} {
		if err := inOne(step.e, true, step.run); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(beside.release(), beside.close(), server.release(), server.close()); err != nil {
		t.Fatal(err)
	}
	inLinks(t, path, map[string]int64{"p0": 100, "counts": -1})
}

// connect is an engine that does nothing by itself.
func connect(t *testing.T, path string) *embedded {
	t.Helper()
	e, err := openSQLite(t.Context(), path)
	if err == nil {
		err = e.connect(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// inOne runs the function in a transaction of the engine's.
func inOne(e *embedded, commit bool, run func(*Tx) error) error {
	tx := (&Store{engine: e}).newTx()
	tx.direct, tx.rows = e.writer, &e.rows
	return errors.Join(e.open(), run(tx), e.used.keep(), e.end(nil, nil, commit))
}
