package identity

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"sleutelbos/server/store"
)

// ErrAuditHead says that a head is not as this server signed it.
var ErrAuditHead = errors.New("the head of the audit log was changed, or another server signed it; use the file as the server wrote it")

// AuditHead is the newest row of a chain at a moment, signed with the server
// key. Kept out of the reach of whoever can change the database, it shows when
// the end of the chain is cut off.
type AuditHead struct {
	Time      time.Time  `json:"time"`
	Key       string     `json:"key"` // id of the server key
	Place     AuditPlace `json:"place"`
	Chain     int64      `json:"chain"`
	Sequence  int64      `json:"sequence"`
	MAC       string     `json:"mac"`       // of the row, in hexadecimal
	Signature string     `json:"signature"` // of all the rest, in hexadecimal
}

// AuditHeads signs the newest row of every chain that was written to after the
// head last; of every chain, when that is nil or no longer in the log, as
// after restoring a backup.
func (d *Desk) AuditHeads(ctx context.Context, last *AuditHead) ([]AuditHead, error) {
	now, state := d.now(), d.key.now.Load()
	key := state.current
	var heads []AuditHead
	err := d.store.Read(ctx, func(view *store.View) error {
		after, err := state.coveredBy(view, last)
		if err != nil {
			return err
		}
		found, err := view.AuditHeads(after)
		heads = heads[:0]
		for _, e := range found {
			head := AuditHead{Time: now, Key: key.id, Place: AuditPlace(e.ID), Chain: e.Chain, Sequence: e.Seq, MAC: hex.EncodeToString(e.MAC)}
			head.Signature = hex.EncodeToString(key.kept.signHead(head))
			heads = append(heads, head)
		}
		return err
	})
	if err == nil {
		err = d.store.Flushed() // a head outlives what a loss of power takes away
	}
	if err != nil {
		return nil, fmt.Errorf("sign the audit log: %w", err)
	}
	return heads, nil
}

func (s *keyState) coveredBy(view *store.View, last *AuditHead) (int64, error) {
	if last == nil || s.checkHead(*last) != nil {
		return 0, nil
	}
	held, err := view.HoldsAudit(int64(last.Place), last.row())
	if err != nil || !held {
		return 0, err
	}
	return int64(last.Place), nil
}

// row is what the head names; checkHead has read the MAC.
func (h AuditHead) row() store.AuditHead {
	mac, _ := hex.DecodeString(h.MAC)
	return store.AuditHead{Chain: h.Chain, Seq: h.Sequence, MAC: mac}
}

func (s subkeys) signHead(h AuditHead) []byte {
	numbers := appendNumbers(nil, stamp(h.Time), int64(h.Place), h.Chain, h.Sequence)
	return s.hash(forAuditHead, h.Key, h.MAC, string(numbers))
}

// checkHead returns [ErrWrongServerKey] or [ErrAuditHead] unless a key of this
// database signed the head.
func (s *keyState) checkHead(h AuditHead) error {
	kept, err := s.of(h.Key)
	if err != nil {
		return ErrWrongServerKey
	}
	signature, err := hex.DecodeString(h.Signature)
	if err != nil || !hmac.Equal(signature, kept.signHead(h)) {
		return ErrAuditHead
	}
	return nil
}
