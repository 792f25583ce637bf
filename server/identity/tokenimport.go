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
// says the same and adds nothing.
func (d *Desk) ImportTokens(ctx context.Context, tokens []NewToken, dry bool) ([]Import, error) {
	if len(tokens) > maxImport {
		return nil, ErrTooManySeeds
	}
	var told []Import
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		told = make([]Import, 0, len(tokens))
		fresh := map[string]*NewToken{}
		now := d.now()
		for i := range tokens {
			said, err := d.importToken(tx, &tokens[i], fresh, now, dry)
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

func (d *Desk) importToken(tx *store.Tx, n *NewToken, fresh map[string]*NewToken, now time.Time, dry bool) (Import, error) {
	said := Import{Serial: tidy(n.Serial, maxSerial), Outcome: ImportNew}
	if said.Why = n.check(); said.Why != "" {
		said.Outcome = ImportUnclear
		return said, nil
	}
	key := serialKey(n.Serial)
	if before, ok := fresh[key]; ok { // twice in one file
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
	fresh[key] = n
	if dry {
		return said, nil
	}
	return said, d.addToken(tx, n, now)
}

// sameOrChanged compares all that makes the codes.
func sameOrChanged(a, b enroll.Key) ImportOutcome {
	if subtle.ConstantTimeCompare([]byte(a.Fingerprint()), []byte(b.Fingerprint())) == 1 {
		return ImportKnown
	}
	return ImportChanged
}

func (d *Desk) addToken(tx *store.Tx, n *NewToken, now time.Time) error {
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
		Parameters: n.parameters(), Steps: n.steps(), Imported: stamp(now),
	})
	if err != nil {
		return err
	}
	return d.audit(tx, AuditRow{Kind: kindTokenImport, Outcome: outcomeDone, Link: id})
}
