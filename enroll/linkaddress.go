package enroll

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// LinkAddress is what the QR code of the letter says: where to link, and as
// whom. It holds nothing secret; the activation code comes another way.
type LinkAddress struct {
	Server      string // public address of the companion server
	User        string // user name; may be empty
	Fingerprint string // "sha256:HEX" of the server's public key, empty where a public authority vouches for it
}

const linkScheme = "sleutelbos"

// Errors of [ParseLinkAddress], [ParseServer] and [ParseFingerprint].
var (
	ErrLinkAddress = errors.New("this is not a link address of Sleutelbos; it begins with sleutelbos://link")
	ErrServer      = errors.New("this is not the address of a server; it looks like https://codes.example.org")
	ErrPlainServer = errors.New("plain http is for this machine only; the address begins with https://")
	ErrFingerprint = errors.New("a fingerprint is sha256: and 64 hexadecimal digits, as the letter shows it")
)

// String writes the address as the QR code holds it.
func (l LinkAddress) String() string {
	query := url.Values{"server": {l.Server}}
	if l.User != "" {
		query.Set("user", l.User)
	}
	if l.Fingerprint != "" {
		query.Set("fp", l.Fingerprint)
	}
	return linkScheme + "://link?" + query.Encode()
}

// ParseLinkAddress reads what [LinkAddress.String] wrote.
func ParseLinkAddress(text string) (LinkAddress, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || !strings.EqualFold(u.Scheme, linkScheme) || !strings.EqualFold(u.Host, "link") {
		return LinkAddress{}, ErrLinkAddress
	}
	query := u.Query()
	server, err := ParseServer(query.Get("server"))
	if err != nil {
		return LinkAddress{}, err
	}
	link := LinkAddress{Server: server, User: strings.TrimSpace(query.Get("user"))}
	if fingerprint := query.Get("fp"); fingerprint != "" {
		if link.Fingerprint, err = ParseFingerprint(fingerprint); err != nil {
			return LinkAddress{}, err
		}
	}
	if len(link.User) > maxLabel {
		return LinkAddress{}, ErrLinkAddress
	}
	return link, nil
}

// ParseServer reads a server's address as a person types it: "https://" may be
// left out, a path and what follows are dropped, and plain http is taken for
// this machine only.
func ParseServer(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > maxLabel || strings.ContainsAny(text, " \t\r\n") {
		return "", ErrServer
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return "", ErrServer
	}
	switch strings.ToLower(u.Scheme) {
	case "https":
	case "http":
		if !isLoopback(u.Hostname()) {
			return "", ErrPlainServer
		}
	default:
		return "", ErrServer
	}
	return strings.ToLower(u.Scheme) + "://" + strings.ToLower(u.Host), nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// ParseFingerprint reads "sha256:HEX" as it stands in a letter: upper or lower
// case, with blanks or colons between the digits.
func ParseFingerprint(text string) (string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	digits, ok := strings.CutPrefix(text, "sha256:")
	if !ok {
		return "", ErrFingerprint
	}
	digits = strings.NewReplacer(":", "", " ", "", "-", "").Replace(digits)
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != 32 {
		return "", ErrFingerprint
	}
	return fmt.Sprintf("sha256:%x", raw), nil
}
