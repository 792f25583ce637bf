package identity

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store/storetest"
)

// A database that the version before hardware tokens made: anna linked an app,
// and used a code an hour after the morning.
func TestLinksOfTheFormerVersion(t *testing.T) {
	storetest.SQLiteOnly(t)
	const (
		secret = "ZDNKKV2XGLMQ4M3DNU3P7AZJRE6UY4D6"
		appKey = "sleutelbos_LAHx6FdSPzKmleIFNYJwg9cAavZ-N_UkLKy8aZgE7Ew"
		used   = "975715"
	)
	h := emptyHouse(t, &clock{now: morning.Add(time.Hour + 30*time.Second)})
	h.address = filepath.Join(h.folder, "server.db")
	h.must(copyAs(filepath.Join("testdata", "version2", "server.key"), h.keyFile()))
	h.unpack(filepath.Join("testdata", "version2", "server.db.gz"), h.address)
	h.open()
	raw, err := enroll.ParseSecret(secret)
	h.must(err)
	key := linkKey(raw)
	h.app, err = h.Authenticate(t.Context(), appKey)
	h.must(err)
	h.expect("anna", used, ReasonReplayed)
	h.clock.add(30 * time.Second)
	h.expect("anna", h.code(key), ReasonValid)
	h.clock.add(30 * time.Second)
	h.lock("anna", key)
	h.clock.add(lockTime)
	h.expect("anna", h.code(key), ReasonValid)
	d := h.device("A1", enroll.HOTP, enroll.SHA512, 8, 0)
	h.handed(d, "anna")
	h.expect("anna", h.push(d), ReasonValid)
	h.must(h.VerifyAudit(t.Context()))
	if p := h.look("anna"); len(p.Links) != 2 || p.Links[0].Token != "" || p.Links[1].Token != "A1" {
		t.Errorf("%+v", p.Links)
	}
}

func (h *house) unpack(from, to string) {
	h.t.Helper()
	file, err := os.Open(from)
	h.must(err)
	defer func() { _ = file.Close() }()
	packed, err := gzip.NewReader(file)
	h.must(err)
	content, err := io.ReadAll(packed)
	h.must(err)
	h.must(os.WriteFile(to, content, 0o600))
}
