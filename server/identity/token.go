package identity

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// Rules of hardware tokens.
const (
	maxSerial    = 64
	maxMaker     = 64
	minSeed      = 16 // bytes (RFC 4226 §4, R6)
	maxSeed      = 64
	minPeriod    = 15 // seconds
	maxPeriod    = 120
	maxCounter   = 1 << 53
	maxImport    = 50_000 // tokens at once: verifying waits for them
	linksAtMost  = 3      // of one person
	maxDueReason = 256
)

// Errors about hardware tokens.
var (
	ErrUnknownToken = errors.New("no token has this serial number; list the tokens to find it")
	ErrTokenBlocked = errors.New("this token is blocked; unblock it first, or take another")
	ErrTokenIssued  = errors.New("somebody has this token; take it back first, with: token return SERIAL")
	ErrTokenInStock = errors.New("nobody has this token")
	ErrNotBlocked   = errors.New("this token is not blocked")
	ErrTooManyLinks = fmt.Errorf("this person has %d authenticators already; end one first", linksAtMost)
	ErrTooManySeeds = fmt.Errorf("these are more than %d tokens; import them in parts", maxImport)
)

// TokenState is where a hardware token is.
type TokenState string

// The states of a hardware token. One that is blocked and still with somebody
// is due as well; see [HardwareToken.Due].
const (
	TokenInStock  TokenState = "in-stock"
	TokenIssued   TokenState = "issued"
	TokenDue      TokenState = "due"
	TokenReturned TokenState = "returned" // may be issued again
	TokenBlocked  TokenState = "blocked"
)

// HardwareToken is a hardware token in the inventory. Its key is not told.
type HardwareToken struct {
	ID, Serial, Maker, Model string
	Kind                     enroll.Kind
	Algorithm                enroll.Algorithm
	Digits, Period           int
	State                    TokenState
	User, Name               string // who has it, or is to bring it back; User is empty when they are gone
	Imported, Issued, Due    time.Time
	DueReason                string // one of DueUnassigned, …
	Returned, Blocked        time.Time
	BlockReason              string
	Drift                    time.Duration // how far its clock is off, as was learned
	OutOfStep                time.Time     // since when it waits for [Desk.ResyncToken]; zero when it does not
	Works                    bool          // its codes are accepted
}

// NewToken is a token as its maker's file tells of it.
type NewToken struct {
	Serial, Maker, Model string
	Key                  enroll.Key // Counter is the next one of a counter-based key
	Drift                int        // of the clock, in time steps
	Used                 uint64     // the last time step that was used; 0: not known
}

// serialKey is the one spelling of a serial number.
func serialKey(serial string) string { return strings.ToUpper(strings.TrimSpace(serial)) }

// check says why a token cannot be used; empty when it can.
func (n *NewToken) check() string {
	switch {
	case serialKey(n.Serial) == "":
		return "the serial number is missing"
	case utf8.RuneCountInString(n.Serial) > maxSerial || !isClean(strings.TrimSpace(n.Serial), true):
		return "the serial number is too long or has invisible characters"
	case n.Key.Kind != enroll.TOTP && n.Key.Kind != enroll.HOTP:
		return "its codes are made in a way that is not known here; totp and hotp are"
	case len(n.Key.Secret) < minSeed:
		return fmt.Sprintf("its key is shorter than %d bytes, so it can be guessed", minSeed)
	case len(n.Key.Secret) > maxSeed:
		return fmt.Sprintf("its key is longer than %d bytes", maxSeed)
	case n.Key.Kind == enroll.TOTP && (n.Key.Period < minPeriod || n.Key.Period > maxPeriod):
		return fmt.Sprintf("its codes live other than %d to %d seconds", minPeriod, maxPeriod)
	case n.Key.Counter > maxCounter:
		return "its counter is too high"
	}
	if err := n.Key.Validate(); err != nil {
		return err.Error()
	}
	return ""
}

// parameters are those of the token's key as they are kept: the period of a
// counter-based key counts for nothing, yet is never 0.
func (n *NewToken) parameters() store.Parameters {
	p := store.Parameters{
		Kind: string(n.Key.Kind), Algorithm: string(n.Key.Algorithm), Digits: int64(n.Key.Digits), Period: int64(n.Key.Period),
	}
	if n.Key.Kind == enroll.HOTP {
		p.Period = enroll.DefaultPeriod
	}
	return p
}

func (n *NewToken) steps(now time.Time) store.Steps {
	if n.Key.Kind == enroll.HOTP {
		return store.Steps{LastStep: int64(n.Key.Counter) - 1}
	}
	bound := driftBound(n.parameters())
	s := store.Steps{Drift: 2 * max(-bound, min(bound, int64(n.Drift)))}
	if n.Used <= n.Key.Step(now) { // else the file means something else by it
		s.LastStep = int64(n.Used)
	}
	return s
}

// driftBound is how far a token's clock may be learned to be off, in steps.
func driftBound(p store.Parameters) int64 { return int64(tokenDrift.Seconds()) / p.Period }

// reach is how far a token may be off by the organisation's settings: its clock,
// or its counter.
func (s OrganisationSettings) reach(p store.Parameters) int64 {
	if p.Kind != string(enroll.HOTP) {
		return driftBound(p)
	}
	return int64(s.lookAhead())
}

func (s OrganisationSettings) lookAhead() int {
	if s.LookAhead == 0 {
		return DefaultLookAhead
	}
	return s.LookAhead
}

// HardwareTokens lists the inventory by serial number: what nobody has, and what
// people have whom the actor manages.
func (d *Desk) HardwareTokens(ctx context.Context, by Actor) ([]HardwareToken, error) {
	var all []HardwareToken
	err := d.store.Read(ctx, func(view *store.View) error {
		rows, err := view.Tokens()
		if err != nil {
			return err
		}
		for _, row := range rows {
			switch err := d.mayTouch(view, by, row); {
			case err == nil:
				all = append(all, tokenOf(row))
			case !errors.Is(err, ErrForbidden):
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the tokens: %w", err)
	}
	return all, nil
}

// HardwareToken finds one token by serial number, in any spelling.
func (d *Desk) HardwareToken(ctx context.Context, by Actor, serial string) (HardwareToken, error) {
	var found HardwareToken
	err := d.store.Read(ctx, func(view *store.View) error {
		row, err := tokenBySerial(view, serial)
		if err == nil {
			err = d.mayTouch(view, by, row)
		}
		found = tokenOf(row)
		return err
	})
	return found, err
}

func tokenBySerial(view *store.View, serial string) (store.Token, error) {
	row, err := view.Token(serialKey(serial))
	if errors.Is(err, store.ErrNotFound) {
		return row, ErrUnknownToken
	}
	return row, err
}

func tokenOf(row store.Token) HardwareToken {
	t := HardwareToken{
		ID: row.ID, Serial: row.Serial, Maker: row.Maker, Model: row.Model,
		Kind: enroll.Kind(row.Kind), Algorithm: enroll.Algorithm(row.Algorithm), Digits: int(row.Digits), Period: int(row.Period),
		User: row.HolderUser, Name: row.HolderFull,
		Imported: moment(row.Imported), Issued: moment(row.Issued), Due: moment(row.Due), DueReason: row.DueReason,
		Returned: moment(row.Returned), Blocked: moment(row.Blocked), BlockReason: row.BlockReason,
		OutOfStep: moment(row.Resync), Works: row.Link != "" && row.Resync == 0, State: TokenInStock,
	}
	if row.Kind != string(enroll.HOTP) {
		t.Drift = time.Duration(row.Drift) * time.Duration(row.Period) * time.Second / 2
	}
	if t.User == "" {
		t.Name = row.HolderName
	}
	switch {
	case row.Blocked != 0:
		t.State = TokenBlocked
	case row.Due != 0:
		t.State = TokenDue
	case row.Holder != "":
		t.State = TokenIssued
	case row.Returned != 0:
		t.State = TokenReturned
	}
	return t
}
