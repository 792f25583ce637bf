package identity

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"

	"sleutelbos/server/store"
)

// AuditFault is what is wrong with a row of the audit log.
type AuditFault string

// The faults. A row that was put in counts as changed.
const (
	AuditRemoved AuditFault = "removed"
	AuditChanged AuditFault = "changed"
	AuditMoved   AuditFault = "moved" // it is there, but not in its place
)

// AuditError names the first row of the audit log that is not as it was
// written. Sequence 0 is the registration of the chain itself.
type AuditError struct {
	Chain    int64
	Sequence int64
	Fault    AuditFault
}

func (e *AuditError) Error() string {
	if e.Sequence == 0 {
		return fmt.Sprintf("the audit log is not whole: chain %d was %s; compare it with a backup", e.Chain, e.Fault)
	}
	return fmt.Sprintf("the audit log is not whole: row %d of chain %d was %s; compare it with a backup", e.Sequence, e.Chain, e.Fault)
}

// auditCheck follows every chain at once, in the order of writing.
type auditCheck struct {
	keys      *keyState
	chains    map[string]*auditChain // by the server key of their MACs
	heads     map[int64]*checkedHead
	pruned    map[int64][]store.AuditPruned // what is left of it, in order
	witnesses map[store.AuditChainSeq][]byte
	outside   []AuditHead // kept outside of the database
}

// checkedHead is how far a chain was followed.
type checkedHead struct {
	store.AuditHead
	by *auditChain
}

// VerifyAudit reads the whole log and returns an [*AuditError] about the first
// row that was removed or changed. What the server removed itself because its
// time was over counts as there. Rows cut off at the end of a chain show when
// a later chain witnessed them, or one of the heads that were kept outside;
// beyond that nothing is promised. A head that this server did not sign is
// [ErrAuditHead].
func (d *Desk) VerifyAudit(ctx context.Context, heads ...AuditHead) error {
	check := auditCheck{
		keys:      d.key.now.Load(),
		chains:    map[string]*auditChain{},
		heads:     map[int64]*checkedHead{},
		pruned:    map[int64][]store.AuditPruned{},
		witnesses: map[store.AuditChainSeq][]byte{},
		outside:   heads,
	}
	for _, head := range heads {
		if err := check.keys.checkHead(head); err != nil {
			return fmt.Errorf("verify the audit log: %w", err)
		}
	}
	err := d.store.Read(ctx, func(view *store.View) error {
		chains, err := view.AuditChains()
		if err != nil {
			return err
		}
		if err := check.begun(view, chains); err != nil {
			return err
		}
		if err := check.register(chains); err != nil {
			return err
		}
		if err := view.EachAuditPruned(check.takeOut); err != nil {
			return err
		}
		if err := view.EachAudit(check.row); err != nil {
			return moved(view, err)
		}
		return check.end(chains)
	})
	if err != nil {
		return fmt.Errorf("verify the audit log: %w", err)
	}
	return nil
}

// moved tells a row that is missing in its place from one that stands in another.
func moved(view *store.View, fault error) error {
	var found *AuditError
	if !errors.As(fault, &found) || found.Fault != AuditRemoved || found.Sequence == 0 {
		return fault
	}
	there, err := view.HasAudit(found.Chain, found.Sequence)
	if err == nil && there {
		found.Fault = AuditMoved
	}
	return errors.Join(err, fault)
}

// begun finds a log of which nothing is left: setting the organisation, which
// every first start does, wrote the first row.
func (c *auditCheck) begun(view *store.View, chains []store.AuditChain) error {
	if len(chains) > 0 {
		return nil
	}
	switch _, err := view.Setting(store.SettingOrganisation); {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return &AuditError{1, 0, AuditRemoved}
}

// register checks the chains' own chain.
func (c *auditCheck) register(chains []store.AuditChain) error {
	var former []byte
	for i := range chains {
		begun, number := &chains[i], int64(i)+1
		if begun.Chain != number {
			return &AuditError{number, 0, AuditRemoved}
		}
		by, err := c.by(begun.KeyID)
		if err != nil { // every key that ever sealed is known
			return &AuditError{number, 0, AuditChanged}
		}
		if !hmac.Equal(begun.MAC, by.first(former, begun)) {
			return &AuditError{number, 0, AuditChanged}
		}
		former = begun.MAC
		c.heads[number] = &checkedHead{store.AuditHead{Chain: number, MAC: begun.MAC}, by}
		if w := begun.Witness; w.Seq > 0 {
			c.witnesses[store.AuditChainSeq{Chain: w.Chain, Seq: w.Seq}] = w.MAC
		}
	}
	for _, head := range c.outside {
		row := head.row()
		c.witnesses[store.AuditChainSeq{Chain: row.Chain, Seq: row.Seq}] = row.MAC
	}
	return nil
}

// by gives what computes the MACs of chains with a server key.
func (c *auditCheck) by(keyID string) (*auditChain, error) {
	if by, ok := c.chains[keyID]; ok {
		return by, nil
	}
	kept, err := c.keys.of(keyID)
	if err != nil {
		return nil, err
	}
	by := newChain(keyID, kept)
	c.chains[keyID] = &by
	return &by, nil
}

// row checks one row against the one before it in its chain.
func (c *auditCheck) row(r store.AuditRow) error {
	head, ok := c.heads[r.Chain]
	if !ok { // its chain was never registered, or the last registration is gone
		return &AuditError{r.Chain, 0, AuditRemoved}
	}
	if r.Seq > head.Seq+1 {
		if err := c.skip(head); err != nil {
			return err
		}
	}
	switch {
	case r.Seq > head.Seq+1:
		return &AuditError{r.Chain, head.Seq + 1, AuditRemoved}
	case r.Seq <= head.Seq, !hmac.Equal(r.MAC, head.by.next(head.MAC, &r)):
		return &AuditError{r.Chain, r.Seq, AuditChanged}
	}
	head.Seq, head.MAC = r.Seq, r.MAC
	if seen, ok := c.witnesses[store.AuditChainSeq{Chain: r.Chain, Seq: r.Seq}]; ok && !hmac.Equal(seen, r.MAC) {
		return &AuditError{r.Chain, r.Seq, AuditChanged}
	}
	return nil
}

// end finds what was cut off: a registered chain has a row at least, and what a
// later chain or a head outside witnessed is there.
func (c *auditCheck) end(chains []store.AuditChain) error {
	for _, begun := range chains {
		head := c.heads[begun.Chain]
		if err := c.skip(head); err != nil {
			return err
		}
		if len(c.pruned[begun.Chain]) > 0 {
			return &AuditError{begun.Chain, head.Seq + 1, AuditRemoved}
		}
	}
	for _, begun := range chains {
		if c.heads[begun.Chain].Seq == 0 {
			return &AuditError{begun.Chain, 1, AuditRemoved}
		}
		if w := begun.Witness; w.Seq > 0 && c.heads[w.Chain].Seq < w.Seq {
			return &AuditError{w.Chain, c.heads[w.Chain].Seq + 1, AuditRemoved}
		}
	}
	for _, outside := range c.outside {
		switch head, ok := c.heads[outside.Chain]; {
		case !ok:
			return &AuditError{outside.Chain, 0, AuditRemoved}
		case head.Seq < outside.Sequence:
			return &AuditError{outside.Chain, head.Seq + 1, AuditRemoved}
		}
	}
	return nil
}
