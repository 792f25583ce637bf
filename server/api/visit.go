package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
	"sleutelbos/server/knock"
)

// always is what every answer says. The values are shared and never changed.
var always = []struct {
	name   string
	values []string
}{
	{"Cache-Control", []string{"no-store"}},
	{"X-Content-Type-Options", []string{"nosniff"}},
	{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
}

// visit is what the door knows of one request before anybody asked the desk.
type visit struct {
	reference string
	from      netip.Addr // the client, behind trusted proxies too; zero when unknown
	pattern   string     // the pattern that matched, never the path itself
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	if v, ok := ctx.Value(visitKey{}).(*visit); ok {
		return v
	}
	return &visit{}
}

// attach gives the request a context that knows of the visit.
func (v *visit) attach(r *http.Request) *http.Request {
	return r.WithContext(identity.WithReference(context.WithValue(r.Context(), visitKey{}, v), v.reference))
}

// receive is the outermost layer: it names the visit, keeps answers out of
// caches and turns a panic into a problem.
func (d *door) receive(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{reference: knock.Reference(d.random, d.now()), from: knock.Address(r, d.proxies)}
		header := w.Header()
		for _, line := range always {
			header[line.name] = line.values
		}
		defer d.catch(w, r, v)
		if !d.quick(w, &r, v) {
			next.ServeHTTP(w, v.attach(r))
		}
	})
}

// catch ends a panic of a handler. The value of the panic is not written: it
// may quote what the handler worked on.
func (d *door) catch(w http.ResponseWriter, r *http.Request, v *visit) {
	fault := recover()
	if fault == nil {
		return
	}
	if fault == http.ErrAbortHandler {
		panic(fault)
	}
	d.log.LogAttrs(r.Context(), slog.LevelError, "panic in a handler",
		slog.String("reference", v.reference), slog.String("door", v.pattern), slog.String("stack", string(debug.Stack())))
	d.write(w, v.attach(r), newProblem(enroll.ProblemInternal))
}
