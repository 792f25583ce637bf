package identity

import (
	"errors"
	"testing"
	"time"

	"sleutelbos/server/store/storetest"
)

// on verifies on a device.
func (h *house) on(device Token, user, code string, want Reason) Token {
	h.t.Helper()
	v, token, err := h.VerifyOn(background, h.app, user, code, OnDevice{Token: device, Remember: true, Label: "VPN"})
	h.must(err)
	if v.Reason != want || v.Valid != (want == ReasonValid) {
		h.t.Fatalf("verify %s on a device: got %+v, want %s", user, v, want)
	}
	return token
}

// A flood by strangers does not keep the owner out on a device that is known,
// at either door.
func TestFloodDoesNotKeepTheOwnerOut(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	browser := h.enter("anna", key).Device
	h.lastAudit(kindDeviceAdd)
	vpn := h.on("", "anna", h.code(key), ReasonValid)
	if vpn == "" || browser == "" {
		t.Fatal("the device was not made known")
	}
	h.clock.add(30 * time.Second)
	h.lock("anna", key) // strangers
	for range lockAfter {
		_, _ = h.signIn("anna", "verkeerd-9x", "000000")
	}
	h.expect("anna", h.code(key), ReasonLocked)
	if token := h.on(vpn, "anna", h.code(key), ReasonValid); token != "" {
		t.Error("a known device got another token")
	}
	h.clock.add(30 * time.Second)
	if in := h.enter("anna", key, browser); in.Device != "" {
		t.Error("a known device got another token")
	}
	h.expect("anna", h.code(key), ReasonLocked) // strangers stay out
	if p := h.look("anna"); p.LockedUntil.IsZero() || p.FailuresInRow != 0 {
		t.Errorf("%+v", p)
	}
}

func TestWrongOnADeviceLocksTheDevice(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	device := h.enter("anna", key).Device
	for range 3 {
		h.on(device, "anna", h.wrong(key), ReasonWrong)
	}
	_, err := h.signIn("anna", goodPassword, h.wrong(key), device) // one counter for both doors
	h.noEntry(err, ReasonWrong, never)
	until := h.clock.Now().Add(lockTime).Truncate(time.Millisecond)
	_, err = h.signIn("anna", "verkeerd-9x", h.code(key), device)
	h.noEntry(err, ReasonLocked, until)
	_, err = h.signIn("anna", goodPassword, h.code(key), device)
	h.noEntry(err, ReasonLocked, until)
	h.on(device, "anna", h.code(key), ReasonLocked)
	if p := h.look("anna"); p.Failures != 0 || !p.LockedUntil.IsZero() || p.FailuresInRow != lockAfter {
		t.Errorf("the account suffers: %+v", p)
	}
	h.enter("anna", key) // elsewhere
	h.clock.add(lockTime)
	for range lockAfter - 1 { // five anew, and not one
		h.on(device, "anna", h.wrong(key), ReasonWrong)
	}
	h.on(device, "anna", h.code(key), ReasonValid)
}

// Also what goes wrong on a device counts towards the hundred in a row.
func TestHundredInARowOnDevices(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	device := h.enter("anna", key).Device
	for n := 1; n < disableAfter; n++ {
		h.clock.add(lockTime)
		v, _, err := h.VerifyOn(background, h.app, "anna", h.wrong(key), OnDevice{Token: device})
		h.must(err)
		if v.Reason != ReasonWrong && v.Reason != ReasonLocks {
			t.Fatalf("wrong code %d: %s", n, v.Reason)
		}
	}
	h.clock.add(lockTime)
	h.on(device, "anna", h.wrong(key), ReasonDisables)
	h.clock.add(lockTime)
	h.on(device, "anna", h.code(key), ReasonDisabled)
}

func TestDeviceIsOnePersonsOnly(t *testing.T) {
	h := newSignInHouse(t)
	anna, bert := h.occupant("anna", RoleUser), h.occupant("bert", RoleUser)
	device := h.enter("anna", anna).Device
	for range lockAfter - 1 {
		h.on(device, "bert", h.wrong(bert), ReasonWrong)
	}
	h.on(device, "bert", h.wrong(bert), ReasonLocks)
	if p := h.look("bert"); p.LockedUntil.IsZero() {
		t.Error("somebody else's device counts")
	}
	for _, none := range []Token{"", "x", "\x00"} {
		h.on(none, "bert", h.code(bert), ReasonLocked)
		h.on(none, "nobody", "000000", ReasonUnknown)
		h.on(none, "", "000000", ReasonBlank)
		h.on(none, "anna", "not a code", ReasonNotACode)
	}
}

func TestDevicesAreBoundedAndForgotten(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	h.setSignIn(func(s *SignInSettings) { s.Devices = 3 })
	first := h.enter("anna", key).Device
	for range 3 {
		h.enter("anna", key)
	}
	if n := storetest.Count(t, h.database(), "SELECT count(*) FROM devices"); n != 3 {
		t.Errorf("%d devices", n)
	}
	if in := h.enter("anna", key, first); in.Device == "" {
		t.Error("the one that was not used for the longest time is still known")
	}
	h.must(h.ForgetDevices(t.Context(), "anna"))
	if n := storetest.Count(t, h.database(), "SELECT count(*) FROM devices"); n != 0 {
		t.Errorf("%d devices", n)
	}
	h.setSignIn(func(s *SignInSettings) { s.Devices = 0 })
	if in := h.enter("anna", key); in.Device != "" {
		t.Error("a device is remembered where none is")
	}
}

func TestOneCodeOnManyDevices(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	a, b := h.enter("anna", key).Device, h.enter("anna", key).Device
	code := h.code(key)
	valid := make([]bool, 32)
	together(len(valid), func(i int) {
		device := []Token{a, b, ""}[i%3]
		v, _, err := h.VerifyOn(background, h.app, "anna", code, OnDevice{Token: device})
		if err != nil {
			t.Error(err)
		}
		valid[i] = v.Valid
	})
	n := 0
	for _, is := range valid {
		if is {
			n++
		}
	}
	if n != 1 {
		t.Errorf("one code was accepted %d times", n)
	}
}

// guesses in parallel on one device get five evaluations too.
func TestGuessesInParallelOnADevice(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	device := h.enter("anna", key).Device
	guess := h.wrong(key)
	together(100, func(int) {
		if _, _, err := h.VerifyOn(background, h.app, "anna", guess, OnDevice{Token: device}); err != nil {
			t.Error(err)
		}
	})
	if p := h.look("anna"); p.FailuresInRow != lockAfter {
		t.Errorf("%d were evaluated", p.FailuresInRow)
	}
}

func TestLossIsBlockedAtOnce(t *testing.T) {
	h := newSignInHouse(t)
	key := h.occupant("anna", RoleUser)
	here, there := h.enter("anna", key), h.enter("anna", key)
	link := h.look("anna").Links[0]
	lost := h.clock.Now().Add(-3 * time.Hour)
	if err := h.ReportLoss(t.Context(), here.Token, link.ID, h.clock.Now().Add(time.Hour)); !errors.Is(err, ErrLostLater) {
		t.Errorf("got %v", err)
	}
	if err := h.ReportLoss(t.Context(), here.Token, "another", lost); !errors.Is(err, ErrNoSuchLink) {
		t.Errorf("got %v", err)
	}
	h.must(h.ReportLoss(t.Context(), here.Token, link.ID, lost))
	h.expect("anna", h.code(key), ReasonDisabled)
	if _, ok := h.entered(there.Token); ok {
		t.Error("another session lives on")
	}
	if _, ok := h.entered(here.Token); !ok {
		t.Error("the session that reported has ended")
	}
	losses, err := h.Losses(t.Context(), "anna")
	h.must(err)
	if len(losses) != 1 || !losses[0].Lost.Equal(lost) || !losses[0].Reported.Equal(h.clock.Now()) || losses[0].Device != "laptop" {
		t.Errorf("%+v", losses)
	}
	if row := h.lastAudit(kindLossReport); row.Link != link.ID || row.Actor != row.Person {
		t.Errorf("%+v", row)
	}
	h.occupant("bert", RoleUser)
	link = h.look("bert").Links[0]
	h.must(h.RecordLoss(t.Context(), "bert", link.ID, lost))
	if row := h.lastAudit(kindLossReport); row.Link != link.ID || row.Actor != operatorID {
		t.Errorf("%+v", row)
	}
	h.must(h.VerifyAudit(t.Context()))
}

// lastAudit is the newest row of a kind.
func (h *house) lastAudit(kind string) AuditRow {
	h.t.Helper()
	rows, err := h.Audit(h.t.Context(), 50)
	h.must(err)
	for _, row := range rows {
		if row.Kind == kind {
			return row
		}
	}
	h.t.Fatalf("no row of kind %s", kind)
	return AuditRow{}
}
