package migrate

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"html"
	"testing"

	"sleutelbos/enroll"
)

func totpauthBackup(t testing.TB, passphrase string) []byte {
	var codes []object
	for i, k := range totpauthKeys() {
		code := object{"issuer": k.Issuer, "name": k.Account, "digits": "6", "period": "30"}
		switch i {
		case 0:
			code["base"], code["key"] = 16, hex.EncodeToString(k.Secret)
		case 1:
			code["base"], code["key"] = 32, b32(k.Secret)
		default:
			code["base"], code["key"] = 64, base64.StdEncoding.EncodeToString(k.Secret)
		}
		codes = append(codes, code)
	}
	content := mustJSON(t, object{string(mustJSON(t, codes)): "x"})
	key := sha256.Sum256([]byte(passphrase))
	return []byte(base64.StdEncoding.EncodeToString(cbc(t, key[:], make([]byte, 16), content)))
}

func totpauthKeys() []enroll.Key {
	k := fixtureKeys()[0]
	other, third := k, k
	other.Account, third.Account = "tweede", "derde"
	return []enroll.Key{k, other, third}
}

func TestTOTPAuthenticator(t *testing.T) {
	for _, passphrase := range []string{"TotpAuthenticator", "wachtwoord"} {
		content := totpauthBackup(t, passphrase)
		recognised(t, content, "totp-authenticator")
		sameKeys(t, keysOf(read(t, content, passphrase)), totpauthKeys())
	}
	crafted(t, "a wrong password", totpauthBackup(t, "wachtwoord"), ErrPassphrase)
	var needed *PassphraseError
	if _, err := tryRead(totpauthBackup(t, "wachtwoord"), ""); !errors.As(err, &needed) {
		t.Errorf("without a password: %v", err)
	}
}

func TestListsInArchives(t *testing.T) {
	k := fixtureKeys()[0]
	line := []byte("otpauth://totp/Gemeente%20Voorbeeld:jan%40example.nl?issuer=Gemeente%20Voorbeeld&secret=" + b32(k.Secret) + "\n")
	for name, want := range map[string]Format{"Accounts.txt": "authenticator-plus", "winauth-2023-03-24.txt": "winauth"} {
		content := protonpassArchive(t, name, line)
		recognised(t, content, want)
		sameKeys(t, keysOf(read(t, content, "")), []enroll.Key{k})
	}
}

// The archive of one stored file, encrypted as archives were before AES.
func oldArchive(t testing.TB, name, passphrase string, plain []byte) []byte {
	t.Helper()
	k0, k1, k2 := uint32(305419896), uint32(591751049), uint32(878082192)
	turn := func(b byte) {
		k0 = ^crc32.Update(^k0, crc32.IEEETable, []byte{b})
		k1 = (k1+(k0&255))*0x08088405 + 1
		k2 = ^crc32.Update(^k2, crc32.IEEETable, []byte{byte(k1 >> 24)})
	}
	for _, b := range []byte(passphrase) {
		turn(b)
	}
	var sealed []byte
	for _, b := range append(bytesOf(3, 12), plain...) {
		t := uint16(k2) | 2
		sealed = append(sealed, b^byte((uint32(t)*uint32(t^1))>>8))
		turn(b)
	}
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	w, err := archive.CreateRaw(&zip.FileHeader{Name: name, Flags: 1, CRC32: crc32.ChecksumIEEE(plain), CompressedSize64: uint64(len(sealed)), UncompressedSize64: uint64(len(plain))})
	if err == nil {
		_, err = w.Write(sealed)
	}
	if err = errors.Join(err, archive.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestOldArchive(t *testing.T) {
	content := oldArchive(t, "winauth-1.txt", "wachtwoord", []byte("otpauth://totp/a?secret=AAAAAAAA\n"))
	if r := read(t, content, "wachtwoord"); len(keysOf(r)) != 1 {
		t.Errorf("%+v", r)
	}
	crafted(t, "a wrong password", content, ErrPassphrase)
}

func TestPage(t *testing.T) {
	k := fixtureKeys()[0]
	address := html.EscapeString("otpauth://totp/Gemeente%20Voorbeeld:jan%40example.nl?issuer=Gemeente%20Voorbeeld&secret=" + b32(k.Secret))
	content := []byte("<!doctype html>\n<html><table><tr><td><a href=\"" + address + "\">" + address + "</a></td></tr></table></html>")
	recognised(t, content, "html")
	sameKeys(t, keysOf(read(t, content, "")), []enroll.Key{k})
}

func FuzzTOTPAuthenticator(f *testing.F) {
	fuzzFormat(f, "totp-authenticator", "x", totpauthBackup(f, "x"), []byte(`<map><string name="STATIC_TOTP_CODES_LIST">[{"key":"00","base":16}]</string></map>`))
}

func FuzzPage(f *testing.F) {
	fuzzFormat(f, "html", "x", []byte(`<html><a href="otpauth://totp/a?secret=AAAAAAAA&amp;issuer=b">x</a>`))
}

func FuzzArchivedLists(f *testing.F) {
	fuzzFormat(f, "authenticator-plus", "x", protonpassArchive(f, "Accounts.txt", []byte("otpauth://totp/a?secret=AAAAAAAA\n")))
}
