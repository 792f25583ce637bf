package migrate

import (
	"bytes"
	"database/sql"
	"fmt"
)

// microsoft is the database of Microsoft Authenticator on Android (PhoneFactor).
// Keys of other services and of personal accounts make codes; a work account is
// approved on the phone.
func microsoft() format {
	return format{
		name: "microsoft",
		text: "import.format.microsoft",
		detect: func(s *sample) likeness {
			return when(s.begins(sqliteMagic) && bytes.Contains(s.content[:min(len(s.content), 1<<20)], []byte("oath_secret_key")))
		},
		read: readMicrosoft,
	}
}

// Kinds of account.
const (
	microsoftOther    = 0
	microsoftPersonal = 1
)

func readMicrosoft(j *job) error {
	const query = `SELECT account_type, substr(name, 1, 4096), substr(username, 1, 4096), substr(oath_secret_key, 1, 4096)
		FROM accounts ORDER BY _id`
	return j.query(j.content, "accounts", query, func(rows *sql.Rows) error {
		var kind sql.NullInt64
		var name, account, secret sql.NullString
		if rows.Scan(&kind, &name, &account, &secret) != nil {
			return j.broken()
		}
		d := newDraft(fmt.Appendf(nil, "%d\n%s\n%s\n%s", kind.Int64, name.String, account.String, secret.String))
		d.Key.Issuer, d.Key.Account = name.String, account.String
		switch kind.Int64 {
		case microsoftOther:
			d.secret(secret.String)
		case microsoftPersonal:
			const digits = 8
			d.digits(digits)
			raw, err := readBase64(secret.String)
			if err != nil {
				d.because("import.kept.secret")
			}
			d.Key.Secret = raw
		default:
			d.because("import.kept.push")
		}
		return j.add(d)
	})
}
