package identity

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"
)

// However many servers are asked at once, one carries a form out; the others
// learn what it answered, for a while.
func TestFormIsOneServersToCarryOut(t *testing.T) {
	h := newHouse(t)
	other := h.beside()
	anna, bram := h.person("anna"), h.person("bram")
	var mine atomic.Int64
	together(16, func(i int) {
		desk := h.Desk
		if i%2 == 1 {
			desk = other.Desk
		}
		standing, err := desk.ClaimForm(background, anna.ID, "form 1")
		if err != nil {
			t.Error(err)
		}
		if standing.Mine {
			mine.Add(1)
		}
		if standing.Done {
			t.Error("it is answered before it was carried out")
		}
	})
	if mine.Load() != 1 {
		t.Fatalf("%d of them have it", mine.Load())
	}
	h.must(h.AnswerForm(background, anna.ID, "form 1", []byte("done")))
	standing, err := other.ClaimForm(background, anna.ID, "form 1")
	h.must(err)
	if standing.Mine || !standing.Done || string(standing.Answer) != "done" {
		t.Errorf("the other learns %+v", standing)
	}
	if standing, err = other.LookAtForm(background, bram.ID, "form 1"); err != nil || standing.Done || standing.Answer != nil {
		t.Errorf("somebody else learns %+v, %v", standing, err)
	}
	h.must(h.AnswerForm(background, bram.ID, "form 1", []byte("stolen")))
	if standing, err = h.LookAtForm(background, anna.ID, "form 1"); err != nil || string(standing.Answer) != "done" {
		t.Errorf("somebody else wrote over it: %+v, %v", standing, err)
	}
	h.clock.add(formLife + time.Minute)
	if standing, err = h.LookAtForm(background, anna.ID, "form 1"); err != nil || standing.Done {
		t.Errorf("after its time it says %+v, %v", standing, err)
	}
	_, err = h.jobs().Run(t.Context(), "ended")
	h.must(err)
	if n := h.rows("forms"); n != 0 {
		t.Errorf("%d forms are left", n)
	}
}

// A form whose server died, or that was not carried out, is free again; nobody
// keeps more than so many.
func TestFormIsFreeAgainAndBounded(t *testing.T) {
	h := newHouse(t)
	anna := h.person("anna")
	claim := func(name string) bool {
		standing, err := h.ClaimForm(background, anna.ID, name)
		h.must(err)
		return standing.Mine
	}
	if !claim("a") || claim("a") {
		t.Fatal("it is not one server's")
	}
	h.clock.add(formAbandoned + time.Second)
	if !claim("a") {
		t.Error("whoever had it is gone, and it is not free")
	}
	h.must(h.DropForm(background, "a"))
	if !claim("a") {
		t.Error("it was not carried out, and is not free")
	}
	for i := range 2 * formsMost {
		h.clock.add(time.Second)
		name := fmt.Sprint(i)
		claim(name)
		h.must(h.AnswerForm(background, anna.ID, name, nil))
	}
	if n := h.rows("forms"); n > formsMost+1 {
		t.Errorf("%d forms of one person are kept", n)
	}
	_, err := h.DeletePerson(background, Operator(), anna.ID, false)
	h.must(err)
	if n := h.rows("forms"); n != 0 {
		t.Errorf("%d forms outlive the person", n)
	}
}

// An error page is found by those who see whose it was.
func TestErrorPageIsFoundByWhoMaySeeIt(t *testing.T) {
	d := newDistrict(t)
	ctx := t.Context()
	d.must(d.NoteErrorPage(ctx, ErrorPage{Reference: "AAAA2222", Kind: "missing", Status: 404, Person: d.person[1].ID, Path: "/people/1\x00"}))
	d.must(d.NoteErrorPage(ctx, ErrorPage{Reference: "BBBB2222", Kind: "fault", Status: 500, Path: "/"}))
	for name, want := range map[string]struct {
		by    Actor
		found [2]bool
	}{
		"their administrator": {d.by(1), [2]bool{true, true}},
		"another's":           {d.by(0), [2]bool{false, true}},
		"the operator":        {Operator(), [2]bool{true, true}},
	} {
		for i, reference := range []string{" aaaa2222", "BBBB2222"} {
			p, found, err := d.FindErrorPage(ctx, want.by, reference)
			d.must(err)
			if found != want.found[i] || found && p.Kind == "" || !found && p != (ErrorPage{}) {
				t.Errorf("%s found %s: %v, %+v", name, reference, found, p)
			}
		}
	}
	if _, _, err := d.FindErrorPage(ctx, PersonActor(d.person[0].ID), "BBBB2222"); err == nil {
		t.Error("everybody finds them")
	}
	d.clock.add(errorPageLife + time.Hour)
	_, err := d.jobs().Run(ctx, "ended")
	d.must(err)
	if n := d.rows("error_pages"); n != 0 {
		t.Errorf("%d error pages are left", n)
	}
}
