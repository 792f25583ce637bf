package migrate

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"

	"sleutelbos/enroll"
)

// keys gives the keys of an entry, in whichever of the ways that came about over
// the years: an address (KeePassXC), a query (KeeOtp), fields of their own
// (KeePass since 2.47), a seed with settings (Tray TOTP and early KeePassXC).
func (e *kdbxEntry) keys() []*draft {
	var all []*draft
	otp, seed := strings.TrimSpace(e.texts["otp"]), e.texts["TOTP Seed"]
	switch {
	case strings.Contains(otp, "://"):
		all = append(all, kdbxAddress(otp))
	case strings.Contains(otp, "="):
		all = append(all, kdbxQuery(otp))
	case otp != "":
		d := newDraft([]byte(otp))
		d.secret(otp)
		all = append(all, d)
	}
	if d := e.fields("TimeOtp-"); d != nil && len(all) == 0 {
		d.length(e.texts["TimeOtp-Length"], d.digits)
		d.length(e.texts["TimeOtp-Period"], d.period)
		d.algorithm(strings.Replace(strings.TrimPrefix(strings.ToUpper(e.texts["TimeOtp-Algorithm"]), "HMAC-"), "SHA-", "SHA", 1))
		all = append(all, d)
	}
	if strings.TrimSpace(seed) != "" && len(all) == 0 {
		all = append(all, kdbxSeed(seed, e.texts["TOTP Settings"]))
	}
	if d := e.fields("HmacOtp-"); d != nil {
		d.Key.Kind = enroll.HOTP
		if counter := strings.TrimSpace(e.texts["HmacOtp-Counter"]); counter != "" {
			n, err := strconv.ParseInt(counter, 10, 64)
			if err != nil {
				n = -1
			}
			d.counter(n)
		}
		all = append(all, d)
	}
	return all
}

// length takes a number that stands in a field; one that is none spoils the key.
func (d *draft) length(text string, take func(int64)) {
	if text = strings.TrimSpace(text); text == "" {
		return
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 {
		n = -1
	}
	take(n)
}

// kdbxAddress is an address, whose encoder KeePassXC names where it is Steam's.
func kdbxAddress(otp string) *draft {
	d := newDraft([]byte(otp))
	if u, err := url.Parse(otp); err == nil && u.Scheme == "otpauth" && strings.EqualFold(u.Query().Get("encoder"), "steam") {
		d.Key.Kind = enroll.Steam
		d.secret(u.Query().Get("secret"))
		return d
	}
	d.addressOrSecret(otp)
	return d
}

// kdbxQuery is KeeOtp's: key=…&step=…&size=….
func kdbxQuery(otp string) *draft {
	d := newDraft([]byte(otp))
	q, err := url.ParseQuery(otp)
	if err != nil {
		d.because("import.kept.address")
		return d
	}
	d.kind(q.Get("type"))
	d.secret(q.Get("key"))
	d.algorithm(q.Get("otpHashMode"))
	d.length(q.Get("size"), d.digits)
	d.length(q.Get("step"), d.period)
	if n, err := strconv.ParseInt(q.Get("counter"), 10, 64); err == nil {
		d.counter(n)
	}
	return d
}

// kdbxSeed is Tray TOTP's: "30;6", where S stands for Steam.
func kdbxSeed(seed, settings string) *draft {
	d := newDraft([]byte(seed + "\n" + settings))
	d.secret(seed)
	parts := strings.Split(settings, ";")
	d.length(parts[0], d.period)
	if len(parts) < 2 {
		return d
	}
	if strings.EqualFold(strings.TrimSpace(parts[1]), "S") {
		d.Key.Kind = enroll.Steam
		return d
	}
	d.length(parts[1], d.digits)
	return d
}

// fields gives the key whose fields begin so; the last part of a name says how
// it is written.
func (e *kdbxEntry) fields(prefix string) *draft {
	for _, form := range []string{"", "-Hex", "-Base32", "-Base64"} {
		text, there := e.texts[prefix+"Secret"+form]
		if !there || strings.TrimSpace(text) == "" {
			continue
		}
		d := newDraft([]byte(prefix + "Secret" + form + "\n" + text))
		var err error
		switch form {
		case "":
			d.Key.Secret = enroll.Secret(text)
		case "-Hex":
			var raw []byte
			raw, err = hex.DecodeString(strings.Join(strings.Fields(text), ""))
			d.Key.Secret = raw
		case "-Base32":
			d.secret(text)
		default:
			var raw []byte
			raw, err = base64.StdEncoding.DecodeString(strings.TrimSpace(text))
			d.Key.Secret = raw
		}
		if err != nil {
			d.because("import.kept.secret")
		}
		return d
	}
	return nil
}
