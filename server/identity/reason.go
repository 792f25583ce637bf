package identity

// Reason is why something was granted or refused.
type Reason string

// The reasons of a [Verdict].
const (
	ReasonValid    Reason = "valid"
	ReasonDayCode  Reason = "day-code" // right: the code that was issued for this day
	ReasonWrong    Reason = "wrong"
	ReasonLocks    Reason = "wrong-locks"    // wrong, and it locked the person
	ReasonDisables Reason = "wrong-disables" // wrong, and it disabled the person's links
	ReasonReplayed Reason = "replayed"       // its step is used up, or older than one that is; no guess, so not counted
	ReasonLocked   Reason = "locked"
	ReasonDisabled Reason = "disabled" // the person has no link that works
	ReasonUnlinked Reason = "unlinked" // the person has no link
	// ReasonOutOfStep says that the person's link waits to be resynchronised.
	// Nothing was evaluated.
	ReasonOutOfStep Reason = "out-of-step"
	ReasonNotYet    Reason = "not-yet" // the account starts later
	ReasonEnded     Reason = "ended"   // the account has ended
	ReasonUnknown   Reason = "unknown" // nobody has this name
	ReasonNotACode  Reason = "not-a-code"
	ReasonBlank     Reason = "blank" // no name; nobody was touched
)

// The reasons of a [Refusal].
const (
	ReasonMismatch    Reason = "mismatch"    // name and code do not belong together
	ReasonExpired     Reason = "expired"     // right pair, too old
	ReasonUsed        Reason = "used"        // right pair, used for a link
	ReasonReplaced    Reason = "replaced"    // right pair, there is a newer code
	ReasonVoid        Reason = "void"        // right pair, too many wrong tries
	ReasonCheck       Reason = "check"       // no such activation code can exist; not counted
	ReasonTerms       Reason = "terms"       // other versions than the present ones were accepted; not counted
	ReasonIdempotency Reason = "idempotency" // the key came with another body before
	ReasonConfirmed   Reason = "confirmed"   // the link is confirmed already
	ReasonLinkGone    Reason = "link-gone"   // unknown, voided, or too old
	ReasonWrongCode   Reason = "wrong-code"  // does not confirm the link
)
