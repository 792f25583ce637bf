package migrate

import (
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// authy is what people get out of Authy: its Android preferences, or the JSON of
// tools that ask its server. Seeds that are backed up are sealed with AES-CBC
// under PBKDF2 of the backup password. Tokens of Authy's own have seven digits
// and last ten seconds.
func authy() format {
	return format{
		name: "authy",
		text: "import.format.authy",
		detect: func(s *sample) likeness {
			return when(s.has("authenticator_tokens") || s.firstHas("decrypted_seed") || s.firstHas("encrypted_seed", "salt") ||
				s.firstHas("accountType", "originalName") || s.contains("com.authy.storage.tokens."))
		},
		read: readAuthy,
	}
}

const (
	authyIterations = 1000 // where the file names none
	authyOwnDigits  = 7
	authyOwnPeriod  = 10
)

// authyToken has both spellings, of the program and of its server.
type authyToken struct {
	Name, OriginalName, OriginalIssuer, Issuer string
	AccountType, ID, UniqueID, Salt, Logo      string
	DecryptedSecret, EncryptedSecret           string
	SecretSeed, Secret                         string
	Digits, Period                             number

	ServerOriginalName string `json:"original_name"`
	ServerAccountType  string `json:"account_type"`
	ServerID           string `json:"unique_id"`
	DecryptedSeed      string `json:"decrypted_seed"`
	EncryptedSeed      string `json:"encrypted_seed"`
	Nonce              string `json:"unique_iv"`
	Iterations         number `json:"key_derivation_iterations"`
}

func readAuthy(j *job) error {
	text := trimText(j.content)
	if len(text) == 0 || text[0] != '<' {
		list := json.RawMessage(text)
		if len(text) > 0 && text[0] == '{' {
			var file struct {
				Tokens json.RawMessage `json:"authenticator_tokens"`
			}
			if err := j.unmarshal(text, &file); err != nil {
				return err
			}
			list = file.Tokens
		}
		return readAuthyTokens(j, list)
	}
	pairs, err := j.preferences(text)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if strings.HasPrefix(p.name, "com.authy.storage.tokens.") && strings.HasSuffix(p.name, ".key") {
			if err := readAuthyTokens(j, json.RawMessage(p.value)); err != nil {
				return err
			}
		}
	}
	return nil
}

func readAuthyTokens(j *job, list json.RawMessage) error {
	if err := checkJSON(list, j.limits); err != nil {
		return err
	}
	return eachEntry(j, list, func(t authyToken, d *draft) error {
		t.names(d)
		d.digits(int64(t.Digits))
		d.period(int64(t.Period))
		sealed := cmp.Or(t.EncryptedSecret, t.EncryptedSeed)
		plain := cmp.Or(t.DecryptedSecret, t.DecryptedSeed, t.Secret)
		switch {
		case t.SecretSeed != "":
			raw, err := hex.DecodeString(t.SecretSeed)
			if err != nil {
				d.because("import.kept.secret")
			}
			d.Key.Secret = raw
			d.digits(cmp.Or(int64(t.Digits), authyOwnDigits))
			d.period(authyOwnPeriod)
		case plain == "" && sealed != "":
			seed, err := t.open(j, sealed)
			if err != nil {
				return err
			}
			d.secret(seed)
		default:
			d.secret(plain)
		}
		return j.add(d)
	})
}

// open opens a seed. The salt is taken as the text that it is.
func (t authyToken) open(j *job, sealed string) (string, error) {
	raw, err := readBase64(sealed)
	if err != nil {
		return "", damaged("what is encrypted")
	}
	nonce := make([]byte, 16)
	if t.Nonce != "" {
		if nonce, err = hex.DecodeString(t.Nonce); err != nil {
			return "", damaged("what is encrypted")
		}
	}
	passphrase, err := j.passphrase("import.password.authy")
	if err != nil {
		return "", err
	}
	key, err := j.pbkdf2(sha1.New, passphrase, []byte(t.Salt), cmp.Or(int64(t.Iterations), authyIterations), 32)
	if err != nil {
		return "", err
	}
	seed, err := openCBC(key, nonce, raw)
	if err != nil {
		return "", err
	}
	if _, err := readSecret(string(seed)); err != nil {
		return "", ErrPassphrase // the padding fits by chance
	}
	return string(seed), nil
}

// names tells the issuer from what the person sees, which is both in one.
func (t authyToken) names(d *draft) {
	original := cmp.Or(t.OriginalName, t.ServerOriginalName)
	issuer, account, found := strings.Cut(original, ":")
	name := t.Name
	for _, between := range []string{": ", ":", " - "} {
		if before, behind, cut := strings.Cut(t.Name, between); cut {
			name = behind
			if !found {
				issuer, found = before, true
			}
			break
		}
	}
	if !found {
		issuer = ""
	}
	d.Key.Issuer = cmp.Or(t.OriginalIssuer, t.Issuer, issuer)
	d.Key.Account = cmp.Or(name, account, original)
	if d.Key.Issuer == "" && t.SecretSeed != "" {
		d.Key.Issuer, d.Key.Account = d.Key.Account, ""
	}
	d.Origin, d.Icon = cmp.Or(t.ID, t.ServerID), t.Logo
}
