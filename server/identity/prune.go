package identity

import (
	"cmp"
	"context"
	"crypto/hmac"
	"slices"
	"time"

	"sleutelbos/server/store"
)

// pruneAudit removes lines of the audit log whose time is over, by their kind.
// In their place stays where they stood in their chain, the MAC of the last of
// them, and a seal: what the server removed is so told from what somebody else
// did.
func (d *Desk) pruneAudit(ctx context.Context, t *turn) (changed int, more bool, err error) {
	now := d.now()
	var old []store.AuditEntry
	keys := map[int64]string{} // of the chains
	err = d.store.Read(ctx, func(view *store.View) error {
		keep, err := readKeep(view)
		if err != nil {
			return err
		}
		verifications, others := before(now, keep.Verifications), before(now, keep.Audit)
		entries, err := view.AuditAfter(t.place, jobBatch)
		if err != nil {
			return err
		}
		old, more = old[:0], len(entries) == jobBatch
		for _, e := range entries {
			if !isBefore(e.At, verifications) && !isBefore(e.At, others) {
				more = false // those after it are younger
				break
			}
			t.place = e.ID
			if isBefore(e.At, others) || e.Kind == kindVerify && isBefore(e.At, verifications) {
				old = append(old, e)
			}
		}
		chains, err := view.AuditChains()
		for _, c := range chains {
			keys[c.Chain] = c.KeyID
		}
		return err
	})
	if err != nil || len(old) == 0 {
		return 0, more, err
	}
	told := t.after != ""
	err = t.do(ctx, func(tx *store.Tx) error {
		for _, stretch := range stretches(old) {
			if err := d.prune(tx, stretch, keys); err != nil {
				return err
			}
		}
		if told {
			return nil // one line tells of the whole turn
		}
		return d.audit(tx, auditRowBy(ctx, itself(), kindAuditPrune, ""))
	})
	t.after = outcomeTold
	return len(old), more, err
}

func isBefore(at int64, limit time.Time) bool { return !limit.IsZero() && at < stamp(limit) }

// stretches sorts rows by chain and parts them where others stand between.
func stretches(rows []store.AuditEntry) [][]store.AuditEntry {
	slices.SortFunc(rows, func(a, b store.AuditEntry) int {
		return cmp.Or(cmp.Compare(a.Chain, b.Chain), cmp.Compare(a.Seq, b.Seq))
	})
	var all [][]store.AuditEntry
	begin := 0
	for i := 1; i <= len(rows); i++ {
		if i == len(rows) || rows[i].Chain != rows[i-1].Chain || rows[i].Seq != rows[i-1].Seq+1 {
			all = append(all, rows[begin:i])
			begin = i
		}
	}
	return all
}

func (d *Desk) prune(tx *store.Tx, rows []store.AuditEntry, keys map[int64]string) error {
	first, last := rows[0], rows[len(rows)-1]
	by := store.AuditPruned{Chain: first.Chain, First: first.Seq, Last: last.Seq, MAC: last.MAC}
	kept, err := d.key.now.Load().of(keys[by.Chain])
	if err != nil {
		return err
	}
	beside, err := tx.AuditPrunedBeside(by.Chain, by.First, by.Last)
	if err != nil {
		return err
	}
	for _, b := range beside {
		if !kept.sealed(b) {
			return &AuditError{b.Chain, b.First, AuditChanged} // nothing is built on what somebody else wrote
		}
		by.First = min(by.First, b.First)
		if b.Last > by.Last {
			by.Last, by.MAC = b.Last, b.MAC
		}
	}
	by.Seal = kept.sealPruned(by)
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
		if err := forgetKeys(tx, r); err != nil {
			return err
		}
	}
	return tx.PruneAudit(ids, by)
}

func (s subkeys) sealPruned(p store.AuditPruned) []byte {
	return s.hash(forPruning, string(appendNumbers(nil, p.Chain, p.First, p.Last)), string(p.MAC))
}

func (s subkeys) sealed(p store.AuditPruned) bool { return hmac.Equal(p.Seal, s.sealPruned(p)) }

// takeOut notes a stretch that the server removed.
func (c *auditCheck) takeOut(p store.AuditPruned) error {
	head, ok := c.heads[p.Chain]
	if !ok {
		return &AuditError{p.Chain, 0, AuditRemoved}
	}
	kept, err := c.keys.of(head.by.keyID)
	if err != nil {
		return err
	}
	if !kept.sealed(p) {
		return &AuditError{p.Chain, p.First, AuditRemoved}
	}
	c.pruned[p.Chain] = append(c.pruned[p.Chain], p)
	return nil
}

// skip goes on behind the stretches that begin where the chain stands.
func (c *auditCheck) skip(head *checkedHead) error {
	left := c.pruned[head.Chain]
	for len(left) > 0 && left[0].First == head.Seq+1 {
		head.Seq, head.MAC = left[0].Last, left[0].MAC
		if seen, ok := c.witnesses[store.AuditChainSeq{Chain: head.Chain, Seq: head.Seq}]; ok && !hmac.Equal(seen, head.MAC) {
			return &AuditError{head.Chain, head.Seq, AuditChanged}
		}
		left = left[1:]
	}
	if len(left) > 0 && left[0].First <= head.Seq {
		return &AuditError{head.Chain, left[0].First, AuditChanged}
	}
	c.pruned[head.Chain] = left
	return nil
}
