package migrate

import (
	"cmp"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"sleutelbos/enroll"
)

// migrationScheme begins the text of the QR codes by which Google Authenticator
// hands over its keys. Behind it lies a protocol buffer with up to ten keys, and
// which part of how many it is.
const migrationScheme = "otpauth-migration://"

// google is one or more such texts, a line each.
func google() format {
	return format{
		name:   "google",
		text:   "import.format.google",
		detect: func(s *sample) likeness { return when(s.addresses() && s.mentions("otpauth-migration:")) },
		read:   readLines,
	}
}

// batches gathers which parts of which series were seen.
type batches struct{ all []Batch }

func newBatches() *batches { return &batches{} }

// seen notes a part and tells whether it is new.
func (b *batches) seen(id uint64, size, part int) bool {
	i := slices.IndexFunc(b.all, func(one Batch) bool { return one.ID == id && one.Size == size })
	if i < 0 {
		b.all = append(b.all, Batch{ID: id, Size: size})
		i = len(b.all) - 1
	}
	at, again := slices.BinarySearch(b.all[i].Seen, part)
	if !again {
		b.all[i].Seen = slices.Insert(b.all[i].Seen, at, part)
	}
	return !again
}

// tell puts the series into the result, with a note for each that is not
// complete.
func (b *batches) tell(j *job) {
	j.result.Batches = b.all
	for _, one := range b.all {
		if !one.Complete() {
			j.note("import.note.batch", "seen", len(one.Seen), "size", one.Size)
		}
	}
}

// maxBatch bounds the number of parts; Google writes one for each ten keys.
const maxBatch = 10_000

// addMigration adds the keys of one part, unless the same part came before. A
// part that cannot be read is kept as one entry.
func (j *job) addMigration(text string, seen *batches) error {
	part, err := parseMigration(text)
	if err != nil {
		d := newDraft([]byte(text))
		d.because("import.kept.unreadable")
		return j.add(d)
	}
	if part.size > 1 && !seen.seen(part.id, part.size, part.index+1) {
		return nil
	}
	for _, raw := range part.keys {
		if err := j.add(migrationKey(raw)); err != nil {
			return err
		}
	}
	return nil
}

// migration is one part: field 1 are the keys, 3 to 5 say which part it is.
type migration struct {
	keys        [][]byte
	size, index int
	id          uint64
}

var errMigration = errors.New("the data of Google Authenticator cannot be read")

func parseMigration(text string) (m migration, err error) {
	u, err := url.Parse(text)
	if err != nil {
		return m, errMigration
	}
	// A plus that was not percent-coded has become a blank; some tools write
	// base64 for addresses or leave the padding out.
	data := strings.NewReplacer(" ", "+", "-", "+", "_", "/", "=", "").Replace(u.Query().Get("data"))
	raw, err := base64.RawStdEncoding.DecodeString(data)
	if err != nil || len(raw) == 0 {
		return m, errMigration
	}
	err = eachField(raw, func(field protowire.Number, bytes []byte, n uint64) {
		switch field {
		case 1:
			m.keys = append(m.keys, bytes)
		case 3:
			m.size = int(min(n, maxBatch))
		case 4:
			m.index = int(min(n, maxBatch))
		case 5:
			m.id = n
		}
	})
	if err != nil || m.size > 1 && m.index >= m.size {
		return m, errMigration
	}
	return m, nil
}

// eachField walks through the fields of a protocol buffer: bytes for one with a
// length, n for a number.
func eachField(raw []byte, do func(field protowire.Number, bytes []byte, n uint64)) error {
	for len(raw) > 0 {
		field, kind, size := protowire.ConsumeTag(raw)
		if size < 0 {
			return errMigration
		}
		raw = raw[size:]
		var (
			bytes []byte
			n     uint64
		)
		switch kind {
		case protowire.BytesType:
			bytes, size = protowire.ConsumeBytes(raw)
		case protowire.VarintType:
			n, size = protowire.ConsumeVarint(raw)
		default:
			size = protowire.ConsumeFieldValue(field, kind, raw)
		}
		if size < 0 {
			return errMigration
		}
		raw = raw[size:]
		do(field, bytes, n)
	}
	return nil
}

// migrationKey reads one key. Google's numbers for what it does not say are 0.
func migrationKey(raw []byte) *draft {
	d := newDraft(raw)
	var counter uint64
	kind := uint64(2)
	err := eachField(raw, func(field protowire.Number, bytes []byte, n uint64) {
		switch field {
		case 1:
			d.Key.Secret = enroll.Secret(slices.Clone(bytes))
		case 2:
			d.Key.Account = string(bytes)
		case 3:
			d.Key.Issuer = string(bytes)
		case 4:
			d.Key.Algorithm = cmp.Or([...]enroll.Algorithm{"", enroll.SHA1, enroll.SHA256, enroll.SHA512, "MD5"}[min(n, 4)], enroll.SHA1)
			if n > 4 {
				d.because("import.kept.algorithm")
			}
		case 5:
			d.digits([...]int64{6, 6, 8, -1}[min(n, 3)])
		case 6:
			kind = n
		case 7:
			counter = n
		}
	})
	if err != nil {
		d.because("import.kept.unreadable")
	}
	switch kind {
	case 0, 2:
	case 1:
		d.Key.Kind = enroll.HOTP
		d.counter(int64(counter))
	default:
		d.strange("")
	}
	d.parted()
	return d
}

// parted takes the issuer out of an account such as "Issuer:account", where the
// account says it again or nothing else does.
func (d *draft) parted() {
	before, after, found := strings.Cut(d.Key.Account, ":")
	if !found {
		return
	}
	before, after = strings.TrimSpace(before), strings.TrimSpace(after)
	if before != "" && (d.Key.Issuer == "" || strings.EqualFold(before, d.Key.Issuer)) {
		d.Key.Issuer, d.Key.Account = cmp.Or(d.Key.Issuer, before), after
	}
}
