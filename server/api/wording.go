package api

import (
	"net/http"

	"sleutelbos/enroll"
	"sleutelbos/server/identity"
)

type words struct {
	status        int
	title, detail string
}

// wording is the status of each problem type and what is said with it. The
// texts are for whoever writes or runs a client; persons are told by the app,
// in their own language, from the type.
func wording(kind string) (words, bool) {
	switch kind {
	case enroll.ProblemMismatch:
		return words{http.StatusForbidden, "User name and activation code do not belong together", "Compare both with the letter and the message; after five wrong tries the code is void."}, true
	case enroll.ProblemExpired:
		return words{http.StatusForbidden, "The activation code is too old", "Ask the administrator for a new activation code."}, true
	case enroll.ProblemUsed:
		return words{http.StatusForbidden, "The activation code was used", "Ask the administrator for a new activation code to link again."}, true
	case enroll.ProblemReplaced:
		return words{http.StatusForbidden, "A newer activation code was made", "Use the newest activation code; the older ones count no more."}, true
	case enroll.ProblemVoid:
		return words{http.StatusForbidden, "The activation code is void after too many wrong tries", "Ask the administrator for a new activation code."}, true
	case enroll.ProblemNotYet:
		return words{http.StatusForbidden, "The account starts later", "Try again when it has started, or ask the administrator."}, true
	case enroll.ProblemEnded:
		return words{http.StatusForbidden, "The account has ended", "Ask the administrator whether that is right."}, true
	case enroll.ProblemCheck:
		return words{http.StatusUnprocessableEntity, "The activation code holds a slip", "Compare it with the message, character by character; this try was not counted."}, true
	case enroll.ProblemTerms:
		return words{http.StatusConflict, "The accepted texts are not the present ones", "Get the organisation again, show its present statement and terms, and send their versions."}, true
	case enroll.ProblemIdempotency:
		return words{http.StatusConflict, "This idempotency key was used for another request", "Make a new key for a new request."}, true
	case enroll.ProblemConfirmed:
		return words{http.StatusConflict, "The link is confirmed", "Its key is not given again; make codes with the key that was kept."}, true
	case enroll.ProblemLinkGone:
		return words{http.StatusGone, "There is no such pending link", "It was too old, replaced or tried too often; start again with the activation code."}, true
	case enroll.ProblemWrongCode:
		return words{http.StatusForbidden, "The code does not confirm the link", "Check the clock of the device and send the code that shows now."}, true
	case enroll.ProblemUnauthorised:
		return words{http.StatusUnauthorized, "The application's key is unknown or revoked", "Send Authorization: Bearer with the key that the administrator made for this application."}, true
	case enroll.ProblemLimit:
		return words{http.StatusTooManyRequests, "Too many requests", "Wait as long as Retry-After says."}, true
	case enroll.ProblemMalformed:
		return words{http.StatusUnprocessableEntity, "The request could not be read", "Look at errors for the place, and at /api/openapi.json for what belongs there."}, true
	case enroll.ProblemTryAgain:
		return words{http.StatusServiceUnavailable, "The server could not answer now", "Send the same request again after the time that Retry-After says."}, true
	case enroll.ProblemNotFound:
		return words{http.StatusNotFound, "There is nothing at this path", "The paths are in /api/openapi.json."}, true
	case enroll.ProblemMethod:
		return words{http.StatusMethodNotAllowed, "This path does not take this method", "The header Allow names the methods that it takes."}, true
	case enroll.ProblemInternal:
		return words{http.StatusInternalServerError, "A fault of the server", "Give the reference to the administrator; it finds the event in the server's log."}, true
	}
	return words{}, false
}

func kindOf(reason identity.Reason) string {
	switch reason {
	case identity.ReasonMismatch:
		return enroll.ProblemMismatch
	case identity.ReasonExpired:
		return enroll.ProblemExpired
	case identity.ReasonUsed:
		return enroll.ProblemUsed
	case identity.ReasonReplaced:
		return enroll.ProblemReplaced
	case identity.ReasonVoid:
		return enroll.ProblemVoid
	case identity.ReasonNotYet:
		return enroll.ProblemNotYet
	case identity.ReasonEnded:
		return enroll.ProblemEnded
	case identity.ReasonCheck:
		return enroll.ProblemCheck
	case identity.ReasonTerms:
		return enroll.ProblemTerms
	case identity.ReasonIdempotency:
		return enroll.ProblemIdempotency
	case identity.ReasonConfirmed:
		return enroll.ProblemConfirmed
	case identity.ReasonLinkGone:
		return enroll.ProblemLinkGone
	case identity.ReasonWrongCode:
		return enroll.ProblemWrongCode
	}
	return enroll.ProblemInternal
}

// tellsTries says with which problems the tries left go out.
func tellsTries(kind string) bool {
	return kind == enroll.ProblemMismatch || kind == enroll.ProblemWrongCode
}
