package identity

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"sleutelbos/server/store"
)

// AuditSearch asks for lines of the audit log. What is empty does not matter.
type AuditSearch struct {
	Person    string // id: what it is about, or who did it
	Reference string // of an error page
	Kind      string
	Outcome   string
	From      time.Time
	Until     time.Time // exclusive
	Before    AuditPlace
	Limit     int // 50 when 0, 500 at most
}

// AuditFound is a page of lines, newest first. Where Next is not 0 there may be
// more before that place.
type AuditFound struct {
	Lines []AuditSeen
	Next  AuditPlace
}

// AuditSeen is a line with the names that belong to its ids, where they are
// known still.
type AuditSeen struct {
	AuditLine
	User, Name string // of the person
	By         string // who did it; empty where the person of the line did
	Target     string // name of the application, or of the organisation whose rule was set
}

const (
	auditPage  = 50
	auditMost  = 500
	auditLooks = 12   // reads for one page, each longer than the one before
	auditRead  = 1000 // lines looked through in one of them at most
)

// FindAudit searches the audit log. Whoever manages people finds the lines about
// those whom they manage and about the rules of their organisations; the operator
// finds all.
func (d *Desk) FindAudit(ctx context.Context, by Actor, s AuditSearch) (AuditFound, error) {
	var found AuditFound
	err := d.store.Read(ctx, func(view *store.View) error {
		rights, err := d.rights(view, by)
		if err != nil {
			return err
		}
		if !rights.Manages {
			return ErrForbidden
		}
		found, err = findAudit(view, rights, s)
		return err
	})
	if err != nil {
		return AuditFound{}, fmt.Errorf("search the audit log: %w", err)
	}
	return found, nil
}

// findAudit goes through what was noted of the rarest thing that was asked for,
// and before that through the lines that came since. It looks through no more
// than a bound, and then says that there may be more.
func findAudit(view *store.View, rights Rights, s AuditSearch) (AuditFound, error) {
	s.Limit = min(max(s.Limit, 0), auditMost)
	if s.Limit == 0 {
		s.Limit = auditPage
	}
	noted, err := readTally(view)
	if err != nil {
		return AuditFound{}, err
	}
	values, err := s.values(view, rights)
	if err != nil {
		return AuditFound{}, err
	}
	if !rights.Operates && len(rights.manages) == 0 {
		return AuditFound{}, nil
	}
	before := int64(s.Before)
	if before <= 0 {
		before = math.MaxInt64
	}
	if !s.Until.IsZero() {
		end, err := view.AuditBefore(stamp(s.Until))
		if err != nil {
			return AuditFound{}, err
		}
		before = min(before, end+1)
	}
	seen := &auditSight{view: view, rights: rights, people: map[string]*personSeen{}}
	var found AuditFound
	for looks, most := 0, s.Limit+1; looks < auditLooks; looks, most = looks+1, min(most*4, auditRead) {
		var entries []store.AuditEntry
		fresh := before > noted.Place+1
		if fresh {
			entries, err = view.AuditNewer(noted.Place, before, most)
		} else {
			entries, err = view.AuditByKey(values, before, most)
		}
		if err != nil {
			return found, err
		}
		for _, e := range entries {
			if !s.From.IsZero() && e.At < stamp(s.From) {
				return found, nil
			}
			before = e.ID
			line, ok, err := seen.line(e, s)
			if err != nil {
				return found, err
			}
			if ok {
				found.Lines = append(found.Lines, line)
			}
			if len(found.Lines) == s.Limit {
				found.Next = AuditPlace(before)
				return found, nil
			}
		}
		if len(entries) < most {
			if !fresh {
				return found, nil
			}
			before = noted.Place + 1
		}
	}
	found.Next = AuditPlace(before)
	return found, nil
}

// values are the notes of the rarest thing that is asked for; none: all lines.
func (s AuditSearch) values(view *store.View, rights Rights) ([]string, error) {
	switch {
	case s.Reference != "":
		return []string{keyReference + s.Reference}, nil
	case s.Person != "":
		return []string{keyPerson + s.Person, keyActor + s.Person}, nil
	case s.Outcome != "" && s.Outcome != string(ReasonValid) && s.Outcome != outcomeDone:
		return []string{keyOutcome + s.Outcome}, nil
	case s.Kind != "" && s.Kind != kindVerify:
		return []string{keyKind + s.Kind}, nil
	case rights.Operates:
		return nil, nil
	}
	scopes, err := rights.scopes(view, "")
	for i := range scopes {
		scopes[i] = keyScope + scopes[i]
	}
	return scopes, err
}

// auditSight is what the actor may see of whom, as far as it was looked up.
type auditSight struct {
	view         *store.View
	rights       Rights
	people       map[string]*personSeen
	applications map[string]string // by id; nil: not read yet
}

type personSeen struct {
	user, name string
	seen       bool
}

func (a *auditSight) person(id string) (*personSeen, error) {
	if p, ok := a.people[id]; ok {
		return p, nil
	}
	p := &personSeen{seen: a.rights.Operates}
	a.people[id] = p
	row, err := a.view.PersonByID(id)
	if errors.Is(err, store.ErrNotFound) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	p.user, p.name = row.User, row.Name
	if !p.seen {
		holds, err := a.view.Grants(id)
		if err != nil {
			return p, err
		}
		p.seen = a.rights.sees(row, holds)
	}
	return p, nil
}

func (a *auditSight) line(e store.AuditEntry, s AuditSearch) (line AuditSeen, ok bool, err error) {
	if s.Kind != "" && e.Kind != s.Kind || s.Outcome != "" && e.Outcome != s.Outcome ||
		s.Reference != "" && e.Reference != s.Reference || s.Person != "" && e.Person != s.Person && e.Actor != s.Person ||
		!s.Until.IsZero() && e.At >= stamp(s.Until) {
		return line, false, nil
	}
	line.AuditLine = AuditLine{auditRowOf(e.AuditRow), AuditPlace(e.ID)}
	visible := a.rights.Operates || e.Kind == kindRuleSet && reachedBy(a.rights.manages, Grant{Organisation: e.Link})
	if e.Person != "" {
		p, err := a.person(e.Person)
		if err != nil {
			return line, false, err
		}
		line.User, line.Name = p.user, p.name
		visible = visible || p.seen
	}
	if !visible {
		return line, false, nil
	}
	return line, true, a.names(&line)
}

// names says who did it, and to what.
func (a *auditSight) names(line *AuditSeen) error {
	if line.Actor != "" && line.Actor != operatorID && line.Actor != itselfID && line.Actor != line.Person {
		p, err := a.person(line.Actor)
		if err != nil {
			return err
		}
		line.By = p.name
	}
	if line.Kind == kindRuleSet {
		o, err := a.view.Organisation(line.Link)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		settings, err := readSettings(a.view)
		line.Target = organisationOf(o, settings).Name
		return err
	}
	if line.Application == "" {
		return nil
	}
	if a.applications == nil {
		all, err := a.view.Applications()
		if err != nil {
			return err
		}
		a.applications = map[string]string{}
		for _, one := range all {
			a.applications[one.ID] = one.Name
		}
	}
	line.Target = a.applications[line.Application]
	return nil
}

// AuditKinds lists what the audit log tells of, in order of name.
func AuditKinds() []string {
	all := []string{
		kindVerify, kindLinkStart, kindLinkConfirm, kindPersonAdd, kindPersonUnlock, kindPersonUnlink, kindActivationNew, kindActivationMail,
		kindDayCode, kindLinkResync, kindTokenImport, kindTokenAssign, kindTokenUnassign, kindTokenReturn, kindTokenBlock, kindTokenUnblock,
		kindApplicationAdd, kindApplicationRotate, kindApplicationRevoke, kindOrganisationSet, kindOrganisationAdd, kindOrganisationEdit,
		kindOrganisationOff, kindPartSet, kindPartEnd, kindRoleSet, kindRoleEnd, kindMandateAdd, kindMandateEnd, kindGrantAdd, kindGrantEnd,
		kindPersonEdit, kindPersonDelete, kindPersonErase, kindSignIn, kindSignInSet, kindRuleSet, kindSignOut, kindSessionEnd, kindPasswordChange,
		kindPasswordReset, kindPasswordAsk, kindPasswordChoose, kindDeviceAdd, kindDeviceForget, kindLossReport, kindBackup, kindRestore, kindMailSet,
		kindKeyAdd, kindKeyRotate, kindKeyRetire, kindLinkLapse, kindAuditPrune, kindStartSet, kindOwnEdit, kindLinkAdd, kindLinkEnd, kindAccountReport,
	}
	slices.Sort(all)
	return all
}

// AuditOutcomes lists what may come of it.
func AuditOutcomes() []string {
	all := []string{
		outcomeDone, outcomeStarted, outcomeLinked, outcomeRepeated, outcomeTold, "no-password", "not-oneself", "limit",
		string(FaultShared), string(FaultLeft), string(FaultOther),
	}
	for _, r := range []Reason{
		ReasonValid, ReasonDayCode, ReasonWrong, ReasonLocks, ReasonDisables, ReasonReplayed, ReasonLocked, ReasonDisabled, ReasonUnlinked,
		ReasonOutOfStep, ReasonNotYet, ReasonEnded, ReasonUnknown, ReasonNotACode, ReasonMismatch, ReasonExpired, ReasonUsed, ReasonReplaced,
		ReasonVoid, ReasonTerms, ReasonConfirmed, ReasonLinkGone, ReasonWrongCode, ReasonSynchronising,
	} {
		all = append(all, string(r))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
