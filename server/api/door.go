package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/knock"
)

// PathOpenAPI is where the description of the interface stands.
const PathOpenAPI = "/api/openapi.json"

// Paths at which a supervisor asks how the server is.
const (
	PathHealth = "/healthz" // the process answers
	PathReady  = "/readyz"  // and its database does
)

// Options are what the door needs. Desk, Ready, Now, Random and Log must be
// given.
type Options struct {
	Desk  *identity.Desk
	Ready func(context.Context) error // nil when the database answers

	Now    func() time.Time
	Random io.Reader // for references
	Log    *slog.Logger

	URL            string // public address, for the description
	TrustedProxies knock.Proxies
	PerMinute      int // requests a minute and address at open doors; 0 for no limit
	Burst          int // requests at once and address; at least 1 when PerMinute is set
}

// toldPerMinute is how many refusals of one address the log tells a minute.
const toldPerMinute = 60

type door struct {
	desk    *identity.Desk
	ready   func(context.Context) error
	now     func() time.Time
	random  io.Reader
	log     *slog.Logger
	proxies knock.Proxies
	limit   *knock.Limiter
	told    *knock.Limiter // refusals that are written in the log
}

// New makes the handler for the whole of the server. It fails only when the
// description of the interface cannot be written.
func New(o Options) (http.Handler, error) {
	d := &door{
		desk: o.Desk, ready: o.Ready, now: o.Now, random: o.Random, log: o.Log,
		proxies: o.TrustedProxies, limit: knock.NewLimiter(o.PerMinute, o.Burst),
		told: knock.NewLimiter(toldPerMinute, toldPerMinute),
	}
	mux := http.NewServeMux()
	api := humago.New(mux, d.config(o.URL))
	d.register(api)
	describeProblems(api.OpenAPI())
	description, err := json.Marshal(api.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("describe the interface: %w", err)
	}
	mux.HandleFunc("GET "+PathOpenAPI, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/openapi+json")
		_, _ = w.Write(description) // the client may have gone
	})
	d.refuseTheRest(mux, api.OpenAPI())
	return d.receive(d.asWritten(mux)), nil
}

// config leaves out everything of huma's that is not wanted: pages that load
// scripts from elsewhere, schema links, other formats.
func (d *door) config(url string) huma.Config {
	format := huma.Format{Marshal: marshal, Unmarshal: json.Unmarshal}
	config := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:       "Sleutelbos",
				Version:     "1",
				Description: "Verifies login codes for the applications of an organisation, and links authenticators.",
			},
			Components: &huma.Components{
				Schemas: huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					keyScheme: {Type: "http", Scheme: "bearer", Description: "The application's key, as the administrator's command printed it"},
				},
			},
		},
		// huma looks up application/problem+json by what follows the plus.
		Formats:       map[string]huma.Format{"application/json": format, "json": format},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{d.transform},
	}
	if url != "" {
		config.Servers = []*huma.Server{{URL: url}}
	}
	return config
}

// marshal writes a whole answer at once. A client that has gone is no fault.
func marshal(w io.Writer, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, _ = w.Write(append(body, '\n'))
	return nil
}

// asWritten refuses paths that the mux would tidy up by a redirect: no client
// of ours has reason to ask for one.
func (d *door) asWritten(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		written := strings.TrimSuffix(r.URL.EscapedPath(), "/")
		if written != strings.TrimSuffix(path.Clean("/"+written), "/") {
			d.write(w, r, newProblem(enroll.ProblemNotFound))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuseTheRest answers for other methods on known paths and for all other
// paths, so that the mux never speaks for itself.
func (d *door) refuseTheRest(mux *http.ServeMux, description *huma.OpenAPI) {
	allowed := map[string][]string{PathOpenAPI: {http.MethodGet, http.MethodHead}}
	for at, item := range description.Paths {
		if item.Get != nil {
			allowed[at] = append(allowed[at], http.MethodGet, http.MethodHead)
		}
		if item.Post != nil {
			allowed[at] = append(allowed[at], http.MethodPost)
		}
	}
	for at, methods := range allowed {
		slices.Sort(methods)
		allow := strings.Join(methods, ", ")
		mux.HandleFunc(at, func(w http.ResponseWriter, r *http.Request) {
			visitOf(r.Context()).pattern = r.Pattern
			d.write(w, r, newProblem(enroll.ProblemMethod).with("Allow", allow))
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		d.write(w, r, newProblem(enroll.ProblemNotFound))
	})
}
