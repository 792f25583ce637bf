package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// Import says what became of one token of a file.
type Import struct {
	Serial  string
	Outcome ImportOutcome
	Why     string // for what was not understood
}

// ImportOutcome is what became of one token of a file.
type ImportOutcome string

// The outcomes of an import.
const (
	ImportNew     ImportOutcome = "new"
	ImportKnown   ImportOutcome = "already-here"
	ImportChanged ImportOutcome = "changed-refused" // the serial number is here with another key
	ImportUnclear ImportOutcome = "not-understood"
)

// ImportTokens adds tokens to the stock, all that can be used or, when there is
// an error, none, and says of each what became of it, in their order. A dry run
// says the same and adds nothing. It is the operator's to do.
func (d *Desk) ImportTokens(ctx context.Context, by Actor, tokens []NewToken, dry bool) ([]Import, error) {
	if len(tokens) > maxImport {
		return nil, ErrTooManySeeds
	}
	var told []Import
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		told = make([]Import, 0, len(tokens))
		if rights, err := d.rights(tx.View, by); err != nil || !rights.Operates {
			return errors.Join(err, errorIf(!rights.Operates, ErrForbidden))
		}
		adding := importing{by: by.id, reference: referenceOf(ctx), dry: dry, now: d.now(), fresh: map[string]*NewToken{}}
		for i := range tokens {
			said, err := d.importToken(tx, &tokens[i], &adding)
			if err != nil {
				return err
			}
			told = append(told, said)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("import tokens: %w", err)
	}
	return told, nil
}

// importing is one run of an import.
type importing struct {
	by, reference string
	dry           bool
	now           time.Time
	fresh         map[string]*NewToken // by serial key
}

func (d *Desk) importToken(tx *store.Tx, n *NewToken, run *importing) (Import, error) {
	said := Import{Serial: tidy(n.Serial, maxSerial), Outcome: ImportNew}
	if said.Why = n.check(); said.Why != "" {
		said.Outcome = ImportUnclear
		return said, nil
	}
	key := serialKey(n.Serial)
	if before, ok := run.fresh[key]; ok { // twice in one file
		said.Outcome = sameOrChanged(before.Key, n.Key)
		return said, nil
	}
	row, err := tx.Token(key)
	switch {
	case err == nil:
		secret, err := d.key.open(row.Secret, row.KeyID, placeOfToken(row.ID))
		if err == nil {
			said.Outcome = sameOrChanged(keyOf(row.Parameters, secret), keyOf(n.parameters(), n.Key.Secret))
		}
		return said, err
	case !errors.Is(err, store.ErrNotFound):
		return said, err
	}
	run.fresh[key] = n
	if run.dry {
		return said, nil
	}
	return said, d.addToken(tx, n, run)
}

// sameOrChanged compares all that makes the codes.
func sameOrChanged(a, b enroll.Key) ImportOutcome {
	if subtle.ConstantTimeCompare([]byte(a.Fingerprint()), []byte(b.Fingerprint())) == 1 {
		return ImportKnown
	}
	return ImportChanged
}

func (d *Desk) addToken(tx *store.Tx, n *NewToken, run *importing) error {
	id, err := d.newID()
	if err != nil {
		return err
	}
	sealed, keyID, err := d.seal(n.Key.Secret, placeOfToken(id))
	if err != nil {
		return err
	}
	err = tx.AddToken(store.Token{
		ID: id, Serial: strings.TrimSpace(n.Serial), SerialKey: serialKey(n.Serial),
		Maker: tidy(n.Maker, maxMaker), Model: tidy(n.Model, maxMaker), Secret: sealed, KeyID: keyID,
		Parameters: n.parameters(), Steps: n.steps(run.now), Imported: stamp(run.now),
	})
	if err != nil {
		return err
	}
	return d.audit(tx, AuditRow{Kind: kindTokenImport, Outcome: outcomeDone, Link: id, Actor: run.by, Reference: run.reference})
}
