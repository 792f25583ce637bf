package migrate

import (
	"cmp"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"

	"sleutelbos/enroll"
)

// authplus is what Authenticator Plus exports: an archive with a list of
// addresses, encrypted with a password, or its database, which SQLCipher
// encrypts. Of a database nothing can be known before it is open.
func authplus() format {
	return format{
		name: "authenticator-plus",
		text: "import.format.authenticator-plus",
		detect: func(s *sample) likeness {
			switch {
			case s.holds("Accounts.txt"):
				return certain
			case !s.noise() || !sqlciphers()[0].fits(s.content):
				return no
			case strings.HasSuffix(s.name, ".db"):
				return likely
			}
			return perhaps
		},
		read: readAuthplus,
	}
}

// Kinds of key in the database.
const (
	authplusTOTP = iota
	authplusHOTP
	authplusBlizzard
)

func readAuthplus(j *job) error {
	const ask = "import.password.authenticator-plus"
	if strings.HasPrefix(string(j.content[:min(len(j.content), len(zipMagic))]), zipMagic) {
		text, err := j.fromZip("Accounts.txt", ask)
		if err != nil {
			return err
		}
		return j.within(text, readLines)
	}
	if !sqlciphers()[0].fits(j.content) {
		return damaged("its length")
	}
	passphrase, err := j.passphrase(ask)
	if err != nil {
		return err
	}
	content, err := openSQLCipher(j, passphrase, j.content)
	if err != nil {
		return err
	}
	j.proved = true
	return readAuthplusRows(j, content)
}

func readAuthplusRows(j *job, content []byte) error {
	const query = `SELECT type, counter, substr(issuer, 1, 4096), substr(email, 1, 4096), substr(original_name, 1, 4096),
		substr(category, 1, 4096), substr(secret, 1, 4096) FROM accounts ORDER BY rowid`
	return j.query(content, "accounts", query, func(rows *sql.Rows) error {
		var kind, counter sql.NullInt64
		var issuer, account, original, category, secret sql.NullString
		if rows.Scan(&kind, &counter, &issuer, &account, &original, &category, &secret) != nil {
			return j.broken()
		}
		d := newDraft(fmt.Appendf(nil, "%d\n%d\n%s\n%s\n%s\n%s", kind.Int64, counter.Int64, issuer.String, account.String, original.String, secret.String))
		before, _, found := strings.Cut(original.String, ":")
		if !found {
			before = ""
		}
		d.Key.Issuer, d.Key.Account = cmp.Or(strings.TrimSpace(issuer.String), before), account.String
		if category.String != "All Accounts" {
			d.group(category.String)
		}
		switch kind.Int64 {
		case authplusTOTP:
			d.secret(secret.String)
		case authplusHOTP:
			d.Key.Kind = enroll.HOTP
			d.secret(secret.String)
			d.counter(counter.Int64)
		case authplusBlizzard:
			const digits = 8
			d.issued("Battle.net")
			d.digits(digits)
			raw, err := hex.DecodeString(strings.TrimSpace(secret.String))
			if err != nil {
				d.because("import.kept.secret")
			}
			d.Key.Secret = raw
		default:
			d.strange(fmt.Sprint(kind.Int64))
		}
		return j.add(d)
	})
}
