package vault

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// header is what anybody who has the file can read: how to open it, and which
// save it is. All of it is associated data of the body.
type header struct {
	Vault  string    `json:"vault"`  // 16 bytes, hexadecimal
	Serial uint64    `json:"serial"` // goes up with each save
	Saved  time.Time `json:"saved"`  // UTC, whole seconds
	Slots  []slot    `json:"slots"`  // at most one of each kind, in the order of slotOrder
}

const (
	idSize   = 16
	maxSlots = 8
)

var slotOrder = [...]SlotKind{KeyringSlot, PassphraseSlot, RecoverySlot}

// parse reads a header. One of this format must be exactly what encode writes,
// so that there are no two spellings of one header; one of a newer format may
// hold fields and slots that are passed over.
func (h *header) parse(raw []byte, newer bool) error {
	if err := json.Unmarshal(raw, h); err != nil {
		return fmt.Errorf("%w: its header cannot be read", ErrDamaged)
	}
	if id, err := hex.DecodeString(h.Vault); err != nil || len(id) != idSize {
		return fmt.Errorf("%w: its header names no vault", ErrDamaged)
	}
	if newer {
		return nil
	}
	if canonical, err := h.encode(); err != nil || !bytes.Equal(canonical, raw) {
		return fmt.Errorf("%w: its header is not in canonical form", ErrDamaged)
	}
	if len(h.Slots) > maxSlots {
		return fmt.Errorf("%w: its header has too many slots", ErrDamaged)
	}
	next := 0
	for _, s := range h.Slots {
		for next < len(slotOrder) && slotOrder[next] != s.Kind {
			next++
		}
		if next == len(slotOrder) {
			return fmt.Errorf("%w: its header has a slot that makes no sense", ErrDamaged)
		}
		next++
		if err := s.check(); err != nil {
			return err
		}
	}
	return nil
}

func (h *header) encode() ([]byte, error) {
	raw, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("write the header: %w", err)
	}
	return raw, nil
}

// slot finds the first slot of a kind.
func (h *header) slot(kind SlotKind) (slot, bool) {
	for _, s := range h.Slots {
		if s.Kind == kind {
			return s, true
		}
	}
	return slot{}, false
}

func (h *header) kinds() []SlotKind {
	kinds := make([]SlotKind, 0, len(slotOrder))
	for _, kind := range slotOrder {
		if _, ok := h.slot(kind); ok {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// with gives the slots with one of this kind, or without it when s is nil, in
// canonical order.
func (h *header) with(kind SlotKind, s *slot) []slot {
	slots := make([]slot, 0, len(slotOrder))
	for _, k := range slotOrder {
		if old, ok := h.slot(k); k == kind && s != nil {
			slots = append(slots, *s)
		} else if ok && k != kind {
			slots = append(slots, old)
		}
	}
	return slots
}

// randomID makes a name of 128 bits that tells nothing.
func randomID(random io.Reader) (string, error) {
	raw := make([]byte, idSize)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("make a name: %w", err)
	}
	return hex.EncodeToString(raw), nil
}
