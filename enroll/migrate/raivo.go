package migrate

// raivo is what Raivo OTP exports: a zip archive that is encrypted with the
// app's password, with a JSON list in it, or that list itself. Its numbers are
// texts.
func raivo() format {
	return format{
		name: "raivo",
		text: "import.format.raivo",
		detect: func(s *sample) likeness {
			return when(s.holds(raivoFile) || s.firstHas("secret", "issuer", "account", "kind", "timer"))
		},
		read: readRaivo,
	}
}

const raivoFile = "raivo-otp-export.json"

type raivoEntry struct {
	Issuer, Account, Secret, Algorithm, Kind string
	Digits, Timer, Counter                   number
	Pinned, IconValue                        string
}

func readRaivo(j *job) error {
	text := trimText(j.content)
	if string(text[:min(len(text), len(zipMagic))]) == zipMagic {
		var err error
		if text, err = j.fromZip(raivoFile, "import.password.raivo"); err != nil {
			return err
		}
	}
	if err := checkJSON(text, j.limits); err != nil {
		return err
	}
	return eachEntry(j, text, func(e raivoEntry, d *draft) error {
		d.Key.Issuer, d.Key.Account, d.Icon = e.Issuer, e.Account, e.IconValue
		d.Favourite = e.Pinned == "true" || e.Pinned == "1"
		d.kind(e.Kind)
		d.secret(e.Secret)
		d.algorithm(e.Algorithm)
		d.digits(int64(e.Digits))
		d.period(int64(e.Timer))
		d.counter(int64(e.Counter))
		return j.add(d)
	})
}
