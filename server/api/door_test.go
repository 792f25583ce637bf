package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/api"
	"sleutelbos/server/identity"
)

func TestOtherPathsAndMethods(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/", "/api", "/api/v1/verify/", "/docs", "/openapi.yaml", "/schemas/Problem.json", "/api/v1/links/x"} {
		w.ask(http.MethodGet, path, nil).wants(t, http.StatusNotFound, enroll.ProblemNotFound)
	}
	for path, allow := range map[string]string{
		enroll.PathVerify: "POST", enroll.PathLinks: "POST", enroll.PathLinks + "/x/confirm": "POST",
		enroll.PathOrganisation: "GET, HEAD", api.PathOpenAPI: "GET, HEAD", api.PathReady: "GET, HEAD",
	} {
		a := w.ask(http.MethodDelete, path, nil)
		a.wants(t, http.StatusMethodNotAllowed, enroll.ProblemMethod)
		if a.header.Get("Allow") != allow {
			t.Errorf("%s allows %q, want %q", path, a.header.Get("Allow"), allow)
		}
	}
	if a := w.ask(http.MethodHead, enroll.PathOrganisation, nil); a.status != http.StatusOK || len(a.body) != 0 {
		t.Errorf("HEAD answers %d with %d bytes", a.status, len(a.body))
	}
}

func TestAPanicIsToldByItsReference(t *testing.T) {
	w := newWorld(t, func(o *api.Options, _ *identity.Options) {
		o.Ready = func(context.Context) error { panic("secret of the handler") }
	})
	a := w.ask(http.MethodGet, api.PathReady, nil)
	a.wants(t, http.StatusInternalServerError, enroll.ProblemInternal)
	if strings.Contains(string(a.body), "secret of the handler") {
		t.Error("the panic goes out")
	}
	if !strings.Contains(w.log.String(), a.problem.Reference) {
		t.Error("the reference does not find the panic in the log")
	}
	if a := w.ask(http.MethodGet, api.PathHealth, nil); a.status != http.StatusOK {
		t.Errorf("after a panic the server answers %d", a.status)
	}
}

func TestOpenAPI(t *testing.T) {
	w := newWorld(t)
	a := w.ask(http.MethodGet, api.PathOpenAPI, nil)
	var d struct {
		OpenAPI string
		Servers []struct{ URL string }
		Paths   map[string]map[string]struct {
			Responses map[string]struct{ Content map[string]any }
			Security  []map[string][]string
		}
		Components struct {
			Schemas         map[string]json.RawMessage
			SecuritySchemes map[string]any
		}
	}
	w.must(json.Unmarshal(a.body, &d))
	if !strings.HasPrefix(d.OpenAPI, "3.1.") || len(d.Servers) != 1 || d.Servers[0].URL != "https://codes.example.org" {
		t.Errorf("version %s, servers %v", d.OpenAPI, d.Servers)
	}
	for path, want := range map[string]string{
		"post " + enroll.PathVerify: "200 401 413 415 422 429 500 503", "get " + enroll.PathOrganisation: "200 429 500 503",
		"post " + enroll.PathLinks:                   "201 403 409 413 415 422 429 500 503",
		"post " + enroll.PathLinks + "/{id}/confirm": "200 403 409 410 413 415 422 429 500 503",
		"get " + api.PathHealth:                      "200 500", "get " + api.PathReady: "200 500 503",
	} {
		method, path, _ := strings.Cut(path, " ")
		responses := d.Paths[path][method].Responses
		for _, status := range strings.Fields(want) {
			if _, ok := responses[status]; !ok {
				t.Errorf("%s %s does not describe %s", method, path, status)
			}
			if _, ok := responses[status].Content["application/problem+json"]; ok != (status >= "400") {
				t.Errorf("%s %s: the content of %s is described wrongly", method, path, status)
			}
		}
		if len(responses) != len(strings.Fields(want)) {
			t.Errorf("%s %s describes %d answers, want %s", method, path, len(responses), want)
		}
	}
	if len(d.Paths[enroll.PathVerify]["post"].Security) != 1 || len(d.Components.SecuritySchemes) != 1 {
		t.Error("it does not say that verifying takes a key")
	}
	for _, name := range []string{"Problem", "VerifyRequest", "VerifyAnswer", "LinkRequest", "LinkAnswer", "ConfirmRequest", "ConfirmAnswer", "Organisation"} {
		if d.Components.Schemas[name] == nil {
			t.Errorf("there is no schema %s", name)
		}
	}
	for _, reference := range strings.Split(string(a.body), `"#/components/schemas/`)[1:] {
		if name, _, _ := strings.Cut(reference, `"`); d.Components.Schemas[name] == nil {
			t.Errorf("it refers to %s, which is not there", name)
		}
	}
	if d.Components.Schemas["ErrorModel"] != nil {
		t.Error("it describes problems that are never sent")
	}
}

// Everything that a run sees of secrets, and then the log, at its most
// talkative.
func TestTheLogHoldsNoSecret(t *testing.T) {
	w := newWorld(t)
	activation := w.person("anna")
	idempotency := enroll.NewIdempotencyKey()
	w.link(idempotency, request("anna", activation.Reveal()+"X"))
	link, key := w.pending("anna", activation)
	wrong, right := w.wrong(key), w.code(key)
	w.confirm(link.ID, wrong)
	w.confirm(link.ID, right)
	w.wait(30 * time.Second)
	next := w.code(key)
	w.valid("anna", wrong)
	w.valid("anna", next)
	w.valid("anna", next)
	w.ask(http.MethodPost, enroll.PathVerify, `{"user":"anna","code":"`+next, "Authorization", "Bearer "+w.key)
	w.ask(http.MethodPost, enroll.PathVerify, `{}`, "Authorization", "Bearer wrong"+w.key)
	w.ask(http.MethodGet, "/api/v1/verify?key="+w.key, nil)
	w.ask(http.MethodGet, "/"+w.key, nil)
	log := w.log.String()
	if log == "" {
		t.Fatal("nothing was logged")
	}
	for name, secret := range map[string]string{
		"application key": w.key, "activation code": activation.Reveal(), "activation code without dashes": activation.Canonical(),
		"idempotency key": idempotency, "link id": link.ID, "OTP key": key.Secret.Base32(), "wrong code": `"` + wrong, "first code": `"` + right, "next code": `"` + next,
	} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds the %s", name)
		}
	}
}

func TestTheReferenceFindsTheEvent(t *testing.T) {
	w := newWorld(t)
	a := w.link(enroll.NewIdempotencyKey(), request("nobody", w.person("anna").Reveal()))
	a.wants(t, http.StatusForbidden, enroll.ProblemMismatch)
	if !strings.Contains(w.log.String(), a.problem.Reference) {
		t.Error("the reference is not in the log")
	}
	rows, err := w.desk.Audit(t.Context(), 100)
	w.must(err)
	for _, row := range rows {
		if row.Reference == a.problem.Reference {
			return
		}
	}
	t.Error("the reference is not in the audit log")
}
