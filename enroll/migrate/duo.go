package migrate

import "sleutelbos/enroll"

// duo is the list that Duo Mobile keeps on Android (duokit/accounts.json).
// Accounts that are approved on the phone hold no key.
func duo() format {
	return format{
		name:   "duo",
		text:   "import.format.duo",
		detect: func(s *sample) likeness { return when(s.firstHas("otpGenerator") || s.firstHas("accountType", "pkey")) },
		read:   readDuo,
	}
}

type duoAccount struct {
	Name, Pkey   string
	OTPGenerator *struct {
		OTPSecret string
		Counter   *number
	}
}

func readDuo(j *job) error {
	if err := checkJSON(j.content, j.limits); err != nil {
		return err
	}
	return eachEntry(j, trimText(j.content), func(a duoAccount, d *draft) error {
		d.Key.Account, d.Origin = a.Name, a.Pkey
		if a.OTPGenerator == nil {
			d.because("import.kept.push")
			return j.add(d)
		}
		d.secret(a.OTPGenerator.OTPSecret)
		if n := a.OTPGenerator.Counter; n != nil {
			d.Key.Kind = enroll.HOTP
			d.counter(int64(*n))
		}
		return j.add(d)
	})
}
