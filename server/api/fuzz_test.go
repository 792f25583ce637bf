package api_test

import (
	"net/http"
	"testing"

	"sleutelbos/enroll"
)

// FuzzBodies sends any body to each door that takes one. Whatever it holds is
// the sender's fault or an answer, never a fault of the server.
func FuzzBodies(f *testing.F) {
	w := newWorld(f)
	code := w.person("anna")
	for door := range 3 {
		for _, body := range []string{
			``, `{}`, `null`, `[]`, `{"user":"anna","code":"123456"}`, `{"user":"anna@example.org","code":"１２３"}`, `{"code":"123456"}`,
			`{"user":"\u0000\ud800","code":"\n"}`, `{"user":"anna","user":"anna","code":""}`, `{"user":{},"code":[]}`,
			`{"user":"anna","activation_code":"` + code.Reveal() + `","accepted":{"privacy":"p1","terms":"t1"},"device":"x"}`,
			`{"user":"ANNA ","activation_code":"0000","accepted":{"privacy":"","terms":null}}`,
		} {
			f.Add(door, []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, door int, body []byte) {
		w.t = t
		path := []string{enroll.PathVerify, enroll.PathLinks, enroll.PathLinks + "/x/confirm"}[uint(door)%3]
		a := w.ask(http.MethodPost, path, string(body), "Authorization", "Bearer "+w.key, enroll.IdempotencyHeader, enroll.NewIdempotencyKey())
		switch a.status {
		case http.StatusOK, http.StatusCreated:
		case http.StatusForbidden, http.StatusConflict, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
			a.wants(t, a.status, a.problem.Type)
		default:
			t.Errorf("%s answers %d %s to %q", path, a.status, a.body, body)
		}
	})
}
