package scan

import "testing"

func TestKindOf(t *testing.T) {
	for text, want := range map[string]Kind{
		address:                                KindKey,
		"OTPAUTH://hotp/a":                     KindKey,
		"otpauth://steam/a?b=c":                KindSteam,
		"steam://JBSWY3DP":                     KindSteam,
		short:                                  KindLink,
		"https://www.example.org":              KindWeb,
		"https://":                             KindText,
		"otpauth-migration://offline?data=AAA": KindMigration,
		"phonefactor://activate_account?code=1&url=u":    KindMicrosoft,
		"https://m-a1b2.duosecurity.com/iphone/activate": KindDuo,
		"duo://abcd-ef":                          KindDuo,
		"FIDO:/1234":                             KindPasskey,
		"WIFI:S:gasten;;":                        KindWiFi,
		"MECARD:N:Vries;;":                       KindContact,
		"BEGIN:VCARD\r\nVERSION:3.0":             KindContact,
		"BEGIN:VCARD\nVERSION:3.0":               KindContact,
		"BEGIN:VCALENDAR\n":                      KindEvent,
		"begin:vevent\r\nSUMMARY:x":              KindEvent,
		"BCD\n002\n1\nSCT\n\nDe Linde\nNL91":     KindPayment,
		"SPC\r\n0200\r\n1":                       KindPayment,
		"bitcoin:175tWpb8K1S7NmH4Zx6rewF9WQrcZv": KindPayment,
		"https://tikkie.me/pay/abc":              KindPayment,
		"BCD":                                    KindPayment,
		"BCDE":                                   KindText,
		"tel:+31101234567":                       KindContact,
		"irma://x":                               KindOtherApp,
		"Let op: morgen dicht":                   KindText,
		"JBSW Y3DP EHPK 3PXP":                    KindText,
		"":                                       KindText,
		":":                                      KindText,
		"digid-app-auth://digid-app?data=1&x=":   KindDigiD,
	} {
		if got := KindOf(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
