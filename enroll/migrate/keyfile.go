package migrate

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"slices"
	"strings"
)

// keyFile is what a file gives that opens a KeePass database; the zero value is
// none.
type keyFile struct {
	key    []byte
	at     int  // its place among the files beside
	formed bool // it has the form of a key file, and not just any content
}

// composite is what the database's key is derived from. No passphrase at all is
// other than an empty one, but nobody can type the difference; a nil one is none.
func (k keyFile) composite(passphrase []byte) [sha256.Size]byte {
	var parts []byte
	if passphrase != nil {
		sum := sha256.Sum256(passphrase)
		parts = append(parts, sum[:]...)
	}
	return sha256.Sum256(append(parts, k.key...))
}

// keyFiles are those files beside that can be a key file, those that say so
// first. Any file can be one, so what is surely something else is left out, and
// there are few, since each is tried.
func (j *job) keyFiles() []keyFile {
	const most = 3
	var sure, possible []keyFile
	for at, file := range j.options.Beside {
		if key, ok := xmlKey(file.Content); ok {
			sure = append(sure, keyFile{key, at, true})
		} else if known, _, _ := detect(file.Content, file.Name, j.limits); len(known) == 0 && len(file.Content) > 0 {
			key, formed := plainKey(file.Content)
			possible = append(possible, keyFile{key, at, formed})
		}
	}
	all := slices.Concat(sure, possible)
	return all[:min(len(all), most)]
}

// plainKey is the key of a file without a form: 32 bytes as they are, or in
// hexadecimal, and of anything else the sum.
func plainKey(content []byte) (key []byte, formed bool) {
	if len(content) == sha256.Size {
		return content, true
	}
	if len(content) == 2*sha256.Size {
		if key, err := hex.DecodeString(string(content)); err == nil {
			return key, true
		}
	}
	sum := sha256.Sum256(content)
	return sum[:], false
}

// xmlKey reads a key file of KeePass, version 1 (base64) or 2 (hexadecimal, with
// the beginning of a sum).
func xmlKey(content []byte) (key []byte, ok bool) {
	const most = 64 << 10
	text := trimText(content)
	if len(text) > most || !bytes.HasPrefix(text, []byte("<")) || !bytes.Contains(text, []byte("<KeyFile")) {
		return nil, false
	}
	var file struct {
		XMLName xml.Name `xml:"KeyFile"`
		Version string   `xml:"Meta>Version"`
		Data    struct {
			Sum  string `xml:"Hash,attr"`
			Text string `xml:",chardata"`
		} `xml:"Key>Data"`
	}
	if xml.Unmarshal(text, &file) != nil {
		return nil, false
	}
	data := strings.Join(strings.Fields(file.Data.Text), "")
	var err error
	if strings.HasPrefix(strings.TrimSpace(file.Version), "1") {
		key, err = base64.StdEncoding.DecodeString(data)
		return key, err == nil && len(key) > 0
	}
	key, err = hex.DecodeString(data)
	if err != nil || len(key) == 0 {
		return nil, false
	}
	sum := sha256.Sum256(key)
	return key, file.Data.Sum == "" || strings.EqualFold(file.Data.Sum, hex.EncodeToString(sum[:4]))
}

// WantsMore tells whether a file may need another one beside it to be opened: a
// KeePass database its key file, an encrypted maFile the manifest.json.
func WantsMore(f File) bool {
	return bytes.HasPrefix(f.Content, []byte(kdbxMagic)) || isMaFile(f)
}
