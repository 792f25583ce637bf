package migrate

import (
	"crypto/sha1"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/json"
	"errors"
	"hash"
	"strings"
)

// freeotpSealed is something that version 2 of FreeOTP sealed with AES-GCM. The
// parameters are ASN.1 (RFC 5084 §3.2): the nonce and the length of the tag. The
// name of what is sealed is authenticated with it.
type freeotpSealed struct {
	Cipher     string      `json:"mCipher"`
	Text       signedBytes `json:"mCipherText"`
	Parameters signedBytes `json:"mParameters"`
	Token      string      `json:"mToken"`
}

func (s freeotpSealed) open(key []byte) ([]byte, error) {
	var parameters struct {
		Nonce []byte
		Tag   int `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(s.Parameters, &parameters); err != nil {
		if _, err := asn1.Unmarshal(s.Parameters, &parameters.Nonce); err != nil {
			return nil, damaged("the parameters of a cipher")
		}
	}
	if s.Cipher != "AES/GCM/NoPadding" {
		return nil, damaged("a cipher that is not known")
	}
	return openGCM(key, parameters.Nonce, s.Text, []byte(s.Token)...)
}

type freeotpMaster struct {
	Algorithm  string        `json:"mAlgorithm"`
	Key        freeotpSealed `json:"mEncryptedKey"`
	Iterations number        `json:"mIterations"`
	Salt       signedBytes   `json:"mSalt"`
}

// open derives the key of the password, which is as long as the salt, and opens
// the master key with it.
func (m freeotpMaster) open(j *job) ([]byte, error) {
	hashes := map[string]func() hash.Hash{"PBKDF2WITHHMACSHA1": sha1.New, "PBKDF2WITHHMACSHA512": sha512.New}
	h := hashes[strings.ToUpper(m.Algorithm)]
	if h == nil {
		return nil, &VersionError{j.format, m.Algorithm}
	}
	if len(m.Salt) == 0 || len(m.Salt) > 64 {
		return nil, damaged("the salt of its password")
	}
	passphrase, err := j.passphrase("import.password.freeotp")
	if err != nil {
		return nil, err
	}
	key, err := j.pbkdf2(h, passphrase, m.Salt, int64(m.Iterations), len(m.Salt))
	if err != nil {
		return nil, err
	}
	return m.Key.open(key)
}

// readFreeotp2 reads the map: under "masterKey" the master key, and for each
// entry its key under an identifier and what is known of it under the same with
// "-token".
func readFreeotp2(j *job) error {
	const behind = "-token"
	pairs, err := parseJavaMap(j.content, 2*j.limits.Entries+2)
	if err != nil {
		return err
	}
	values := make(map[string]string, len(pairs))
	for _, p := range pairs {
		values[p.name] = p.value
	}
	var master freeotpMaster
	if err := j.unmarshal([]byte(values["masterKey"]), &master); err != nil {
		return err
	}
	key, err := master.open(j)
	if err != nil {
		return err
	}
	for _, p := range freeotpOrder(pairs) {
		id, isToken := strings.CutSuffix(p.name, behind)
		if !isToken {
			continue
		}
		d := newDraft([]byte(p.value))
		if err := d.freeotp2(p.value, values[id], key, j.limits); err != nil {
			d.because("import.kept.unreadable")
		}
		d.Origin = id
		if err := j.add(d); err != nil {
			return err
		}
	}
	return nil
}

var errFreeotp = errors.New("the entry cannot be read")

func (d *draft) freeotp2(token, sealed string, master []byte, limits Limits) error {
	var (
		t     freeotpToken
		outer struct{ Key string }
		inner freeotpSealed
	)
	for _, one := range []string{token, sealed} {
		if checkJSON([]byte(one), limits) != nil {
			return errFreeotp
		}
	}
	if json.Unmarshal([]byte(token), &t) != nil {
		return errFreeotp
	}
	t.into(d, 0)
	if json.Unmarshal([]byte(sealed), &outer) != nil || checkJSON([]byte(outer.Key), limits) != nil || json.Unmarshal([]byte(outer.Key), &inner) != nil {
		return errFreeotp
	}
	secret, err := inner.open(master)
	if err != nil {
		return errFreeotp
	}
	d.Key.Secret = secret
	return nil
}
