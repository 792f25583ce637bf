package seedfile

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"sleutelbos/enroll"
)

// Bounds of a file.
const (
	// MaxFile is how long a file may be, in bytes.
	MaxFile = 32 << 20
	// MaxTokens is how many tokens one may hold.
	MaxTokens = 100_000
	maxField  = 4096
)

// Token is one token of a file.
type Token struct {
	Serial, Maker, Model string
	User                 string // for whom the maker says it is; may be anything
	Key                  enroll.Key
	Drift                int    // of its clock, in time steps
	Used                 uint64 // last time step that was used; 0: not told
	Problem              string // why it cannot be used; empty when it can
}

// File is what a file holds.
type File struct {
	Tokens  []Token
	Signed  bool // it has a signature
	Vouched bool // which is right, by [Options.Trust]; else it was not checked
}

// Options is what a file does not say.
type Options struct {
	Key        []byte // content of a key file, see [ParseKey]; nil: none
	Passphrase string
	// Trust is the certificate (PEM) that must have signed the file; nil: a
	// signature is not checked. Now is the time at which it must be valid.
	Trust []byte
	Now   time.Time
	// For the tokens of a table that do not say it themselves; the zero value
	// does not either.
	Kind   enroll.Kind
	Digits int
	Period int
}

// Errors of a whole file.
var (
	ErrTooLong    = fmt.Errorf("the file is longer than %d MB; import it in parts", MaxFile>>20)
	ErrTooMany    = fmt.Errorf("the file has more than %d tokens; import it in parts", MaxTokens)
	ErrEmpty      = errors.New("the file holds no tokens")
	ErrNeedsKey   = errors.New("the keys in this file are encrypted; give the key that the maker sent, by --key-file, or the passphrase, by --passphrase-file")
	ErrNeedsPass  = errors.New("the keys in this file are encrypted by a passphrase; give it by --passphrase-file")
	ErrWrongKey   = errors.New("the key or passphrase is not the one that this file was encrypted with, or the file was changed; nothing was read")
	ErrKeyFile    = errors.New("this is no key: a key file holds 16, 24 or 32 bytes, as hexadecimal digits, as base64 or as they are, or a private RSA key (PEM)")
	ErrNotText    = errors.New("this is no text, so neither a PSKC file nor a table; save a table as CSV (UTF-8)")
	ErrNotPSKC    = errors.New("this is not a PSKC file (RFC 6030)")
	ErrDTD        = errors.New("the file defines names of its own (DTD); such files are not read")
	ErrDeep       = errors.New("the file is nested too deeply")
	ErrDerivation = errors.New("the passphrase of this file would take too long to try, or is used in a way that is not known here")
)

// Read reads a file of either form, which it tells by the beginning.
func Read(content []byte, o Options) (File, error) {
	if IsXML(content) {
		return ReadPSKC(content, o)
	}
	return ReadTable(content, o)
}

// IsXML tells whether a file begins like XML.
func IsXML(content []byte) bool {
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(content, []byte("\ufeff")), " \t\r\n")
	return bytes.HasPrefix(trimmed, []byte("<"))
}
