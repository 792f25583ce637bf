package migrate

import (
	"cmp"
	"encoding/json"
)

// lastpass is the JSON that LastPass Authenticator exports.
func lastpass() format {
	return format{
		name: "lastpass",
		text: "import.format.lastpass",
		detect: func(s *sample) likeness {
			return when(s.has("accounts", "folders") && (s.has("deviceId") || s.has("localDeviceId") || s.has("version")))
		},
		read: readLastpass,
	}
}

type lastpassAccount struct {
	AccountID                      string
	IssuerName, OriginalIssuerName string
	UserName, OriginalUserName     string
	Secret, Algorithm              string
	PushNotification, IsFavorite   bool
	TimeStep, Digits               number
	FolderData                     struct{ FolderID number }
}

func readLastpass(j *job) error {
	var file struct{ Accounts, Folders json.RawMessage }
	if err := j.unmarshal(j.content, &file); err != nil {
		return err
	}
	folders := map[number]string{}
	err := j.each(file.Folders, func(raw json.RawMessage) error {
		var f struct {
			ID   number
			Name string
		}
		if json.Unmarshal(raw, &f) == nil {
			folders[f.ID] = f.Name
		}
		return nil
	})
	if err != nil {
		return err
	}
	return eachEntry(j, file.Accounts, func(a lastpassAccount, d *draft) error {
		d.Key.Issuer = cmp.Or(a.IssuerName, a.OriginalIssuerName)
		d.Key.Account = cmp.Or(a.UserName, a.OriginalUserName)
		d.Origin, d.Favourite = a.AccountID, a.IsFavorite
		d.group(folders[a.FolderData.FolderID])
		if a.PushNotification && a.Secret == "" {
			d.because("import.kept.push")
		}
		d.secret(a.Secret)
		d.algorithm(a.Algorithm)
		d.digits(int64(a.Digits))
		d.period(int64(a.TimeStep))
		return j.add(d)
	})
}
