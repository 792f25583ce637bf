package identity

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"sleutelbos/server/store"
)

// Lost is what a replaced database holds and the copy in its place does not.
type Lost struct {
	People        []Person  // who were added since, by user name
	Rows          []LostRow // what was done since, but for verifications that only said yes or no
	Verifications int       // how many codes were verified since

	counts []store.Count // where its counters stand
}

// LostRow is one line of the audit log that is lost, with the names of its
// time, where they are known.
type LostRow struct {
	AuditRow
	User            string
	ApplicationName string
	// Revived tells that what was ended works again, until it is ended anew.
	Revived bool
}

// Lost compares the database file replaced with the desk's own, which is the
// copy, before [Desk.EndCodes]. The error is one of [store.ReadFile] when the
// file can no longer be read.
func (d *Desk) Lost(ctx context.Context, replaced string) (Lost, error) {
	kept := known{chains: map[int64][]byte{}, heads: map[int64]int64{}, people: map[string]bool{}}
	if err := d.store.Read(ctx, kept.learn); err != nil {
		return Lost{}, fmt.Errorf("read the copy: %w", err)
	}
	var lost Lost
	err := store.ReadFile(ctx, replaced, func(view *store.View) error {
		lost = Lost{}
		return kept.compare(view, &lost)
	})
	if err != nil {
		return Lost{}, fmt.Errorf("read the replaced database: %w", err)
	}
	return lost, nil
}

// KeepCounters brings the copy's counter-based tokens to where those of the
// replaced database stand, so that not even two used codes in a row are taken
// for new ones. It comes before the copy is used.
func (d *Desk) KeepCounters(ctx context.Context, replaced Lost) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		for _, count := range replaced.counts {
			if err := tx.Advance(count); err != nil {
				return err
			}
		}
		return nil
	})
	return doing("keep the counters of the replaced database", err)
}

// known is what the copy holds.
type known struct {
	chains map[int64][]byte // their MACs: a number may mean another chain there
	heads  map[int64]int64  // the last sequence of each
	people map[string]bool
}

func (k *known) learn(view *store.View) error {
	chains, err := view.AuditChains()
	if err != nil {
		return err
	}
	for _, chain := range chains {
		k.chains[chain.Chain] = chain.MAC
	}
	people, err := view.People()
	if err != nil {
		return err
	}
	for _, person := range people {
		k.people[person.ID] = true
	}
	return view.EachAudit(func(r store.AuditRow) error {
		k.heads[r.Chain] = max(k.heads[r.Chain], r.Seq)
		return nil
	})
}

func (k *known) compare(view *store.View, lost *Lost) (err error) {
	if lost.counts, err = view.Counts(); err != nil {
		return err
	}
	chains, err1 := view.AuditChains()
	people, err2 := view.People()
	applications, err3 := view.Applications()
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	users, names := map[string]string{}, map[string]string{}
	for _, p := range people {
		users[p.ID] = p.User
		if !k.people[p.ID] {
			lost.People = append(lost.People, Person{ID: p.ID, Details: detailsOf(p), Created: moment(p.Created)})
		}
	}
	for _, a := range applications {
		names[a.ID] = a.Name
	}
	both := map[int64]bool{}
	for _, chain := range chains {
		both[chain.Chain] = bytes.Equal(k.chains[chain.Chain], chain.MAC)
	}
	return view.EachAudit(func(r store.AuditRow) error {
		if both[r.Chain] && r.Seq <= k.heads[r.Chain] {
			return nil
		}
		if r.Kind == kindBackup {
			return nil // there it lies
		}
		row := auditRowOf(r)
		if r.Kind == kindVerify {
			lost.Verifications++
			if reason := Reason(r.Outcome); reason != ReasonLocks && reason != ReasonDisables {
				return nil
			}
		}
		lost.Rows = append(lost.Rows, LostRow{AuditRow: row, User: users[r.Person], ApplicationName: names[r.Application], Revived: revived(row)})
		return nil
	})
}

// revived tells what an administrator has to end again.
func revived(r AuditRow) bool {
	switch r.Kind {
	case kindPersonUnlink, kindApplicationRotate, kindApplicationRevoke, kindTokenBlock, kindTokenReturn, kindTokenUnassign,
		kindLossReport, kindPasswordChange, kindPasswordReset, kindPasswordChoose:
		return true
	case kindVerify:
		return r.Outcome == string(ReasonDisables)
	case kindLinkConfirm: // it ended the authenticator before
		return r.Outcome == outcomeLinked
	}
	return false
}

func auditRowOf(r store.AuditRow) AuditRow {
	return AuditRow{
		Chain: r.Chain, Sequence: r.Seq, Time: moment(r.At), Kind: r.Kind, Outcome: r.Outcome,
		Person: r.Person, Application: r.Application, Link: r.Link, Reference: r.Reference, Actor: r.Actor, Detail: r.Detail,
	}
}
