package words

import (
	"sleutelbos/assets"
	"sleutelbos/enroll/scan"
)

// Scanned says what a QR code is that holds no key to keep.
func Scanned(w assets.Words, text string) string {
	switch scan.KindOf(text) {
	case scan.KindMicrosoft:
		return w.Say("scan.is.microsoft")
	case scan.KindDuo:
		return w.Say("scan.is.duo")
	case scan.KindAuthy:
		return w.Say("scan.is.authy")
	case scan.KindOkta:
		return w.Say("scan.is.okta")
	case scan.KindDigiD:
		return w.Say("scan.is.digid")
	case scan.KindPasskey:
		return w.Say("scan.is.passkey")
	case scan.KindWiFi:
		return w.Say("scan.is.wifi")
	case scan.KindContact:
		return w.Say("scan.is.contact")
	case scan.KindPayment:
		return w.Say("scan.is.payment")
	case scan.KindEvent:
		return w.Say("scan.is.event")
	case scan.KindWeb:
		return w.Say("scan.is.web")
	case scan.KindOtherApp:
		return w.Say("scan.is.app")
	}
	return w.Say("scan.is.text")
}
