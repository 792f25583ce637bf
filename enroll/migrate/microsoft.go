package migrate

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"

	_ "modernc.org/sqlite" // the driver
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

const sqliteMagic = "SQLite format 3\x00"

// Kinds of account.
const (
	microsoftOther    = 0
	microsoftPersonal = 1
)

func readMicrosoft(j *job) error {
	ctx, cancel := context.WithCancel(j.ctx)
	defer cancel()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	defer func() { _ = db.Close() }() // only read from
	conn, err := db.Conn(ctx)
	if err != nil {
		return j.broken()
	}
	defer func() { _ = conn.Close() }()
	if err := loadSQLite(conn, j.content); err != nil {
		return err
	}
	if err := plainTable(ctx, conn); err != nil {
		return j.broken()
	}
	rows, err := conn.QueryContext(ctx, `SELECT account_type, substr(name, 1, 4096), substr(username, 1, 4096), substr(oath_secret_key, 1, 4096)
		FROM accounts ORDER BY _id`)
	if err != nil {
		return j.broken()
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
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
		if err := j.add(d); err != nil {
			return err
		}
	}
	if rows.Err() != nil {
		return j.broken()
	}
	return nil
}

// broken is the context's error, or else that the database cannot be read.
func (j *job) broken() error {
	if err := j.alive(); err != nil {
		return err
	}
	return damaged("its database")
}

// loadSQLite gives a connection the bytes of a database. A database that is
// written ahead keeps a log beside it, which memory has not.
func loadSQLite(conn *sql.Conn, content []byte) error {
	const head, writes, reads, rollback = 100, 18, 19, 1
	if len(content) < head {
		return damaged("its database")
	}
	content = bytes.Clone(content)
	content[writes], content[reads] = rollback, rollback
	err := conn.Raw(func(driver any) error {
		d, ok := driver.(interface{ Deserialize([]byte) error })
		if !ok {
			return damaged("its database")
		}
		return d.Deserialize(content)
	})
	if err != nil {
		return damaged("its database")
	}
	return nil
}

// plainTable refuses a view or a column that is computed, since a stranger's
// file would decide what is computed.
func plainTable(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, `PRAGMA trusted_schema = OFF`); err != nil {
		return damaged("its database")
	}
	var tables, computed int
	err := conn.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'accounts' AND sql LIKE 'CREATE TABLE%'`).Scan(&tables)
	if err != nil || tables != 1 {
		return damaged("its database")
	}
	err = conn.QueryRowContext(ctx, `SELECT count(*) FROM pragma_table_xinfo('accounts') WHERE hidden <> 0`).Scan(&computed)
	if err != nil || computed != 0 {
		return damaged("its database")
	}
	return nil
}
