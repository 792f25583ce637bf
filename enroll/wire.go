package enroll

import "time"

// Paths of the companion server's interface, below its public address.
const (
	PathOrganisation = "/api/v1/organisation"
	PathLinks        = "/api/v1/links"
	PathVerify       = "/api/v1/verify"
	// IdempotencyHeader carries 128 random bits in hexadecimal, so that a
	// lost answer can be asked for again.
	IdempotencyHeader = "Idempotency-Key"
)

// Environment says whether what happens on a server counts.
type Environment string

// The environments; local accounts and keys are apart in each.
const (
	Production Environment = "production"
	Demo       Environment = "demo"
)

// Document is a text that a person accepts before linking, in each language
// ("nl", "en"); Version names the wording that was accepted.
type Document struct {
	Version string            `json:"version" doc:"Names this wording; accepted by this name" example:"2026-11"`
	Title   map[string]string `json:"title" doc:"Title by language (nl, en)"`
	Text    map[string]string `json:"text" doc:"Plain text by language (nl, en); blank lines part paragraphs"`
}

// Contact is whom to turn to.
type Contact struct {
	Name  string `json:"name,omitempty" doc:"Desk or person" example:"Servicedesk"`
	Phone string `json:"phone,omitempty" example:"0123 456 789"`
	Email string `json:"email,omitempty" example:"servicedesk@example.org"`
	Hours string `json:"hours,omitempty" doc:"When it answers" example:"08:00-17:00"`
}

// Organisation is what anybody may know of a server before linking.
type Organisation struct {
	Name        string      `json:"name" example:"Gemeente Voorbeeld"`
	Environment Environment `json:"environment" enum:"production,demo"`
	Privacy     Document    `json:"privacy" doc:"Privacy statement"`
	Terms       Document    `json:"terms" doc:"Terms of use"`
	Contact     Contact     `json:"contact"`
	ServerTime  time.Time   `json:"server_time" doc:"The server's clock, UTC"`
}

// Accepted names the versions that the person accepted.
type Accepted struct {
	Privacy string `json:"privacy" doc:"Version of the privacy statement" minLength:"1" maxLength:"64"`
	Terms   string `json:"terms" doc:"Version of the terms of use" minLength:"1" maxLength:"64"`
}

// LinkRequest asks for a pending link.
type LinkRequest struct {
	User           string   `json:"user" doc:"User name, never an address" minLength:"1" maxLength:"128"`
	ActivationCode string   `json:"activation_code" doc:"12 characters; dashes, blanks and case do not matter" minLength:"1" maxLength:"64"`
	Accepted       Accepted `json:"accepted"`
	Device         string   `json:"device,omitempty" doc:"Name of the device, as the person would say it" maxLength:"128"`
}

// LinkAnswer is a pending link: nothing is active until it is confirmed.
type LinkAnswer struct {
	ID        string    `json:"id" doc:"Names the pending link"`
	Address   string    `json:"otpauth" doc:"otpauth address of the link's own key; secret"`
	ExpiresAt time.Time `json:"expires_at" doc:"Confirm before this moment, UTC"`
}

// ConfirmRequest proves that the key arrived and is kept.
type ConfirmRequest struct {
	Code string `json:"code" doc:"A code made with the key of the pending link" minLength:"1" maxLength:"64"`
}

// ConfirmAnswer says that the link is active. The time step of the code that
// confirmed is used up.
type ConfirmAnswer struct {
	Linked  bool   `json:"linked"`
	NextURL string `json:"next_url,omitempty" doc:"Page to open next, works once within 10 minutes; secret"`
}

// VerifyRequest asks whether a code is right.
type VerifyRequest struct {
	User string `json:"user" doc:"User name or recorded address" minLength:"1" maxLength:"254"`
	Code string `json:"code" doc:"What the person typed" maxLength:"64"`
	// Device and Remember let a device count on its own, so that strangers who
	// lock the account do not keep its owner out there.
	Device   string `json:"device,omitempty" doc:"What an earlier answer gave for the device that the person uses now; wrong codes then lock this device and not the account" maxLength:"64"`
	Remember bool   `json:"remember,omitempty" doc:"Make the person's device a known one when the code is right"`
}

// VerifyAnswer is the same for every reason to refuse.
type VerifyAnswer struct {
	Valid  bool   `json:"valid"`
	Device string `json:"device,omitempty" doc:"To keep on the person's device and to send with the next code; secret. Only for a right code with remember on a device that is not known yet"`
}

// Problem types of the interface (RFC 9457 §3.1.1).
const (
	ProblemMismatch     = "urn:sleutelbos:mismatch"     // user name and code do not belong together; tries_left
	ProblemExpired      = "urn:sleutelbos:expired"      // right pair, code older than it may be
	ProblemUsed         = "urn:sleutelbos:used"         // right pair, code was used for a link
	ProblemReplaced     = "urn:sleutelbos:replaced"     // right pair, a newer code was made
	ProblemVoid         = "urn:sleutelbos:void"         // right pair, too many wrong tries
	ProblemNotYet       = "urn:sleutelbos:not-yet"      // right pair, the account starts later
	ProblemEnded        = "urn:sleutelbos:ended"        // right pair, the account has ended
	ProblemCheck        = "urn:sleutelbos:check"        // no such activation code can exist; not counted
	ProblemTerms        = "urn:sleutelbos:terms"        // accepted versions are not the present ones
	ProblemIdempotency  = "urn:sleutelbos:idempotency"  // another body under the same key
	ProblemConfirmed    = "urn:sleutelbos:confirmed"    // the link is confirmed; the key is not given again
	ProblemLinkGone     = "urn:sleutelbos:link-gone"    // pending link unknown, voided or too old
	ProblemWrongCode    = "urn:sleutelbos:wrong-code"   // code does not confirm the link; tries_left
	ProblemUnauthorised = "urn:sleutelbos:unauthorised" // application key unknown or revoked
	ProblemLimit        = "urn:sleutelbos:limit"        // too many requests; Retry-After
	ProblemMalformed    = "urn:sleutelbos:malformed"    // request could not be read; errors names the fields
	ProblemTryAgain     = "urn:sleutelbos:try-again"    // server could not answer now; nothing happened
	ProblemNotFound     = "urn:sleutelbos:not-found"    // no such path
	ProblemMethod       = "urn:sleutelbos:method"       // path exists, method does not
	ProblemInternal     = "urn:sleutelbos:internal"     // fault of the server; reference finds it in the log
)

// Problem is a refusal as it goes over the wire (RFC 9457), and an error on
// the app's side.
type Problem struct {
	Type       string         `json:"type" doc:"One of urn:sleutelbos:…"`
	Title      string         `json:"title"`
	Status     int            `json:"status" doc:"HTTP status"`
	Detail     string         `json:"detail,omitempty" doc:"What to do next, in English; never a secret"`
	TriesLeft  *int           `json:"tries_left,omitempty" doc:"Tries left for this name"`
	RetryAfter int            `json:"retry_after,omitempty" doc:"Seconds to wait"`
	Reference  string         `json:"reference,omitempty" doc:"Finds this event in the server's log"`
	Errors     []ProblemField `json:"errors,omitempty" doc:"Fields that could not be read"`
}

// ProblemField names one field that could not be read.
type ProblemField struct {
	Location string `json:"location" example:"body.user"`
	Message  string `json:"message"`
}

// Error says the title and the detail.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return p.Title
	}
	return p.Title + ": " + p.Detail
}
