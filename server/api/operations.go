package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"golang.org/x/text/language"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
)

const keyScheme = "application"

// bodyIsHere ends the time for reading, as soon as readBody has the whole body:
// when it ran out during a slow commit, it would look as if the client had gone.
const bodyIsHere = -1

type answer[T any] struct{ Body T }

type (
	verifyInput struct{ Body enroll.VerifyRequest }
	linkInput   struct {
		Language       string `header:"Accept-Language" doc:"Language of the person, for the mails that follow"`
		IdempotencyKey string `header:"Idempotency-Key" required:"true" pattern:"^[0-9A-Fa-f]{32}$" doc:"128 random bits in hexadecimal; the same request under the same key brings the same answer"`
		Body           enroll.LinkRequest
	}
	confirmInput struct {
		ID   string `path:"id" maxLength:"128" doc:"Names the pending link"`
		Body enroll.ConfirmRequest
	}
	state struct {
		Status string `json:"status" example:"ok"`
	}
)

func (d *door) register(api huma.API) {
	open := huma.Middlewares{d.notePattern, d.limitAddress}
	huma.Register(api, huma.Operation{
		OperationID: "verify", Method: http.MethodPost, Path: enroll.PathVerify, Summary: "Is this code right for this person, now?",
		Description:     "True uses the code up. False is the same whether the person is unknown, locked or unlinked or the code is wrong, used or no code at all.",
		Security:        []map[string][]string{{keyScheme: {}}},
		Middlewares:     huma.Middlewares{d.notePattern, d.authenticate, d.readBody},
		BodyReadTimeout: bodyIsHere,
		Responses:       refusals(401, 413, 415, 422, 429, 503),
	}, d.verify)
	huma.Register(api, huma.Operation{
		OperationID: "organisation", Method: http.MethodGet, Path: enroll.PathOrganisation, Summary: "Whose server is this, and what is accepted before linking?",
		Middlewares: open, Responses: refusals(429, 503),
	}, d.organisation)
	huma.Register(api, huma.Operation{
		OperationID: "start-link", Method: http.MethodPost, Path: enroll.PathLinks, Summary: "Ask for a pending link with an activation code",
		Description:     "Nothing is active until the link is confirmed.",
		DefaultStatus:   http.StatusCreated,
		Middlewares:     append(append(huma.Middlewares{}, open...), d.readBody),
		BodyReadTimeout: bodyIsHere,
		Responses:       refusals(403, 409, 413, 415, 422, 429, 503),
	}, d.startLink)
	huma.Register(api, huma.Operation{
		OperationID: "confirm-link", Method: http.MethodPost, Path: enroll.PathLinks + "/{id}/confirm", Summary: "Make a pending link active with a code made from its key",
		Description:     "Uses up the activation code and the time step of the code; links that this one replaces end.",
		Middlewares:     append(append(huma.Middlewares{}, open...), d.readBody),
		BodyReadTimeout: bodyIsHere,
		Responses:       refusals(403, 409, 410, 413, 415, 422, 429, 503),
	}, d.confirmLink)
	huma.Register(api, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: PathHealth, Summary: "Does the process answer?", Responses: refusals(),
	}, func(context.Context, *struct{}) (*answer[state], error) { return &answer[state]{state{"ok"}}, nil })
	huma.Register(api, huma.Operation{
		OperationID: "ready", Method: http.MethodGet, Path: PathReady, Summary: "Does the database answer?", Responses: refusals(503),
	}, d.isReady)
}

// notePattern tells the log which door this is; the path itself holds ids.
func (d *door) notePattern(ctx huma.Context, next func(huma.Context)) {
	visitOf(ctx.Context()).pattern = ctx.Method() + " " + ctx.Operation().Path
	next(ctx)
}

func (d *door) limitAddress(ctx huma.Context, next func(huma.Context)) {
	if wait, ok := d.limit.Allow(visitOf(ctx.Context()).from, d.now()); !ok {
		r, w := humago.Unwrap(ctx)
		d.write(w, r, newProblem(enroll.ProblemLimit).retryAfter(wait))
		return
	}
	next(ctx)
}

type applicationKey struct{}

// authenticate comes before the body is read: who has no key has nothing read.
func (d *door) authenticate(ctx huma.Context, next func(huma.Context)) {
	if _, known := ctx.Context().Value(applicationKey{}).(identity.Application); known {
		next(ctx)
		return
	}
	application, err := d.application(ctx.Context(), ctx.Header("Authorization"))
	if err != nil {
		r, w := humago.Unwrap(ctx)
		d.write(w, r, d.explain(err))
		return
	}
	next(huma.WithValue(ctx, applicationKey{}, application))
}

// application finds who asks by the header Authorization (RFC 6750 §2.1).
func (d *door) application(ctx context.Context, authorization string) (identity.Application, error) {
	scheme, key, _ := strings.Cut(authorization, " ")
	if key = strings.TrimSpace(key); !strings.EqualFold(scheme, "Bearer") || key == "" {
		return identity.Application{}, identity.ErrUnauthorised
	}
	return d.desk.Authenticate(ctx, key)
}

func (d *door) verify(ctx context.Context, in *verifyInput) (*answer[enroll.VerifyAnswer], error) {
	if p := blank("body.user", in.Body.User); p != nil {
		return nil, d.finish(ctx, p)
	}
	application, _ := ctx.Value(applicationKey{}).(identity.Application)
	if in.Body.Device != "" || in.Body.Remember {
		return d.verifyOn(ctx, application, in.Body)
	}
	verdict, err := d.desk.Verify(ctx, application, in.Body.User, in.Body.Code)
	if err != nil {
		return nil, d.finish(ctx, d.explain(err))
	}
	return &answer[enroll.VerifyAnswer]{enroll.VerifyAnswer{Valid: verdict.Valid}}, nil
}

func (d *door) verifyOn(ctx context.Context, application identity.Application, asked enroll.VerifyRequest) (*answer[enroll.VerifyAnswer], error) {
	on := identity.OnDevice{Token: identity.Token(asked.Device), Remember: asked.Remember, Label: application.Name}
	verdict, device, err := d.desk.VerifyOn(ctx, application, asked.User, asked.Code, on)
	if err != nil {
		return nil, d.finish(ctx, d.explain(err))
	}
	return &answer[enroll.VerifyAnswer]{enroll.VerifyAnswer{Valid: verdict.Valid, Device: device.Reveal()}}, nil
}

func (d *door) organisation(ctx context.Context, _ *struct{}) (*answer[enroll.Organisation], error) {
	organisation, err := d.desk.Organisation(ctx)
	if err != nil {
		return nil, d.finish(ctx, d.explain(err))
	}
	return &answer[enroll.Organisation]{organisation}, nil
}

func (d *door) startLink(ctx context.Context, in *linkInput) (*answer[enroll.LinkAnswer], error) {
	if p := blank("body.user", in.Body.User); p != nil {
		return nil, d.finish(ctx, p)
	}
	link, err := d.desk.StartLink(ctx, identity.StartLink{
		LinkRequest:    in.Body,
		IdempotencyKey: strings.ToLower(in.IdempotencyKey),
		Language:       preferred(in.Language),
	})
	if err != nil {
		return nil, d.finish(ctx, d.explain(err))
	}
	return &answer[enroll.LinkAnswer]{link}, nil
}

func (d *door) confirmLink(ctx context.Context, in *confirmInput) (*answer[enroll.ConfirmAnswer], error) {
	next, err := d.desk.ConfirmLinkNext(ctx, in.ID, in.Body.Code)
	if err != nil {
		return nil, d.finish(ctx, d.explain(err))
	}
	return &answer[enroll.ConfirmAnswer]{enroll.ConfirmAnswer{Linked: true, NextURL: next}}, nil
}

func (d *door) isReady(ctx context.Context, _ *struct{}) (*answer[state], error) {
	if err := d.ready(ctx); err != nil {
		p := newProblem(enroll.ProblemTryAgain).retryAfter(tryAgainAfter)
		p.cause = err
		return nil, d.finish(ctx, p)
	}
	return &answer[state]{state{"ok"}}, nil
}

func blank(location, value string) *problem {
	if strings.TrimSpace(value) == "" {
		return malformed(http.StatusUnprocessableEntity, location, "expected a user name, not blanks")
	}
	return nil
}

// preferred is the language of ours that fits best: Dutch unless the client
// asks for English before it.
func preferred(acceptLanguage string) string {
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil {
		return "nl"
	}
	for _, tag := range wanted {
		switch base, _ := tag.Base(); base.String() {
		case "nl", "en":
			return base.String()
		}
	}
	return "nl"
}
