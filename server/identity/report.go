package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"sleutelbos/server/store"
)

// AccountFault is what may be wrong with somebody's account.
type AccountFault string

// What may be reported of an account.
const (
	FaultShared AccountFault = "shared" // several people use it
	FaultLeft   AccountFault = "left"   // its owner is gone, or never comes
	FaultOther  AccountFault = "other"
)

// AccountReport is what somebody reported of an account.
type AccountReport struct {
	ID       string       `json:"id"`
	At       time.Time    `json:"at"`
	From     string       `json:"from"` // id of who reported it
	FromName string       `json:"-"`    // their name, where they are still known
	About    string       `json:"about"`
	Fault    AccountFault `json:"fault"`
	Note     string       `json:"note,omitempty"`
	Closed   time.Time    `json:"closed,omitzero"`
}

const (
	maxReports    = 500 // the oldest closed ones go first, then the oldest
	maxReportNote = 1000
	keepClosed    = 90 * 24 * time.Hour // they speak of people by name
)

// ErrUnknownReport says that there is no such report.
var ErrUnknownReport = errors.New("there is no such report; it may have been removed")

// ReportAccount keeps what somebody who is signed in reports of an account:
// about is its user name or whose it is, as far as they know. It tells them
// nothing of that account. What is wrong is a [*FieldError] for each field.
func (d *Desk) ReportAccount(ctx context.Context, by Actor, r AccountReport) error {
	var all wrongs
	r.About = tidy(r.About, maxName)
	if r.About == "" {
		all.add("about", "report-about", "say which account it is, by its user name or its owner")
	}
	if r.Fault != FaultShared && r.Fault != FaultLeft && r.Fault != FaultOther {
		all.add("fault", "report-fault", "say what is the matter")
	}
	if len([]rune(r.Note)) > maxReportNote {
		all.add("note", "report-note", "the note is too long")
	}
	if len(all) > 0 {
		return all.join()
	}
	id, err := d.newID()
	if err != nil {
		return err
	}
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		if by.PersonID() == "" {
			return ErrForbidden
		}
		if _, err := tx.PersonByID(by.PersonID()); err != nil {
			return err
		}
		reports, err := d.readReports(tx.View)
		if err != nil {
			return err
		}
		r.ID, r.At, r.From, r.Closed = id, d.now(), by.PersonID(), time.Time{}
		if err := d.writeReports(tx, append(reports, r)); err != nil {
			return err
		}
		row := auditRowBy(ctx, by, kindAccountReport, d.personNamed(tx.View, r.About))
		row.Outcome, row.Link = string(r.Fault), id
		return d.audit(tx, row)
	})
	return doing("report an account", err)
}

// personNamed is the id of whom a user name or address means, if anybody.
func (d *Desk) personNamed(view *store.View, name string) string {
	person, err := view.NameOwner(canonical(name))
	if err != nil {
		return ""
	}
	return person
}

// AccountReports lists what was reported, the newest first, for whoever manages
// the server's own organisation.
func (d *Desk) AccountReports(ctx context.Context, by Actor) ([]AccountReport, error) {
	var all []AccountReport
	err := d.store.Read(ctx, func(view *store.View) error {
		rights, err := d.rights(view, by)
		if err != nil {
			return err
		}
		if !rights.Arranges() {
			return ErrForbidden
		}
		if all, err = d.readReports(view); err != nil {
			return err
		}
		slices.Reverse(all)
		for i := range all {
			if row, err := view.PersonByID(all[i].From); err == nil {
				all[i].FromName = row.Name
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list what was reported: %w", err)
	}
	return all, nil
}

// CloseReport marks a report as dealt with.
func (d *Desk) CloseReport(ctx context.Context, by Actor, id string) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		rights, err := d.rights(tx.View, by)
		if err != nil {
			return err
		}
		if !rights.Arranges() {
			return ErrForbidden
		}
		reports, err := d.readReports(tx.View)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(reports, func(r AccountReport) bool { return r.ID == id })
		if i < 0 {
			return ErrUnknownReport
		}
		if !reports[i].Closed.IsZero() {
			return nil // by another, a moment ago
		}
		reports[i].Closed = d.now()
		if err := d.writeReports(tx, reports); err != nil {
			return err
		}
		row := auditRowBy(ctx, by, kindAccountReport, "")
		row.Link = id
		return d.audit(tx, row)
	})
	return doing("close a report", err)
}

func (d *Desk) readReports(view *store.View) ([]AccountReport, error) {
	kept, err := view.Setting(store.SettingReports)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	plain, err := d.key.open(kept.Value, kept.KeyID, placeOfSetting(store.SettingReports))
	if err != nil {
		return nil, err
	}
	var all []AccountReport
	if err := json.Unmarshal(plain, &all); err != nil {
		return nil, fmt.Errorf("read what was reported: %w", err)
	}
	return all, nil
}

// writeReports keeps the reports sealed: they speak of people by name.
func (d *Desk) writeReports(tx *store.Tx, all []AccountReport) error {
	old := d.now().Add(-keepClosed)
	all = slices.DeleteFunc(all, func(r AccountReport) bool { return !r.Closed.IsZero() && r.Closed.Before(old) })
	for len(all) > maxReports {
		i := max(0, slices.IndexFunc(all, func(r AccountReport) bool { return !r.Closed.IsZero() }))
		all = slices.Delete(all, i, i+1)
	}
	plain, err := json.Marshal(all)
	if err != nil {
		return err
	}
	sealed, keyID, err := d.seal(plain, placeOfSetting(store.SettingReports))
	if err != nil {
		return err
	}
	return tx.SetSetting(store.SettingReports, store.Setting{Value: sealed, KeyID: keyID})
}
