package store

// AuditChain is the register's row of one process's audit rows.
type AuditChain struct {
	Chain   int64 // from 1
	Started int64 // milliseconds
	KeyID   string
	Witness AuditHead // newest row of any chain when this one began; zero when there was none
	MAC     []byte
}

// AuditHead names one audit row and holds its MAC.
type AuditHead struct {
	Chain, Seq int64
	MAC        []byte
}

// AuditRow is one row of the audit log.
type AuditRow struct {
	Chain, Seq  int64
	At          int64 // milliseconds
	Kind        string
	Outcome     string
	Person      string
	Application string
	Link        string
	Reference   string
	Actor       string
	Detail      string
	MAC         []byte
}

// AddAuditChain registers a chain.
func (tx *Tx) AddAuditChain(c AuditChain) error {
	mac := c.Witness.MAC
	if mac == nil {
		mac = []byte{}
	}
	_, err := tx.exec("begin an audit chain",
		`INSERT INTO audit_chains (chain, started, key_id, witness_chain, witness_seq, witness_mac, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		c.Chain, c.Started, c.KeyID, c.Witness.Chain, c.Witness.Seq, mac, c.MAC)
	return err
}

// AuditChains lists the register in order.
func (v *View) AuditChains() ([]AuditChain, error) {
	return v.auditChains("ORDER BY chain")
}

// LastAuditChain is the chain that was registered last.
func (v *View) LastAuditChain() (AuditChain, error) {
	all, err := v.auditChains("ORDER BY chain DESC LIMIT 1")
	if err == nil && len(all) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return AuditChain{}, err
	}
	return all[0], nil
}

func (v *View) auditChains(order string) ([]AuditChain, error) {
	var all []AuditChain
	err := v.each("read the audit chains",
		"SELECT chain, started, key_id, witness_chain, witness_seq, witness_mac, mac FROM audit_chains "+order, nil,
		func(rows scanner) error {
			var c AuditChain
			err := rows.Scan(&c.Chain, &c.Started, &c.KeyID, &c.Witness.Chain, &c.Witness.Seq, &c.Witness.MAC, &c.MAC)
			all = append(all, c)
			return err
		})
	return all, err
}

// LastAudit is the newest row of any chain.
func (v *View) LastAudit() (AuditHead, error) {
	var h AuditHead
	err := v.one("read the audit log", "SELECT chain, seq, mac FROM audit ORDER BY id DESC LIMIT 1", nil,
		&h.Chain, &h.Seq, &h.MAC)
	return h, err
}

// AddAudit adds a row. Verifications, which have no actor, keep a statement
// that they share with servers of former versions.
func (tx *Tx) AddAudit(r *AuditRow) error {
	if r.Detail != "" {
		return tx.later("write the audit log", addDetailAudit,
			r.Chain, r.Seq, r.At, r.Kind, r.Outcome, r.Person, r.Application, r.Link, r.Reference, r.MAC, r.Actor, r.Detail)
	}
	if r.Actor != "" {
		return tx.later("write the audit log", addActorAudit,
			r.Chain, r.Seq, r.At, r.Kind, r.Outcome, r.Person, r.Application, r.Link, r.Reference, r.MAC, r.Actor)
	}
	if tx.direct != nil {
		return tx.later("write the audit log", addAudit,
			&r.Chain, &r.Seq, &r.At, &r.Kind, &r.Outcome, &r.Person, &r.Application, &r.Link, &r.Reference, &r.MAC)
	}
	return tx.later("write the audit log", addAudit,
		r.Chain, r.Seq, r.At, r.Kind, r.Outcome, r.Person, r.Application, r.Link, r.Reference, r.MAC)
}

const addAudit = `INSERT INTO audit (chain, seq, at, kind, outcome, person, application, link, reference, mac)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

const addActorAudit = `INSERT INTO audit (chain, seq, at, kind, outcome, person, application, link, reference, mac, actor)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

const addDetailAudit = `INSERT INTO audit (chain, seq, at, kind, outcome, person, application, link, reference, mac, actor, detail)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

// The versions of the tables from which audit rows have an actor, and a detail.
const (
	actorVersion  = 11
	detailVersion = 16
)

// auditColumns reads audit rows, with other columns before.
func (v *View) auditColumns(before string) string {
	actor, detail := "actor", "detail"
	if v.former != 0 && v.former < actorVersion {
		actor = "''"
	}
	if v.former != 0 && v.former < detailVersion {
		detail = "''"
	}
	return "SELECT " + before + "chain, seq, at, kind, outcome, person, application, link, reference, mac, " + actor + ", " + detail + " FROM audit "
}

// EachAudit calls visit for every row in the order of writing, until it
// returns an error, which EachAudit wraps and returns.
func (v *View) EachAudit(visit func(AuditRow) error) error {
	return v.audit("ORDER BY id", nil, visit)
}

// NewestAudit lists the newest rows, newest first.
func (v *View) NewestAudit(limit int) ([]AuditRow, error) {
	var all []AuditRow
	err := v.audit("ORDER BY id DESC LIMIT $1", []any{int64(limit)}, func(r AuditRow) error {
		all = append(all, r)
		return nil
	})
	return all, err
}

func (v *View) audit(order string, args []any, visit func(AuditRow) error) error {
	return v.each("read the audit log", v.auditColumns("")+order, args, func(rows scanner) error {
		var r AuditRow
		err := rows.Scan(&r.Chain, &r.Seq, &r.At, &r.Kind, &r.Outcome, &r.Person, &r.Application, &r.Link, &r.Reference, &r.MAC, &r.Actor, &r.Detail)
		if err != nil {
			return err
		}
		return visit(r)
	})
}

// AuditPruned stands for rows of a chain that were removed because their time
// was over.
type AuditPruned struct {
	Chain, First, Last int64
	MAC                []byte // of the last of them
	Seal               []byte
}

// EachAuditPruned calls visit for every stretch of removed rows, in the order of
// each chain, until it returns an error.
func (v *View) EachAuditPruned(visit func(AuditPruned) error) error {
	return v.auditPruned("ORDER BY chain, first", nil, visit)
}

// AuditPrunedBeside gives the stretches that end right before first or begin
// right after last.
func (v *View) AuditPrunedBeside(chain, first, last int64) ([]AuditPruned, error) {
	var all []AuditPruned
	err := v.auditPruned("WHERE chain = $1 AND (last = $2 OR first = $3) ORDER BY first", []any{chain, first - 1, last + 1}, func(p AuditPruned) error {
		all = append(all, p)
		return nil
	})
	return all, err
}

func (v *View) auditPruned(which string, args []any, visit func(AuditPruned) error) error {
	return v.each("read what was removed from the audit log", "SELECT chain, first, last, mac, seal FROM audit_pruned "+which, args,
		func(rows scanner) error {
			var p AuditPruned
			if err := rows.Scan(&p.Chain, &p.First, &p.Last, &p.MAC, &p.Seal); err != nil {
				return err
			}
			return visit(p)
		})
}

// PruneAudit removes rows and leaves the stretch in their place, and in that of
// the stretches beside it that it took up.
func (tx *Tx) PruneAudit(ids []int64, by AuditPruned) error {
	const doing = "remove lines of the audit log"
	for _, id := range ids {
		if _, err := tx.exec(doing, "DELETE FROM audit WHERE id = $1", id); err != nil {
			return err
		}
	}
	if _, err := tx.exec(doing, "DELETE FROM audit_pruned WHERE chain = $1 AND first >= $2 AND last <= $3", by.Chain, by.First, by.Last); err != nil {
		return err
	}
	_, err := tx.exec(doing, "INSERT INTO audit_pruned (chain, first, last, mac, seal) VALUES ($1, $2, $3, $4, $5)",
		by.Chain, by.First, by.Last, by.MAC, by.Seal)
	return err
}

// AuditChainSeq names one audit row.
type AuditChainSeq struct{ Chain, Seq int64 }
