package words

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"time"

	"sleutelbos/app/linking"
	"sleutelbos/assets"
	"sleutelbos/enroll"
	"sleutelbos/enroll/migrate"
	"sleutelbos/vault"
)

// Message is an error as a person reads it.
type Message struct {
	What string // what is the matter
	Next string // what to do next; may be empty
}

// String is both sentences.
func (m Message) String() string {
	return strings.TrimSpace(m.What + " " + m.Next)
}

// Explain says what an error means for the person. Server is the address that
// was spoken with, or empty.
func Explain(w assets.Words, err error, server string) Message {
	if m, ok := explainTyped(w, err, server); ok {
		return m
	}
	for _, known := range plain {
		if errors.Is(err, known.err) {
			return Message{w.Say("why." + known.why), w.Say("next." + known.next)}
		}
	}
	return Message{w.Say("why.other", "detail", err.Error()), w.Say("next.other")}
}

func explainTyped(w assets.Words, err error, server string) (Message, bool) {
	var (
		problem     *enroll.Problem
		certificate *enroll.CertificateError
		clock       *linking.ClockError
		char        *enroll.CharError
		secret      *enroll.SecretError
		address     *enroll.AddressError
		duplicate   *vault.DuplicateError
		passphrase  *migrate.PassphraseError
		version     *migrate.VersionError
		shut        *migrate.LockedError
		file        *fs.PathError
	)
	switch {
	case errors.As(err, &problem):
		return explainProblem(w, problem), true
	case errors.As(err, &certificate):
		if certificate.Want != "" {
			return Message{w.Say("why.certificate-other"), w.Say("next.certificate-other")}, true
		}
		return Message{w.Say("why.certificate-unknown"), w.Say("next.certificate-unknown")}, true
	case errors.As(err, &clock):
		return Message{ClockOff(w, clock.Clock), w.Say("next.clock")}, true
	case errors.As(err, &char):
		return Message{w.Say("why.char", "char", string(char.Char)), w.Say("next.check")}, true
	case errors.As(err, &secret):
		return Message{w.Say("why.secret-char", "char", string(secret.Char), "position", secret.Position), w.Say("next.secret-char")}, true
	case errors.As(err, &address) && address.Part != "secret":
		return Message{w.Say("why.address-part", "part", address.Part), w.Say("next.address-part")}, true
	case errors.As(err, &duplicate):
		return Message{w.Say("why.duplicate", "name", Name(w, duplicate.Entry)), w.Say("next.duplicate")}, true
	case errors.As(err, &passphrase):
		return Message{w.Say("why.import-needed", "ask", w.Say(passphrase.Ask.Text)), w.Say("next.import-needed")}, true
	case errors.As(err, &version):
		return Message{w.Say("why.import-version", "version", version.Version, "format", w.Say(version.Format.Text())), w.Say("next.import-version")}, true
	case errors.As(err, &shut):
		return Message{w.Say("why." + shut.Text), w.Say("next." + shut.Text)}, true
	case errors.As(err, &file):
		return explainFile(w, file), true
	case errors.Is(err, enroll.ErrUnreachable):
		return Message{aboutServer(w, "why.unreachable", server), w.Say("next.unreachable")}, true
	case errors.Is(err, enroll.ErrNotOurs):
		return Message{aboutServer(w, "why.not-ours", server), w.Say("next.not-ours")}, true
	}
	return Message{}, false
}

// aboutServer is a sentence with the server's address in it, or the one that
// does without where the address is not known.
func aboutServer(w assets.Words, key, server string) string {
	if server == "" {
		return w.Say(key + "-unnamed")
	}
	return w.Say(key, "server", server)
}

func explainFile(w assets.Words, err *fs.PathError) Message {
	switch {
	case errors.Is(err, fs.ErrNotExist) && err.Op == vault.WriteInto:
		return Message{w.Say("why.folder-missing", "folder", err.Path), w.Say("next.folder")}
	case errors.Is(err, fs.ErrNotExist):
		return Message{w.Say("why.file-missing", "file", err.Path), w.Say("next.file")}
	case errors.Is(err, fs.ErrExist):
		return Message{w.Say("why.file-exists", "file", err.Path), w.Say("next.file-exists")}
	case errors.Is(err, fs.ErrPermission):
		return Message{w.Say("why.file-denied", "file", err.Path), w.Say("next.file-denied")}
	case errors.Is(err, syscall.EISDIR):
		return Message{w.Say("why.file-folder", "file", err.Path), w.Say("next.file")}
	case errors.Is(err, syscall.ENOSPC):
		return Message{w.Say("why.disk-full"), w.Say("next.disk-full")}
	}
	return Message{w.Say("why.file", "detail", err.Path+": "+err.Err.Error()), w.Say("next.file")}
}

// ClockOff says how far this computer's clock is from the server's.
func ClockOff(w assets.Words, clock enroll.Clock) string {
	seconds := int(clock.Offset.Abs().Round(time.Second) / time.Second)
	if clock.Offset > 0 {
		return w.Say("why.clock-ahead", "seconds", seconds)
	}
	return w.Say("why.clock-behind", "seconds", seconds)
}

// problems says which texts belong to a refusal of the server.
var problems = map[string][2]string{
	enroll.ProblemExpired:     {"expired", "new-code"},
	enroll.ProblemUsed:        {"used", "used"},
	enroll.ProblemReplaced:    {"replaced", "replaced"},
	enroll.ProblemVoid:        {"void", "new-code"},
	enroll.ProblemNotYet:      {"not-yet", "not-yet"},
	enroll.ProblemEnded:       {"ended", "ended"},
	enroll.ProblemCheck:       {"check", "check"},
	enroll.ProblemTerms:       {"terms", "terms"},
	enroll.ProblemIdempotency: {"idempotency", "again"},
	enroll.ProblemConfirmed:   {"used", "used"},
	enroll.ProblemLinkGone:    {"link-gone", "link-gone"},
	enroll.ProblemWrongCode:   {"wrong-code", "wrong-code"},
	enroll.ProblemTryAgain:    {"try-again", "try-again"},
}

func explainProblem(w assets.Words, p *enroll.Problem) Message {
	switch p.Type {
	case enroll.ProblemMismatch:
		switch {
		case p.TriesLeft == nil:
			return Message{w.Say("why.mismatch"), w.Say("next.mismatch")}
		case *p.TriesLeft == 0:
			return Message{w.Say("why.mismatch-none"), w.Say("next.new-code")}
		}
		return Message{w.Say("why.mismatch-left", "n", *p.TriesLeft), w.Say("next.mismatch")}
	case enroll.ProblemLimit:
		return Message{w.Say("why.limit", "n", max(p.RetryAfter, 1)), w.Say("next.limit")}
	}
	if keys, ok := problems[p.Type]; ok {
		return Message{w.Say("why." + keys[0]), w.Say("next." + keys[1])}
	}
	m := Message{What: w.Say("why.server-fault"), Next: w.Say("next.other")}
	if p.Reference != "" {
		m.Next = w.Say("next.reference", "reference", p.Reference)
	}
	return m
}

// Name is how an entry is called in a sentence: "Issuer (account)".
func Name(w assets.Words, e vault.Entry) string {
	switch {
	case e.Issuer != "" && e.Account != "":
		return e.Issuer + " (" + e.Account + ")"
	case e.Issuer != "":
		return e.Issuer
	case e.Account != "":
		return e.Account
	}
	return w.Say("codes.no-name")
}

// Grouped parts a code in two halves, as it is read aloud: "123 456".
func Grouped(code string) string {
	if len(code) < 6 {
		return code
	}
	half := (len(code) + 1) / 2
	return code[:half] + " " + code[half:]
}
