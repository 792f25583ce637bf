package migrate

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	//lint:ignore SA1019 WinAuth encrypts with it
	"golang.org/x/crypto/blowfish"
)

const (
	winauthHeader     = "WINAUTH3"
	winauthSalt       = 8
	winauthIterations = 2000
	// winauthKey is how much of its key of 256 bytes the cipher takes in.
	winauthKey = 72
)

// openWinauth opens a part that WinAuth encrypted: hexadecimal, since version 3
// with a sum that tells a wrong password. How says with what, a letter for each:
// a password (y), the Windows account (u), the computer (m), a YubiKey (a, b).
// Only a password can be typed elsewhere.
func openWinauth(j *job, how, text string) ([]byte, error) {
	if strings.ContainsAny(how, "umab") || !strings.Contains(how, "y") {
		return nil, &LockedError{"import-bound"}
	}
	sealed, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, damaged("what is encrypted")
	}
	rest, summed := bytes.CutPrefix(sealed, []byte(winauthHeader))
	var salt, sum []byte
	if summed {
		// Where Windows allows no better one, the sum is of SHA-1 and shorter.
		size := sha256.Size
		if len(rest)%blowfish.BlockSize == sha1.Size%blowfish.BlockSize {
			size = sha1.Size
		}
		if len(rest) < winauthSalt+size {
			return nil, damaged("the length of what is encrypted")
		}
		salt, sum, rest = rest[:winauthSalt], rest[winauthSalt:winauthSalt+size], rest[winauthSalt+size:]
	}
	if len(rest) < winauthSalt+blowfish.BlockSize || len(rest)%blowfish.BlockSize != 0 {
		return nil, damaged("the length of what is encrypted")
	}
	passphrase, err := j.passphrase("import.password.winauth-file")
	if err != nil {
		return nil, err
	}
	key, err := j.pbkdf2(sha1.New, passphrase, rest[:winauthSalt], winauthIterations, winauthKey)
	if err != nil {
		return nil, err
	}
	plain, err := openBlowfish(key, rest[winauthSalt:])
	if err != nil {
		return nil, err
	}
	if summed && !bytes.Equal(winauthSum(len(sum), salt, plain), sum) {
		return nil, ErrPassphrase
	}
	return plain, nil
}

func winauthSum(size int, salt, plain []byte) []byte {
	whole := append(bytes.Clone(salt), plain...)
	if size == sha1.Size {
		sum := sha1.Sum(whole)
		return sum[:]
	}
	sum := sha256.Sum256(whole)
	return sum[:]
}

// openBlowfish opens blocks that are encrypted one by one; the last byte says how
// many are padding. The cipher takes longer keys than the package's plain way
// lets through, and a salt of zeros changes nothing.
func openBlowfish(key, sealed []byte) ([]byte, error) {
	block, err := blowfish.NewSaltedCipher(key, make([]byte, blowfish.BlockSize))
	if err != nil {
		return nil, damaged("the length of a key")
	}
	plain := make([]byte, len(sealed))
	for at := 0; at < len(sealed); at += blowfish.BlockSize {
		block.Decrypt(plain[at:], sealed[at:])
	}
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > blowfish.BlockSize {
		return nil, ErrPassphrase
	}
	return plain[:len(plain)-padding], nil
}
