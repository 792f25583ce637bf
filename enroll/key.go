package enroll

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// Kind is how the moving factor of a key moves.
type Kind string

// The kinds of key. Steam is Valve's: time-based, SHA-1, five letters.
const (
	TOTP  Kind = "totp"
	HOTP  Kind = "hotp"
	Steam Kind = "steam"
)

// Algorithm is the hash under the HMAC.
type Algorithm string

// The algorithms of RFC 6238 §1.2.
const (
	SHA1   Algorithm = "SHA1"
	SHA256 Algorithm = "SHA256"
	SHA512 Algorithm = "SHA512"
)

// Bounds of what a key may ask for.
const (
	MinDigits = 6
	MaxDigits = 8
	// SteamDigits is the length of a Steam code, in letters.
	SteamDigits = 5
	// DefaultPeriod is the time step of RFC 6238 §4.1 in seconds.
	DefaultPeriod = 30
	// MaxPeriod bounds a time step, in seconds: a day.
	MaxPeriod = 24 * 60 * 60
	maxSecret = 1024
	maxLabel  = 512
)

// Key is one OATH credential: the secret and how codes are made from it.
type Key struct {
	Kind      Kind
	Issuer    string // who asks for the code
	Account   string // whose code it is
	Secret    Secret
	Algorithm Algorithm
	Digits    int    // 6 to 8; 5 for Steam
	Period    int    // length of a time step in seconds; 0 for HOTP
	Counter   uint64 // next counter; HOTP only
}

// Errors of [Key.Validate].
var (
	ErrKind      = errors.New("the kind of key is unknown; totp, hotp and steam are known")
	ErrAlgorithm = errors.New("the algorithm is unknown; SHA1, SHA256 and SHA512 are known")
	ErrDigits    = fmt.Errorf("a code has %d to %d digits", MinDigits, MaxDigits)
	ErrPeriod    = fmt.Errorf("a code lives 1 to %d seconds", MaxPeriod)
	ErrTooLong   = errors.New("the key, the issuer or the account is too long")
)

// Validate tells whether codes can be made from the key.
func (k Key) Validate() error {
	switch {
	case len(k.Secret) == 0:
		return ErrNoSecret
	case len(k.Secret) > maxSecret || len(k.Issuer) > maxLabel || len(k.Account) > maxLabel:
		return ErrTooLong
	}
	switch k.Algorithm {
	case SHA1, SHA256, SHA512:
	default:
		return ErrAlgorithm
	}
	switch k.Kind {
	case TOTP, HOTP:
		if k.Digits < MinDigits || k.Digits > MaxDigits {
			return ErrDigits
		}
	case Steam:
		if k.Digits != SteamDigits {
			return ErrDigits
		}
	default:
		return ErrKind
	}
	if k.Kind != HOTP && (k.Period < 1 || k.Period > MaxPeriod) {
		return ErrPeriod
	}
	return nil
}

// Step is the time step that now falls in (RFC 6238 §4.2): whole periods since
// the Unix epoch. A moment before 1970 is step 0, and so is every moment of a
// counter-based key.
func (k Key) Step(now time.Time) uint64 {
	if k.Kind == HOTP || k.Period < 1 || now.Unix() < 0 {
		return 0
	}
	return uint64(now.Unix()) / uint64(k.Period)
}

// StepTime is the moment at which a time step begins.
func (k Key) StepTime(step uint64) time.Time {
	return time.Unix(int64(step)*int64(k.Period), 0)
}

// CodeAt makes the code of one time step or counter.
func (k Key) CodeAt(step uint64) (string, error) {
	if err := k.Validate(); err != nil {
		return "", err
	}
	// pquerna takes secrets as base32 text only, so the bytes go round once.
	options := hotp.ValidateOpts{Digits: otp.Digits(k.Digits), Algorithm: k.hash()}
	if k.Kind == Steam {
		options.Encoder = otp.EncoderSteam
	}
	code, err := hotp.GenerateCodeCustom(k.Secret.Base32(), step, options)
	if err != nil {
		return "", fmt.Errorf("make a code: %w", err)
	}
	return code, nil
}

// Code is one code and the time it may be shown for.
type Code struct {
	Text    string
	Step    uint64    // time step, or counter of a counter-based key
	From    time.Time // zero for a counter-based key
	Until   time.Time // zero for a counter-based key
	Counter bool      // made from a counter
}

// CodeNow makes the code for this moment. A counter-based key gives the code of
// its Counter; whoever shows it saves the next counter first.
func (k Key) CodeNow(now time.Time) (Code, error) {
	step := k.Step(now)
	if k.Kind == HOTP {
		step = k.Counter
	}
	text, err := k.CodeAt(step)
	if err != nil {
		return Code{}, err
	}
	code := Code{Text: text, Step: step, Counter: k.Kind == HOTP}
	if !code.Counter {
		code.From, code.Until = k.StepTime(step), k.StepTime(step+1)
	}
	return code, nil
}

func (k Key) hash() otp.Algorithm {
	switch k.Algorithm {
	case SHA256:
		return otp.AlgorithmSHA256
	case SHA512:
		return otp.AlgorithmSHA512
	default:
		return otp.AlgorithmSHA1
	}
}

// Fingerprint tells two keys apart without showing either: equal for equal
// secret, kind, algorithm, digits and period, whatever their names. It is for
// comparing in memory and is itself as secret as the key.
func (k Key) Fingerprint() string {
	parameters := make([]byte, 0, len(k.Secret)+len(k.Kind)+len(k.Algorithm)+12)
	parameters = append(parameters, k.Secret...)
	parameters = append(parameters, 0)
	parameters = append(parameters, k.Kind...)
	parameters = append(parameters, k.Algorithm...)
	parameters = binary.BigEndian.AppendUint32(parameters, uint32(k.Digits))
	parameters = binary.BigEndian.AppendUint64(parameters, uint64(k.Period))
	return string(parameters)
}
