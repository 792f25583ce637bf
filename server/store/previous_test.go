package store

import (
	"testing"
)

// What the server of the first version sends while it verifies. Such a server
// may still run beside this one when it brings the tables up to date, and must
// go on: a step of the tables that breaks one of these texts is a new step.
const (
	firstCandidates = `SELECT n.name, p.id, p.failures, p.failures_in_row, p.locked_until, l.id, l.secret, l.key_id, l.last_step, l.disabled
		FROM names n JOIN people p ON p.id = n.person LEFT JOIN links l ON l.person = p.id WHERE n.name = $1`
	firstAccept = `UPDATE links SET last_step = $2, last_used = $3 WHERE id = $1 AND last_step < $2 AND disabled = 0
		AND EXISTS (SELECT 1 FROM people WHERE people.id = links.person AND people.locked_until <= $3)`
	firstCounters = `UPDATE people SET failures = $2, failures_in_row = $3, locked_until = $4
		WHERE id = $1 AND failures = $5 AND failures_in_row = $6 AND locked_until = $7`
	firstAudit = `INSERT INTO audit (chain, seq, at, kind, outcome, person, application, link, reference, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	firstChain = `INSERT INTO audit_chains (chain, started, key_id, witness_chain, witness_seq, witness_mac, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	firstPerson = "INSERT INTO people (id, user_name, full_name, email, role, created) VALUES ($1, $2, $3, $4, $5, $6)"
	firstName   = "INSERT INTO names (name, kind, person) VALUES ($1, $2, $3)"
	firstLink   = `INSERT INTO links (id, person, device, secret, key_id, last_step, linked, privacy_version, terms_version, language, accepted)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	firstUse = "UPDATE applications SET last_used = $2 WHERE id = $1 AND last_used < $2"
)

// A server of the first version goes on beside this one, and this one reads
// what that one wrote.
func TestTheFirstVersionGoesOn(t *testing.T) {
	s, _ := fresh(t)
	err := s.Do(t.Context(), func(tx *Tx) error {
		for _, statement := range []struct {
			text string
			args []any
		}{
			{firstPerson, []any{"p1", "anna", "Anna", "anna@example.org", "user", int64(1)}},
			{firstName, []any{"anna", NameUser, "p1"}},
			{firstLink, []any{"l1", "p1", "laptop", []byte("sealed"), "k1", int64(5), int64(1), "1", "1", "nl", int64(1)}},
			{firstAccept, []any{"l1", int64(7), int64(1000)}},
			{firstCounters, []any{"p1", int64(2), int64(2), int64(0), int64(0), int64(0), int64(0)}},
			{firstChain, []any{int64(1), int64(1), "k1", int64(0), int64(0), []byte{}, []byte("mac")}},
			{firstAudit, []any{int64(1), int64(1), int64(1000), "verify", "valid", "p1", "a1", "l1", "REF", []byte("mac")}},
		} {
			if n, err := tx.exec("do as the first version", statement.text, statement.args...); err != nil || n != 1 {
				t.Errorf("%d rows, %v: %s", n, err, statement.text)
			}
		}
		if _, err := tx.exec("do as the first version", firstUse, "nobody", int64(1)); err != nil {
			t.Error(err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), func(v *View) error {
		rows, err := v.query(firstCandidates, "anna")
		if err != nil {
			return err
		}
		if !rows.Next() {
			t.Error("the first version finds nobody")
		}
		if err := rows.Close(); err != nil {
			return err
		}
		person, counters, links, err := v.Candidates("anna", nil)
		if err != nil || person != "p1" || counters.Failures != 2 || len(links) != 1 {
			t.Errorf("this version finds %q, %+v, %+v, %v", person, counters, links, err)
			return err
		}
		if l := links[0]; l.LastStep != 7 || l.KeyID != "k1" || l.Disabled != 0 {
			t.Errorf("this version reads the link as %+v", l)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
