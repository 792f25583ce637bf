package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/api"
	"sleutelbos/server/identity"
)

// verifyOn asks with what there is to say about a device.
func (w *world) verifyOn(request enroll.VerifyRequest) enroll.VerifyAnswer {
	w.t.Helper()
	a := w.ask(http.MethodPost, enroll.PathVerify, request, "Authorization", "Bearer "+w.key)
	var v enroll.VerifyAnswer
	if a.status != http.StatusOK || json.Unmarshal(a.body, &v) != nil {
		w.t.Fatalf("verify answers %d %s", a.status, a.body)
	}
	return v
}

// Strangers who lock an account do not keep its owner out on a device that the
// application remembered.
func TestVerifyOnAKnownDevice(t *testing.T) {
	w := newWorld(t)
	key := w.linked("anna")
	refused := w.verifyOn(enroll.VerifyRequest{User: "anna", Code: w.wrong(key), Remember: true})
	if refused.Valid || refused.Device != "" {
		t.Fatalf("a wrong code gives %+v", refused)
	}
	first := w.verifyOn(enroll.VerifyRequest{User: "anna", Code: w.code(key), Remember: true})
	if !first.Valid || len(first.Device) < 43 {
		t.Fatalf("a right code gives %+v", first)
	}
	w.wait(30 * time.Second)
	for range 5 {
		w.valid("anna", w.wrong(key))
	}
	if w.valid("anna", w.code(key)) {
		t.Fatal("it is not locked")
	}
	again := w.verifyOn(enroll.VerifyRequest{User: "anna", Code: w.code(key), Device: first.Device, Remember: true})
	if !again.Valid || again.Device != "" {
		t.Errorf("on the known device: %+v", again)
	}
	w.wait(30 * time.Second)
	for range 5 {
		w.verifyOn(enroll.VerifyRequest{User: "anna", Code: w.wrong(key), Device: first.Device})
	}
	if w.verifyOn(enroll.VerifyRequest{User: "anna", Code: w.code(key), Device: first.Device}).Valid {
		t.Error("five wrong codes on the device do not lock it")
	}
	if strings.Contains(w.log.String(), first.Device) {
		t.Error("the log holds the device's token")
	}
}

// A refusal says nothing more on a device than without one.
func TestRefusalOnADeviceTellsNothing(t *testing.T) {
	w := newWorld(t)
	key := w.linked("anna")
	for _, user := range []string{"anna", "nobody"} {
		for _, device := range []string{"", "x", strings.Repeat("a", 43)} {
			a := w.ask(http.MethodPost, enroll.PathVerify, enroll.VerifyRequest{User: user, Code: w.wrong(key), Device: device, Remember: true},
				"Authorization", "Bearer "+w.key)
			if strings.TrimSpace(string(a.body)) != `{"valid":false}` {
				t.Errorf("%s on %q: %s", user, device, a.body)
			}
		}
	}
	w.ask(http.MethodPost, enroll.PathVerify, enroll.VerifyRequest{User: "anna", Code: "1", Device: strings.Repeat("a", 65)}, "Authorization", "Bearer "+w.key).
		wants(t, http.StatusUnprocessableEntity, enroll.ProblemMalformed)
}

func TestConfirmingNamesThePageForAPassword(t *testing.T) {
	w := newWorld(t, func(_ *api.Options, inside *identity.Options) {
		inside.Pages = true
		inside.PasswordCost = identity.HashCost{Memory: 64, Passes: 1, Lanes: 1}
	})
	link, key := w.pending("anna", w.person("anna"))
	var answer enroll.ConfirmAnswer
	w.must(json.Unmarshal(w.confirm(link.ID, w.code(key)).body, &answer))
	address, ok := strings.CutPrefix(answer.NextURL, "https://codes.example.org"+identity.PathNewPassword+"?token=")
	if !answer.Linked || !ok {
		t.Fatalf("%+v", answer)
	}
	if strings.Contains(w.log.String(), address) {
		t.Error("the log holds the link")
	}
	w.must(w.desk.UsePasswordLink(t.Context(), identity.Token(address), "kwartel.gros-9"))
	w.wait(30 * time.Second)
	_, err := w.desk.SignIn(t.Context(), identity.SignInRequest{User: "anna", Password: "kwartel.gros-9", Code: w.code(key)})
	w.must(err)
}
