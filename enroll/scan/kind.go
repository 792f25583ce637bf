package scan

import (
	"net/url"
	"strings"
)

// Kind says what the text of a code is for.
type Kind string

// What people meet in QR codes.
const (
	KindKey       Kind = "otpauth"           // one key
	KindSteam     Kind = "steam"             // one key of Steam
	KindMigration Kind = "otpauth-migration" // a list from Google Authenticator
	KindLink      Kind = "sleutelbos"        // an organisation's link
	KindMicrosoft Kind = "microsoft"         // for Microsoft's own app
	KindDuo       Kind = "duo"
	KindAuthy     Kind = "authy"
	KindOkta      Kind = "okta"
	KindDigiD     Kind = "digid"
	KindPasskey   Kind = "passkey" // signing in on another device
	KindWiFi      Kind = "wifi"
	KindContact   Kind = "contact"
	KindPayment   Kind = "payment"
	KindEvent     Kind = "event" // something in somebody's calendar
	KindWeb       Kind = "web"
	KindOtherApp  Kind = "app" // some other app's address
	KindText      Kind = "text"
)

// schemes are the addresses that tell by how they begin.
var schemes = map[string]Kind{
	"otpauth": KindKey, "steam": KindSteam, "otpauth-migration": KindMigration, "sleutelbos": KindLink,
	"phonefactor": KindMicrosoft, "msauth": KindMicrosoft, "ms-authenticator": KindMicrosoft, "microsoft-authenticator": KindMicrosoft,
	"duo": KindDuo, "duo-mobile": KindDuo, "authy": KindAuthy, "oktaverify": KindOkta, "com-okta-authenticator": KindOkta,
	"digid-app-auth": KindDigiD, "fido": KindPasskey,
	"wifi": KindWiFi, "mecard": KindContact, "bizcard": KindContact, "mailto": KindContact, "tel": KindContact, "sms": KindContact, "smsto": KindContact,
	"payto": KindPayment, "upi": KindPayment, "bitcoin": KindPayment, "ethereum": KindPayment, "litecoin": KindPayment,
	"http": KindWeb, "https": KindWeb,
}

// firstLines are the first lines of what has several: a card as RFC 6350 has it,
// a date as RFC 5545, a European bank transfer as EPC069-12, and a Swiss bill.
var firstLines = map[string]Kind{
	"begin:vcard": KindContact, "begin:vevent": KindEvent, "begin:vcalendar": KindEvent, "bcd": KindPayment, "spc": KindPayment,
}

// KindOf tells what a text is for by how it begins. It does not promise that
// the text can be read as such.
func KindOf(text string) Kind {
	text = strings.TrimSpace(text)
	first, _, _ := strings.Cut(text, "\n")
	if kind, known := firstLines[strings.ToLower(strings.TrimSpace(first))]; known {
		return kind
	}
	scheme, rest, found := strings.Cut(text, ":")
	if !found || !isScheme(scheme) {
		return KindText
	}
	scheme = strings.ToLower(scheme)
	kind, known := schemes[scheme]
	switch {
	case !known && strings.HasPrefix(rest, "//"):
		return KindOtherApp
	case !known:
		return KindText
	case kind == KindWeb:
		return webKind(text)
	case kind == KindKey && strings.HasPrefix(strings.ToLower(rest), "//steam/"):
		return KindSteam
	}
	return kind
}

// webKind knows the sites whose addresses belong to an app.
func webKind(text string) Kind {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return KindText
	}
	host := strings.ToLower(u.Hostname())
	if strings.HasSuffix(host, ".duosecurity.com") && strings.Contains(u.Path, "/activate") {
		return KindDuo
	}
	if host == "qr.ideal.nl" || host == "tikkie.me" {
		return KindPayment
	}
	return KindWeb
}

// isScheme follows RFC 3986, §3.1.
func isScheme(s string) bool {
	for i, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.')) {
			return false
		}
	}
	return s != ""
}
