package identity

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func titles(p StartPage) string {
	var all []string
	for _, m := range p.Messages {
		all = append(all, m.Title.In("nl"))
	}
	for _, t := range slices.Concat(p.Tiles, p.Links) {
		all = append(all, t.Name.In("nl"))
	}
	return strings.Join(all, " ")
}

func TestStartPageIsForRolesAndForATime(t *testing.T) {
	h := newSignInHouse(t)
	h.occupant("anna", RoleUser)
	h.occupant("bea", RoleAdministrator)
	anna, bea := PersonActor(h.look("anna").ID), PersonActor(h.look("bea").ID)
	now := h.clock.Now()
	h.must(h.SetStart(background, bea, func(s *StartSettings) error {
		s.Messages = []Announcement{
			{Title: Said{Dutch: "nu"}},
			{Title: Said{Dutch: "straks"}, From: now.Add(time.Hour)},
			{Title: Said{Dutch: "kort"}, Until: now.Add(time.Hour), Urgent: true},
		}
		s.Tiles = []Tile{
			{Name: Said{Dutch: "zaken"}, Address: "https://zaken.example.org"},
			{Name: Said{English: "manage"}, Address: "https://beheer.example.org", Roles: []Role{RoleAdministrator}},
		}
		return nil
	}))
	sees := func(by Actor, want string) {
		t.Helper()
		p, err := h.Start(background, by)
		h.must(err)
		if got := titles(p); got != want {
			t.Errorf("sees %q, want %q", got, want)
		}
	}
	sees(anna, "kort nu zaken")
	sees(bea, "kort nu zaken manage")
	h.clock.add(2 * time.Hour)
	sees(anna, "nu straks zaken")
	for _, s := range h.startIDs() {
		if len(s) != 32 {
			t.Errorf("an id is %q", s)
		}
	}
}

func (h *house) startIDs() (all []string) {
	h.t.Helper()
	s, err := h.StartSettings(background, Operator())
	h.must(err)
	for _, m := range s.Messages {
		all = append(all, m.ID)
	}
	for _, t := range slices.Concat(s.Tiles, s.Links) {
		all = append(all, t.ID)
	}
	return all
}

func TestStartPageIsArrangedByAdministratorsOnly(t *testing.T) {
	h := newSignInHouse(t)
	h.occupant("anna", RoleUser)
	anna := PersonActor(h.look("anna").ID)
	for _, by := range []Actor{anna, {}, PersonActor("nobody")} {
		err := h.SetStart(background, by, func(s *StartSettings) error { return nil })
		if !errors.Is(err, ErrForbidden) {
			t.Errorf("%v may arrange the start page: %v", by, err)
		}
		if _, err := h.StartSettings(background, by); !errors.Is(err, ErrForbidden) {
			t.Errorf("%v reads what is for others: %v", by, err)
		}
		if _, err := h.AccountReports(background, by); !errors.Is(err, ErrForbidden) {
			t.Errorf("%v reads what was reported: %v", by, err)
		}
	}
}

func TestStartPageHoldsNothingThatRuns(t *testing.T) {
	h := newSignInHouse(t)
	for _, address := range []string{"javascript:alert(1)", "data:text/html,x", "//example.org", "/profile", "https://", "https://a:b@example.org", ""} {
		err := h.SetStart(background, Operator(), func(s *StartSettings) error {
			s.Links = []Tile{{Name: Said{Dutch: "x"}, Address: address}}
			return nil
		})
		if all := FieldErrors(err); len(all) != 1 || all[0].Field != "address" {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestReportsOfAccountsAreKeptSealedAndClosed(t *testing.T) {
	h := newSignInHouse(t)
	h.occupant("anna", RoleUser)
	anna := PersonActor(h.look("anna").ID)
	if err := h.ReportAccount(background, anna, AccountReport{}); len(FieldErrors(err)) != 2 {
		t.Errorf("an empty report: %v", err)
	}
	h.must(h.ReportAccount(background, anna, AccountReport{About: "balie", Fault: FaultShared, Note: "aan de balie"}))
	all, err := h.AccountReports(background, Operator())
	h.must(err)
	if len(all) != 1 || all[0].About != "balie" || all[0].FromName != "Naam van anna" || !all[0].Closed.IsZero() {
		t.Fatalf("%+v", all)
	}
	h.must(h.CloseReport(background, Operator(), all[0].ID))
	h.must(h.CloseReport(background, Operator(), all[0].ID)) // by two at once
	if err := h.CloseReport(background, Operator(), "other"); !errors.Is(err, ErrUnknownReport) {
		t.Errorf("closing what is not there: %v", err)
	}
	if all, _ = h.AccountReports(background, Operator()); all[0].Closed.IsZero() {
		t.Error("it stays open")
	}
	h.clock.add(91 * 24 * time.Hour)
	h.must(h.ReportAccount(background, anna, AccountReport{About: "nieuw", Fault: FaultLeft}))
	if all, _ = h.AccountReports(background, Operator()); len(all) != 1 || all[0].About != "nieuw" {
		t.Errorf("what was closed long ago is kept: %+v", all)
	}
	for range maxReports + 5 {
		h.must(h.ReportAccount(background, anna, AccountReport{About: "weer", Fault: FaultOther}))
	}
	if all, _ = h.AccountReports(background, Operator()); len(all) != maxReports {
		t.Errorf("%d reports are kept", len(all))
	}
}
