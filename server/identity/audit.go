package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"time"

	"sleutelbos/server/store"
)

// AuditRow is one line of the audit log. It never holds a code, a key or a name
// as typed.
type AuditRow struct {
	Chain       int64 // which process wrote it, from 1
	Sequence    int64 // its place in that chain, from 1
	Time        time.Time
	Kind        string // what was asked, such as "verify"
	Outcome     string // what came of it: "done", "linked", or a Reason
	Person      string // id; empty where there is none
	Application string // id
	Link        string // id; that of a token where it has no link, of what was set where it has an id
	Reference   string // of the request; see WithReference
	Actor       string // who did it: a person's id, "operator", "server" for a job, or empty where the person of the row did
	Detail      string // which setting, from what to what; which role; which fields of a person, by name; empty elsewhere
}

// What is written in the audit log.
const (
	kindVerify            = "verify"
	kindLinkStart         = "link.start"
	kindLinkConfirm       = "link.confirm"
	kindPersonAdd         = "person.add"
	kindPersonUnlock      = "person.unlock"
	kindPersonUnlink      = "person.unlink"
	kindActivationNew     = "activation.new"
	kindActivationMail    = "activation.mail"
	kindDayCode           = "day-code.issue"
	kindLinkResync        = "link.resync"
	kindTokenImport       = "token.import"
	kindTokenAssign       = "token.assign"
	kindTokenUnassign     = "token.unassign"
	kindTokenReturn       = "token.return"
	kindTokenBlock        = "token.block"
	kindTokenUnblock      = "token.unblock"
	kindApplicationAdd    = "application.add"
	kindApplicationRotate = "application.rotate"
	kindApplicationRevoke = "application.revoke"
	kindOrganisationSet   = "organisation.set"
	kindOrganisationAdd   = "organisation.add"
	kindOrganisationEdit  = "organisation.edit"
	kindOrganisationOff   = "organisation.sign-off"
	kindPartSet           = "part.set"
	kindPartEnd           = "part.end"
	kindRoleSet           = "role.set"
	kindRoleEnd           = "role.end"
	kindMandateAdd        = "mandate.add"
	kindMandateEnd        = "mandate.end"
	kindGrantAdd          = "grant.add"
	kindGrantEnd          = "grant.end"
	kindPersonEdit        = "person.edit"
	kindPersonDelete      = "person.delete"
	kindPersonErase       = "person.erase"
	kindSignIn            = "signin"
	kindSignInSet         = "signin.set"
	kindRuleSet           = "rule.set"
	kindSignOut           = "signout"
	kindSessionEnd        = "session.end"
	kindPasswordChange    = "password.change"
	kindPasswordReset     = "password.reset"  // by an administrator
	kindPasswordAsk       = "password.ask"    // forgotten, a link was asked for
	kindPasswordChoose    = "password.choose" // by such a link
	kindDeviceAdd         = "device.add"
	kindDeviceForget      = "device.forget"
	kindLossReport        = "loss.report"
	kindBackup            = "backup"
	kindRestore           = "restore"
	kindMailSet           = "mail.set"
	kindKeyAdd            = "key.add"
	kindKeyRotate         = "key.rotate"
	kindKeyRetire         = "key.retire"
	kindLinkLapse         = "link.lapse"
	kindAuditPrune        = "audit.prune"

	kindStartSet      = "start.set"
	kindOwnEdit       = "own.edit"
	kindLinkAdd       = "link.add"
	kindLinkEnd       = "link.end"
	kindAccountReport = "account.report"

	outcomeDone     = "done"
	outcomeStarted  = "started"
	outcomeLinked   = "linked"
	outcomeRepeated = "repeated"
	outcomeTold     = "told"
)

// auditChain is where this process's chain stands. It is touched by the writer
// only.
type auditChain struct {
	number int64 // 0: not begun
	keyID  string
	undone bool // its last transaction
	seq    int64
	mac    []byte
	batch  uint64 // transaction of the last row
	hash   hash.Hash
	buffer []byte
}

// audit writes a row in the transaction of what it tells about. The first row
// of a process begins a chain. A chain whose last transaction was undone is
// left as it stands on the disk, and so is one when another server key takes
// over; another begins.
func (d *Desk) audit(tx *store.Tx, r AuditRow) error {
	c := &d.chain
	key := d.key.now.Load().current
	if c.number == 0 || c.undone || c.keyID != key.id {
		if err := d.beginChain(tx, key); err != nil {
			return err
		}
	}
	if c.batch != tx.Batch() {
		c.batch = tx.Batch()
		tx.Ended(func(committed bool) { c.undone = !committed })
	}
	row := store.AuditRow{
		Chain: c.number, Seq: c.seq + 1, At: stamp(d.now()), Kind: r.Kind, Outcome: r.Outcome,
		Person: r.Person, Application: r.Application, Link: r.Link, Reference: r.Reference, Actor: r.Actor, Detail: r.Detail,
	}
	row.MAC = c.next(c.mac, &row)
	if err := tx.AddAudit(&row); err != nil {
		return err
	}
	c.seq, c.mac = row.Seq, row.MAC
	return nil
}

// beginChain registers a chain. Its MAC covers the MAC of the chain registered
// before and, as a witness, the newest row of any chain, so that neither can be
// taken away unseen.
func (d *Desk) beginChain(tx *store.Tx, key *oneKey) error {
	if err := tx.Alone(); err != nil {
		return err
	}
	former, err := tx.LastAuditChain()
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	witness, err := tx.LastAudit()
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	c := newChain(key.id, key.kept)
	begun := store.AuditChain{Chain: former.Chain + 1, Started: stamp(d.now()), KeyID: key.id, Witness: witness}
	begun.MAC = c.first(former.MAC, &begun)
	if err := tx.AddAuditChain(begun); err != nil {
		return err
	}
	c.number, c.mac = begun.Chain, begun.MAC
	d.chain = c
	return nil
}

func newChain(keyID string, kept subkeys) auditChain {
	return auditChain{keyID: keyID, hash: hmac.New(sha256.New, kept[forAudit])}
}

// first is the MAC of a registration.
func (c *auditChain) first(former []byte, begun *store.AuditChain) []byte {
	b := appendParts(c.buffer[:0], "chain", string(former), begun.KeyID, string(begun.Witness.MAC))
	b = appendNumbers(b, begun.Chain, begun.Started, begun.Witness.Chain, begun.Witness.Seq)
	return c.sum(b)
}

// next is the MAC of a row after another with the MAC before. A row without an
// actor or a detail has the form of former versions, which know of none and may
// write at the same time; the first part tells the forms apart.
func (c *auditChain) next(before []byte, r *store.AuditRow) []byte {
	b := c.buffer[:0]
	switch {
	case r.Detail != "":
		b = appendParts(b, "row of", r.Kind, r.Outcome, r.Person, r.Application, r.Link, r.Reference, r.Actor, r.Detail)
	case r.Actor == "":
		b = appendParts(b, "row", r.Kind, r.Outcome, r.Person, r.Application, r.Link, r.Reference)
	default:
		b = appendParts(b, "row by", r.Kind, r.Outcome, r.Person, r.Application, r.Link, r.Reference, r.Actor)
	}
	b = appendNumbers(b, r.Chain, r.Seq, r.At)
	return c.sum(append(b, before...))
}

func (c *auditChain) sum(content []byte) []byte {
	c.buffer = content[:0]
	c.hash.Reset()
	c.hash.Write(content)
	return c.hash.Sum(make([]byte, 0, sha256.Size))
}

func appendNumbers(to []byte, numbers ...int64) []byte {
	for _, n := range numbers {
		to = binary.BigEndian.AppendUint64(to, uint64(n))
	}
	return to
}

// Audit lists the newest rows, newest first, at most limit of them.
func (d *Desk) Audit(ctx context.Context, limit int) ([]AuditRow, error) {
	var all []AuditRow
	err := d.store.Read(ctx, func(view *store.View) error {
		rows, err := view.NewestAudit(max(limit, 0))
		for _, r := range rows {
			all = append(all, auditRowOf(r))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the audit log: %w", err)
	}
	return all, nil
}
