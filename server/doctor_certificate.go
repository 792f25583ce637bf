package server

import (
	"crypto/x509"
	"os"
	"path/filepath"

	"sleutelbos/enroll"
)

func (d *doctor) lookAtCertificate() {
	const what = "certificate"
	recorded := d.examined.Settings.Fingerprint
	path := either(d.certificate, d.folder.path(certificateFile))
	if d.certificate == "" && (recorded == "" || d.folder.Data == "") {
		if d.lookAtAuthority() == 0 {
			d.well(what, "none of the server's own; name the one of --tls files by --tls-cert to have it looked at")
		}
		return
	}
	leaf, err := readCertificate(path)
	if err != nil {
		d.amiss(what, "%s: %v", path, err)
		return
	}
	if d.lasts(leaf, "renew it (the server renews its own at a start)") && (d.certificate != "" || d.ownKeyFits(leaf)) {
		d.well(what, "valid until %s", leaf.NotAfter.Local().Format(timeForm))
	}
}

// lasts tells whether a certificate is valid for a while, and what is amiss.
func (d *doctor) lasts(leaf *x509.Certificate, advice string) bool {
	const what = "certificate"
	now := d.options.Now()
	switch {
	case now.Before(leaf.NotBefore):
		d.amiss(what, "valid only from %s; is the clock right?", leaf.NotBefore.Local().Format(timeForm))
		return false
	case now.Add(certificateEnd).After(leaf.NotAfter):
		d.amiss(what, "ends %s; %s", leaf.NotAfter.Local().Format(timeForm), advice)
		return false
	}
	return true
}

// lookAtAuthority looks at what a public authority signed for this server, and
// counts it.
func (d *doctor) lookAtAuthority() (seen int) {
	folder := d.folder.path(acmeFolder)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return 0
	}
	for _, entry := range entries {
		leaf, err := readCertificate(filepath.Join(folder, entry.Name()))
		if err != nil || len(leaf.DNSNames) == 0 {
			continue // the account's key, or a challenge
		}
		seen++
		name := leaf.DNSNames[0]
		if d.lasts(leaf, "the server renews "+name+" by itself a month before; its log says what keeps it") {
			d.well("certificate", "of %s, valid until %s", name, leaf.NotAfter.Local().Format(timeForm))
		}
	}
	return seen
}

// ownKeyFits tells whether certificate, key and recorded fingerprint belong
// together, and what is amiss.
func (d *doctor) ownKeyFits(leaf *x509.Certificate) bool {
	const what = "certificate"
	path := d.folder.path(tlsKeyFile)
	if _, err := os.Stat(path); err != nil {
		d.amiss(what, "%v; put it back from a backup, else the fingerprint of the letters changes at the next start", err)
		return false
	}
	key, err := ownKey(path, d.options.Random)
	if err != nil {
		d.amiss(what, "%s: %v", path, err)
		return false
	}
	if !key.PublicKey.Equal(leaf.PublicKey) || enroll.Fingerprint(leaf) != d.examined.Settings.Fingerprint {
		d.amiss(what, "certificate, key and the recorded fingerprint do not belong together; put tls.key back from a backup, or start the server and hand out new letters")
		return false
	}
	return true
}
