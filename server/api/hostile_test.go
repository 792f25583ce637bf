package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
)

// A replay is told apart from a wrong code nowhere, and locks nobody out.
func TestReplayAnswersAsAWrongCode(t *testing.T) {
	w := newWorld(t)
	key := w.linked("anna")
	code := w.code(key)
	if !w.valid("anna", code) {
		t.Fatal("a right code is refused")
	}
	wrong := w.verify("anna", w.wrong(key))
	for range 20 {
		again := w.verify("anna", code)
		if again.status != wrong.status || string(again.body) != string(wrong.body) || len(again.header) != len(wrong.header) {
			t.Fatalf("a replay answers %d %s %v", again.status, again.body, again.header)
		}
	}
	w.wait(30 * time.Second)
	if !w.valid("anna", w.code(key)) {
		t.Error("replays locked the owner out")
	}
}

func TestConfirmAfterTheAnswerWasLost(t *testing.T) {
	w := newWorld(t)
	link, key := w.pending("anna", w.person("anna"))
	first := w.confirm(link.ID, w.code(key))
	w.wait(time.Minute)
	if again := w.confirm(link.ID, w.code(key)); again.status != http.StatusOK || string(again.body) != string(first.body) {
		t.Errorf("a later code answers %d %s after %s", again.status, again.body, first.body)
	}
	wrong := w.confirm(link.ID, w.wrong(key))
	wrong.wants(t, http.StatusForbidden, enroll.ProblemWrongCode)
	if left := wrong.problem.TriesLeft; left == nil || *left != 4 {
		t.Errorf("tries left: %s", wrong.body)
	}
	w.wait(10 * time.Minute)
	w.confirm(link.ID, w.code(key)).wants(t, http.StatusConflict, enroll.ProblemConfirmed)
}

// Strangers can refuse themselves as often as they like; the log does not grow
// with it.
func TestStrangersCannotFillTheLog(t *testing.T) {
	w := newWorld(t)
	for i := range 300 {
		w.ask(http.MethodPost, enroll.PathVerify, `{}`, "Authorization", fmt.Sprintf("Bearer sleutelbos_%d", i)).
			wants(t, http.StatusUnauthorized, enroll.ProblemUnauthorised)
		w.ask(http.MethodPut, enroll.PathVerify, nil)
	}
	told := strings.Count(w.log.String(), `"level":"INFO"`)
	if told == 0 || told > 60 {
		t.Errorf("%d lines at level info", told)
	}
	w.wait(time.Minute)
	w.ask(http.MethodPut, enroll.PathVerify, nil)
	if now := strings.Count(w.log.String(), `"level":"INFO"`); now != told+1 {
		t.Errorf("a minute later %d lines, before %d", now, told)
	}
}

// No path is tidied up by a redirect that speaks HTML.
func TestPathsAreTakenAsWritten(t *testing.T) {
	w := newWorld(t)
	client := *w.http
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	w.http = &client
	for _, path := range []string{"//healthz", "/api//v1/verify", "/api/./v1/verify", "/api/v1/../v1/verify", "/api/v1/verify/", "//x/.."} {
		w.ask(http.MethodGet, path, nil).wants(t, http.StatusNotFound, enroll.ProblemNotFound)
		w.ask(http.MethodPost, path, `{}`).wants(t, http.StatusNotFound, enroll.ProblemNotFound)
	}
	w.confirm("%2e%2e", "123456").wants(t, http.StatusGone, enroll.ProblemLinkGone)
	w.confirm("a%2fb%00%ff", "123456").wants(t, http.StatusGone, enroll.ProblemLinkGone)
}
