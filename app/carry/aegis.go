package carry

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"golang.org/x/crypto/scrypt"

	"sleutelbos/enroll"
	"sleutelbos/vault"
)

// Costs of the passphrase, as Aegis writes them: 32 MiB.
const (
	scryptN = 1 << 15
	scryptR = 8
	scryptP = 1
)

// The parts of the file, as Aegis documents its vault: a header with slots that
// wrap the master key, and the database sealed with that.
type (
	aegisFile struct {
		Version int         `json:"version"`
		Header  aegisHeader `json:"header"`
		DB      string      `json:"db"`
	}
	aegisHeader struct {
		Slots  []aegisSlot `json:"slots"`
		Params aegisParams `json:"params"`
	}
	aegisParams struct {
		Nonce string `json:"nonce"`
		Tag   string `json:"tag"`
	}
	aegisSlot struct {
		Type     int         `json:"type"` // 1: a passphrase
		UUID     string      `json:"uuid"`
		Key      string      `json:"key"`
		Params   aegisParams `json:"key_params"`
		N        int         `json:"n"`
		R        int         `json:"r"`
		P        int         `json:"p"`
		Salt     string      `json:"salt"`
		Repaired bool        `json:"repaired"`
		IsBackup bool        `json:"is_backup"`
	}
	aegisDB struct {
		Version int          `json:"version"`
		Entries []aegisEntry `json:"entries"`
		Groups  []aegisGroup `json:"groups"`
	}
	aegisGroup struct {
		UUID string `json:"uuid"`
		Name string `json:"name"`
	}
	aegisEntry struct {
		Type     string    `json:"type"`
		UUID     string    `json:"uuid"`
		Name     string    `json:"name"`
		Issuer   string    `json:"issuer"`
		Note     string    `json:"note"`
		Favorite bool      `json:"favorite"`
		Icon     *string   `json:"icon"`
		Info     aegisInfo `json:"info"`
		Groups   []string  `json:"groups"`
	}
	aegisInfo struct {
		Secret  string  `json:"secret"`
		Algo    string  `json:"algo"`
		Digits  int     `json:"digits"`
		Period  *int    `json:"period,omitempty"`
		Counter *uint64 `json:"counter,omitempty"`
	}
)

// Aegis writes an encrypted vault of Aegis that the passphrase opens.
func Aegis(v *vault.Vault, passphrase []byte, random io.Reader) (Exported, error) {
	all, left, err := collect(v)
	if err != nil {
		return Exported{}, fmt.Errorf("write for Aegis: %w", err)
	}
	defer wipe(all)
	db, err := aegisDatabase(all, random)
	if err != nil {
		return Exported{}, fmt.Errorf("write for Aegis: %w", err)
	}
	defer clear(db)
	content, err := sealAegis(db, passphrase, random)
	if err != nil {
		return Exported{}, fmt.Errorf("write for Aegis: %w", err)
	}
	return Exported{content, len(all), left}, nil
}

func aegisDatabase(all []held, random io.Reader) ([]byte, error) {
	db := aegisDB{Version: 3, Entries: []aegisEntry{}, Groups: []aegisGroup{}}
	groups := map[string]string{}
	for _, one := range all {
		id, err := uuid(random)
		if err != nil {
			return nil, err
		}
		entry := aegisEntry{
			Type: string(one.key.Kind), UUID: id, Name: one.key.Account, Issuer: one.key.Issuer,
			Note: one.extra.Note, Favorite: one.extra.Favourite, Groups: []string{},
			Info: aegisInfo{Secret: one.key.Secret.Base32(), Algo: string(one.key.Algorithm), Digits: one.key.Digits},
		}
		if one.key.Kind == enroll.HOTP {
			entry.Info.Counter = &one.key.Counter
		} else {
			entry.Info.Period = &one.key.Period
		}
		for _, name := range one.extra.Groups {
			if groups[name] == "" {
				if groups[name], err = uuid(random); err != nil {
					return nil, err
				}
				db.Groups = append(db.Groups, aegisGroup{groups[name], name})
			}
			if !slices.Contains(entry.Groups, groups[name]) {
				entry.Groups = append(entry.Groups, groups[name])
			}
		}
		db.Entries = append(db.Entries, entry)
	}
	return json.Marshal(db)
}

func sealAegis(db, passphrase []byte, random io.Reader) ([]byte, error) {
	master, salt := make([]byte, 32), make([]byte, 32)
	defer clear(master)
	for _, b := range [][]byte{master, salt} {
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, err
		}
	}
	derived, err := scrypt.Key(passphrase, salt, scryptN, scryptR, scryptP, 32)
	if err != nil {
		return nil, err
	}
	defer clear(derived)
	id, err := uuid(random)
	if err != nil {
		return nil, err
	}
	wrapped, wrapParams, err := sealGCM(derived, master, random)
	if err != nil {
		return nil, err
	}
	sealed, params, err := sealGCM(master, db, random)
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(aegisFile{
		Version: 1,
		Header: aegisHeader{
			Slots: []aegisSlot{{
				Type: 1, UUID: id, Key: hex.EncodeToString(wrapped), Params: wrapParams,
				N: scryptN, R: scryptR, P: scryptP, Salt: hex.EncodeToString(salt), Repaired: true,
			}},
			Params: params,
		},
		DB: base64.StdEncoding.EncodeToString(sealed),
	}, "", "    ")
}

// sealGCM seals with AES-256-GCM; nonce and tag stand apart.
func sealGCM(key, plain []byte, random io.Reader) ([]byte, aegisParams, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, aegisParams{}, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, aegisParams{}, err
	}
	nonce := make([]byte, gcm.NonceSize())
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, aegisParams{}, err
	}
	sealed := gcm.Seal(nil, nonce, plain, nil)
	end := len(sealed) - gcm.Overhead()
	return sealed[:end], aegisParams{hex.EncodeToString(nonce), hex.EncodeToString(sealed[end:])}, nil
}

// uuid makes a random identifier (RFC 9562 §5.4).
func uuid(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", err
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}
