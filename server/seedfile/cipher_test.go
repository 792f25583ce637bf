package seedfile

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"hash"
	"strings"
	"testing"
)

const (
	xmlenc   = "http://www.w3.org/2001/04/xmlenc#"
	xmlenc11 = "http://www.w3.org/2009/xmlenc11#"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func bytesOf(n int) []byte {
	raw := make([]byte, n)
	for i := range raw {
		raw[i] = byte(17*i + n)
	}
	return raw
}

// sealCBC pads as XML Encryption §5.2 has it: only the last byte says anything.
func sealCBC(block cipher.Block, plain []byte) []byte {
	size := block.BlockSize()
	padding := size - len(plain)%size
	padded := append(bytes.Clone(plain), bytes.Repeat([]byte{0x5a}, padding)...)
	padded[len(padded)-1] = byte(padding)
	raw := append(bytesOf(size), padded...)
	cipher.NewCBCEncrypter(block, raw[:size]).CryptBlocks(raw[size:], padded)
	return raw
}

func sealGCM(t testing.TB, block cipher.Block, plain []byte) []byte {
	t.Helper()
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	nonce := bytesOf(aead.NonceSize())
	return aead.Seal(nonce, nonce, plain, nil)
}

// encryptedFile has the secret as it was encrypted, and a MAC where one is
// given.
func encryptedFile(method string, raw []byte, mac string, macKey []byte, sum func() hash.Hash) []byte {
	head, told := "<EncryptionKey/>", ""
	if sum != nil {
		head += `<MACMethod Algorithm="` + mac + `"/>`
		made := hmac.New(sum, macKey)
		made.Write(raw)
		told = "<ValueMAC>" + base64.StdEncoding.EncodeToString(made.Sum(nil)) + "</ValueMAC>"
	}
	return keyContainer(head, "hotp", "", `<Secret><EncryptedValue>`+method+`<CipherData><CipherValue>`+
		base64.StdEncoding.EncodeToString(raw)+`</CipherValue></CipherData></EncryptedValue>`+told+`</Secret>`)
}

func methodOf(address, inside string) string {
	return `<EncryptionMethod Algorithm="` + address + `">` + inside + `</EncryptionMethod>`
}

// Every cipher of a shared key that RFC 6030 §6.1 names or XML Encryption 1.1
// adds, made here by the standard library: the key opens it, another does not,
// and a changed byte is found.
func TestEveryCipherOfASharedKey(t *testing.T) {
	type made struct {
		raw []byte
		sum func() hash.Hash // nil: the cipher checks itself
		mac string
	}
	for name, c := range map[string]struct {
		size int
		make func(key []byte) made
	}{
		xmlenc + "tripledes-cbc": {24, func(key []byte) made {
			block, _ := des.NewTripleDESCipher(key)
			return made{sealCBC(block, []byte(seed)), sha1.New, "http://www.w3.org/2000/09/xmldsig#hmac-sha1"}
		}},
		xmlenc + "aes128-cbc": {16, func(key []byte) made {
			block, _ := aes.NewCipher(key)
			return made{sealCBC(block, []byte(seed)), sha256.New, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"}
		}},
		xmlenc + "aes192-cbc": {24, func(key []byte) made {
			block, _ := aes.NewCipher(key)
			return made{sealCBC(block, []byte(seed)), sha512.New384, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha384"}
		}},
		xmlenc + "aes256-cbc": {32, func(key []byte) made {
			block, _ := aes.NewCipher(key)
			return made{sealCBC(block, []byte(seed)), sha512.New, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512"}
		}},
		xmlenc11 + "aes128-gcm": {16, func(key []byte) made {
			block, _ := aes.NewCipher(key)
			return made{raw: sealGCM(t, block, []byte(seed))}
		}},
		xmlenc11 + "aes192-gcm": {24, func(key []byte) made {
			block, _ := aes.NewCipher(key)
			return made{raw: sealGCM(t, block, []byte(seed))}
		}},
		xmlenc11 + "aes256-gcm": {32, func(key []byte) made {
			block, _ := aes.NewCipher(key)
			return made{raw: sealGCM(t, block, []byte(seed))}
		}},
	} {
		t.Run(cipherName(name), func(t *testing.T) {
			key := bytesOf(c.size)
			m := c.make(key)
			content := encryptedFile(methodOf(name, ""), m.raw, m.mac, key, m.sum)
			file, err := Read(content, Options{Key: []byte(hex.EncodeToString(key))})
			if err != nil || file.Tokens[0].Problem != "" || string(file.Tokens[0].Key.Secret) != seed {
				t.Fatalf("%+v, %v", file, err)
			}
			for size := 16; size <= 32; size += 8 {
				other := bytesOf(size)
				other[0] ^= 2 // not the bit that DES passes over
				if file, err := Read(content, Options{Key: []byte(hex.EncodeToString(other))}); err == nil {
					t.Errorf("another key of %d bytes: %+v", size, file.Tokens[0])
				}
			}
			for i := range m.raw {
				changed := bytes.Clone(m.raw)
				changed[i] ^= 1
				with := bytes.Replace(content, []byte(base64.StdEncoding.EncodeToString(m.raw)), []byte(base64.StdEncoding.EncodeToString(changed)), 1)
				if file, err := Read(with, Options{Key: []byte(hex.EncodeToString(key))}); !errors.Is(err, ErrWrongKey) {
					t.Errorf("byte %d changed: %+v, %v", i, file, err)
				}
			}
		})
	}
}

// The key wraps, by the examples of RFC 3394 §4 and RFC 3217 §3.
func TestKeyWraps(t *testing.T) {
	for name, c := range map[string]struct{ key, wrapped, plain string }{
		"kw-aes128": {"000102030405060708090A0B0C0D0E0F", "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5", "00112233445566778899aabbccddeeff"},
		"kw-aes192": {"000102030405060708090A0B0C0D0E0F1011121314151617", "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D", "00112233445566778899aabbccddeeff"},
		"kw-aes256": {"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F", "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7", "00112233445566778899aabbccddeeff"},
		"kw-tripledes": {
			"255e0d1c07b646dfb3134cc843ba8aa71f025b7c0838251f",
			"690107618ef092b3b48ca1796b234ae9fa33ebb4159604037db5d6a84eb3aac2768c632775a467d4",
			"2923bf85e06dd6ae529149f1f1bae9eab3a7da3d860d3e98",
		},
	} {
		key, wrapped := masterKey{bytes: unhex(t, c.key)}, unhex(t, c.wrapped)
		m := method{Algorithm: xmlenc + name}
		if got, err := key.decrypt(m, wrapped); err != nil || hex.EncodeToString(got) != c.plain {
			t.Errorf("%s: %x, %v", name, got, err)
		}
		for i := range wrapped {
			changed := bytes.Clone(wrapped)
			changed[i] ^= 1
			if _, err := key.decrypt(m, changed); !errors.Is(err, errUnfit) {
				t.Errorf("%s, byte %d changed: %v", name, i, err)
			}
		}
		for n := range len(wrapped) {
			if _, err := key.decrypt(m, wrapped[:n]); !errors.Is(err, errUnfit) {
				t.Errorf("%s, %d bytes of it: %v", name, n, err)
			}
		}
		file, err := Read(encryptedFile(methodOf(xmlenc+name, ""), wrapped, "", nil, nil), Options{Key: []byte(c.key)})
		if err != nil || hex.EncodeToString(file.Tokens[0].Key.Secret) != c.plain {
			t.Errorf("%s in a file: %+v, %v", name, file, err)
		}
	}
}

// Figure 8 of the RFC with a certificate whose private key there is, and the
// newer ways of the same.
func TestAFileForACertificate(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	older, err := rsa.EncryptPKCS1v15(rand.Reader, &private.PublicKey, []byte(seed)) //lint:ignore SA1019 the format asks for it
	if err != nil {
		t.Fatal(err)
	}
	inTheFigure := string(figure(t, 8))
	from := strings.Index(inTheFigure, "<xenc:CipherValue>") + len("<xenc:CipherValue>")
	to := from + strings.Index(inTheFigure[from:], "</xenc:CipherValue>")
	files := map[string]string{
		"figure 8": inTheFigure[:from] + base64.StdEncoding.EncodeToString(older) + inTheFigure[to:],
	}
	for name, c := range map[string]struct {
		sum     func() hash.Hash
		address string
		inside  string
	}{
		"OAEP":         {sha1.New, xmlenc + "rsa-oaep-mgf1p", `<DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/>`},
		"OAEP SHA-256": {sha256.New, xmlenc11 + "rsa-oaep", fmt.Sprintf(`<DigestMethod Algorithm="%ssha256"/><MGF Algorithm="%smgf1sha256"/>`, xmlenc, xmlenc11)},
		"OAEP SHA-512": {sha512.New, xmlenc11 + "rsa-oaep", fmt.Sprintf(`<DigestMethod Algorithm="%ssha512"/><MGF Algorithm="%smgf1sha512"/>`, xmlenc, xmlenc11)},
	} {
		raw, err := rsa.EncryptOAEP(c.sum(), rand.Reader, &private.PublicKey, []byte(seed), nil)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(encryptedFile(methodOf(c.address, c.inside), raw, "", nil, nil))
	}
	for name, content := range files {
		for kind, block := range map[string]*pem.Block{
			"RSA PRIVATE KEY": {Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(private)},
			"PRIVATE KEY":     {Type: "PRIVATE KEY", Bytes: pkcs8},
		} {
			file, err := Read([]byte(content), Options{Key: pem.EncodeToMemory(block)})
			if err != nil || file.Tokens[0].Problem != "" || string(file.Tokens[0].Key.Secret) != seed {
				t.Errorf("%s, %s: %+v, %v", name, kind, file, err)
			}
		}
		if file, err := Read([]byte(content), Options{Key: []byte(presharedKey)}); err != nil || !strings.Contains(file.Tokens[0].Problem, "private key, in PEM") {
			t.Errorf("%s with a shared key: %+v, %v", name, file, err)
		}
	}
	unknown := strings.Replace(files["OAEP SHA-256"], "mgf1sha256", "mgf2", 1)
	file, err := Read([]byte(unknown), Options{Key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})})
	if err != nil || !strings.Contains(file.Tokens[0].Problem, "not known here") {
		t.Errorf("another mask: %+v, %v", file, err)
	}
}
