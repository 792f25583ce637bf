package enroll

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// ErrNotAnAddress says that a text is no otpauth address.
var ErrNotAnAddress = errors.New("this is not the address of a key; it begins with otpauth://totp/ or otpauth://hotp/")

// AddressError names the part of an otpauth address that cannot be read, never
// the key in it.
type AddressError struct {
	Part  string // "secret", "digits", "period", "counter", "algorithm", "type", "label"
	Cause error
}

func (e *AddressError) Error() string { return "the " + e.Part + " of the address: " + e.Cause.Error() }

// Unwrap gives the cause.
func (e *AddressError) Unwrap() error { return e.Cause }

// ErrNumber says that a number in an address is none, or out of bounds.
var ErrNumber = errors.New("it is not a number that makes sense")

const maxAddress = 8 << 10

// ParseAddress reads an otpauth address as Google's key-address format
// describes it, tolerantly: the issuer may be missing or stand in the label
// only, "+" and percent-coding both mean a blank, the key may be in lower case
// with blanks and without padding, and parameter names may be in any case.
// Unknown parameters are passed over.
func ParseAddress(text string) (Key, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxAddress {
		return Key{}, ErrTooLong
	}
	u, err := url.Parse(text)
	if err != nil || !strings.EqualFold(u.Scheme, "otpauth") {
		// url.Parse's error quotes the address with its key, so it is dropped.
		return Key{}, ErrNotAnAddress
	}
	key := Key{Algorithm: SHA1, Digits: MinDigits, Period: DefaultPeriod}
	switch strings.ToLower(u.Host) {
	case "totp":
		key.Kind = TOTP
	case "hotp":
		key.Kind, key.Period = HOTP, 0
	case "steam":
		key.Kind, key.Digits = Steam, SteamDigits
	default:
		return Key{}, &AddressError{"type", ErrKind}
	}
	label := strings.TrimPrefix(u.EscapedPath(), "/")
	if key.Issuer, key.Account, err = readLabel(label); err != nil {
		return Key{}, err
	}
	if err := key.readParameters(u.RawQuery); err != nil {
		return Key{}, err
	}
	return key, key.Validate()
}

// readLabel parts "issuer:account". A plain colon parts first, then a
// percent-coded one; blanks may follow either. A "+" is a blank, but in a mail
// address it is what the person has.
func readLabel(escaped string) (issuer, account string, err error) {
	issuer, account, parted := strings.Cut(escaped, ":")
	if !parted {
		issuer, account = "", escaped
	}
	if issuer, err = unescapeLabel(issuer); err != nil {
		return "", "", err
	}
	if account, err = unescapeLabel(account); err != nil {
		return "", "", err
	}
	if before, after, ok := strings.Cut(account, ":"); ok && !parted {
		issuer, account = strings.TrimSpace(before), strings.TrimSpace(after)
	}
	return issuer, account, nil
}

func unescapeLabel(escaped string) (string, error) {
	if strings.Contains(escaped, "@") || strings.Contains(strings.ToLower(escaped), "%40") {
		escaped = strings.ReplaceAll(escaped, "+", "%2B")
	}
	label, err := url.QueryUnescape(escaped)
	if err != nil {
		return "", &AddressError{"label", ErrNotAnAddress}
	}
	return strings.TrimSpace(strings.ToValidUTF8(label, "\uFFFD")), nil
}

func (k *Key) readParameters(query string) error {
	values, err := url.ParseQuery(query)
	if err != nil && len(values) == 0 {
		return ErrNotAnAddress
	}
	for name, all := range values {
		value := strings.TrimSpace(all[0])
		switch strings.ToLower(name) {
		case "secret":
			// A blank in the query may have been a "+"; ParseSecret drops both.
			if k.Secret, err = ParseSecret(value); err != nil {
				return &AddressError{"secret", err}
			}
		case "issuer":
			if value != "" {
				k.Issuer = strings.ToValidUTF8(value, "\uFFFD")
			}
		case "algorithm":
			if value == "" {
				continue
			}
			if k.Algorithm, err = ParseAlgorithm(value); err != nil {
				return &AddressError{"algorithm", err}
			}
		case "digits":
			if err := readInt(value, &k.Digits); err != nil {
				return &AddressError{"digits", err}
			}
		case "period":
			if k.Kind != HOTP {
				if err := readInt(value, &k.Period); err != nil {
					return &AddressError{"period", err}
				}
			}
		case "counter":
			if k.Kind == HOTP && value != "" {
				if k.Counter, err = strconv.ParseUint(value, 10, 63); err != nil {
					return &AddressError{"counter", ErrNumber}
				}
			}
		case "encoder":
			if strings.EqualFold(value, "steam") && k.Kind == TOTP {
				k.Kind, k.Digits = Steam, SteamDigits
			}
		}
	}
	if k.Kind == Steam {
		k.Digits = SteamDigits
	}
	return nil
}

func readInt(value string, into *int) error {
	if value == "" {
		return nil
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		return ErrNumber
	}
	*into = n
	return nil
}

// ParseAlgorithm reads the name of a hash as the field spells it: SHA1, SHA-1,
// HmacSHA256, sha512.
func ParseAlgorithm(name string) (Algorithm, error) {
	name = strings.ToUpper(strings.NewReplacer("-", "", "_", "", " ", "").Replace(name))
	switch strings.TrimPrefix(name, "HMAC") {
	case "SHA1", "SHA":
		return SHA1, nil
	case "SHA256":
		return SHA256, nil
	case "SHA512":
		return SHA512, nil
	}
	return "", ErrAlgorithm
}

// Address writes the key as an otpauth address, strictly: every parameter
// present, blanks as %20, the key without padding. It reveals the secret.
func (k Key) Address() string {
	label := escapeLabel(k.Account)
	if k.Issuer != "" {
		label = escapeLabel(k.Issuer) + ":" + label
	}
	host := string(k.Kind)
	query := "secret=" + k.Secret.Base32()
	if k.Issuer != "" {
		query += "&issuer=" + strings.ReplaceAll(url.QueryEscape(k.Issuer), "+", "%20")
	}
	query += fmt.Sprintf("&algorithm=%s&digits=%d", k.Algorithm, k.Digits)
	switch k.Kind {
	case HOTP:
		query += fmt.Sprintf("&counter=%d", k.Counter)
	default:
		query += fmt.Sprintf("&period=%d", k.Period)
	}
	if k.Kind == Steam {
		// The spelling that other programs read: a time-based key with an encoder.
		host, query = string(TOTP), query+"&encoder=steam"
	}
	return "otpauth://" + host + "/" + label + "?" + query
}

// escapeLabel codes a colon too, since the first plain one parts the label, and
// "+", since readers disagree on what it means.
func escapeLabel(s string) string {
	return strings.NewReplacer(":", "%3A", "+", "%2B").Replace(url.PathEscape(s))
}
