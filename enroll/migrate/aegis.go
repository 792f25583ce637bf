package migrate

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"sleutelbos/enroll"
)

// aegis is the vault of Aegis, as its documentation describes it: JSON, plain or
// sealed with AES-GCM under a master key that lies in slots. A password opens
// its slot by way of scrypt. Versions of the file to 1 and of its content to 3.
func aegis() format {
	return format{
		name:   "aegis",
		text:   "import.format.aegis",
		detect: func(s *sample) likeness { return when(s.has("version", "header", "db")) },
		read:   readAegis,
	}
}

type aegisFile struct {
	Version number
	Header  struct {
		Slots  json.RawMessage
		Params aegisParams
	}
	DB json.RawMessage
}

type aegisParams struct{ Nonce, Tag hexBytes }

type aegisSlot struct {
	Type      number
	Key       hexBytes
	KeyParams aegisParams `json:"key_params"`
	N, R, P   number
	Salt      hexBytes
	Repaired  bool
}

const (
	aegisVersion        = 1
	aegisContentVersion = 3
	aegisPasswordSlot   = 1
)

func readAegis(j *job) error {
	var file aegisFile
	if err := j.unmarshal(j.content, &file); err != nil {
		return err
	}
	if file.Version > aegisVersion {
		return &VersionError{j.format, strconv.Itoa(int(file.Version))}
	}
	if isNull(file.Header.Slots) {
		return readAegisContent(j, file.DB)
	}
	var sealed base64Bytes
	if json.Unmarshal(file.DB, &sealed) != nil {
		return damaged("its content")
	}
	master, err := aegisMaster(j, file.Header.Slots)
	if err != nil {
		return err
	}
	p := file.Header.Params
	content, err := openGCM(master, p.Nonce, slices.Concat([]byte(sealed), p.Tag))
	if errors.Is(err, ErrPassphrase) {
		return damaged("its content") // the slot opened, so it is not the password
	} else if err != nil {
		return err
	}
	return readAegisContent(j, content)
}

// aegisMaster tries the password on each slot that a password opens; a vault has
// a second one where backups have a password of their own.
func aegisMaster(j *job, slots json.RawMessage) (master []byte, err error) {
	passphrase, err := j.passphrase("import.password.aegis")
	if err != nil {
		return nil, err
	}
	none := errors.New("no slot")
	err = none
	each := j.each(slots, func(raw json.RawMessage) error {
		var s aegisSlot
		if json.Unmarshal(raw, &s) != nil || s.Type != aegisPasswordSlot || master != nil {
			return nil
		}
		opened, failed := s.open(j, passphrase)
		if failed == nil {
			master = opened
		}
		err = failed
		if errors.Is(failed, ErrPassphrase) {
			return nil
		}
		return failed
	})
	switch {
	case each != nil:
		return nil, each
	case errors.Is(err, none):
		return nil, damaged("it has no slot for a password")
	case master != nil:
		return master, nil
	}
	return nil, err
}

func (s aegisSlot) open(j *job, passphrase []byte) ([]byte, error) {
	open := func(passphrase []byte) ([]byte, error) {
		key, err := j.scrypt(passphrase, s.Salt, int64(s.N), int64(s.R), int64(s.P), 32)
		if err != nil {
			return nil, err
		}
		return openGCM(key, s.KeyParams.Nonce, slices.Concat([]byte(s.Key), s.KeyParams.Tag))
	}
	master, err := open(passphrase)
	padded := aegisPadded(passphrase)
	if s.Repaired || len(padded) <= 64 || !errors.Is(err, ErrPassphrase) {
		return master, err
	}
	return open(padded)
}

// aegisPadded is a long password as early versions of Aegis took it: with the
// zeros behind it that filled up Java's buffer, a tenth more than it has
// characters. A slot that was saved since is marked as repaired.
func aegisPadded(passphrase []byte) []byte {
	room := len([]rune(string(passphrase))) * 11 / 10
	return slices.Concat(passphrase, make([]byte, max(room-len(passphrase), 0)))
}

type aegisEntry struct {
	Type, UUID, Name, Issuer, Note string
	Favorite                       bool
	Group                          string // before version 3
	Groups                         []string
	Info                           struct {
		Secret, Algo            string
		Digits, Period, Counter number
	}
}

func readAegisContent(j *job, content []byte) error {
	var db struct {
		Version         number
		Entries, Groups json.RawMessage
	}
	if err := j.unmarshal(content, &db); err != nil {
		return err
	}
	if db.Version > aegisContentVersion {
		return &VersionError{j.format, "content " + strconv.Itoa(int(db.Version))}
	}
	groups := map[string]string{}
	err := j.each(db.Groups, func(raw json.RawMessage) error {
		var g struct{ UUID, Name string }
		if json.Unmarshal(raw, &g) == nil {
			groups[g.UUID] = g.Name
		}
		return nil
	})
	if err != nil {
		return err
	}
	return eachEntry(j, db.Entries, func(e aegisEntry, d *draft) error {
		d.Key.Issuer, d.Key.Account, d.Note, d.Origin, d.Favourite = e.Issuer, e.Name, e.Note, e.UUID, e.Favorite
		d.group(e.Group)
		for _, id := range e.Groups {
			d.group(groups[id])
		}
		d.kind(e.Type)
		d.secret(e.Info.Secret)
		if strings.EqualFold(e.Info.Algo, "MD5") {
			e.Info.Algo = string(enroll.SHA1) // a slip of Aegis's; it computes with SHA-1
		}
		d.algorithm(e.Info.Algo)
		d.digits(int64(e.Info.Digits))
		d.period(int64(e.Info.Period))
		d.counter(int64(e.Info.Counter))
		return j.add(d)
	})
}
