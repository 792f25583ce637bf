package migrate

import (
	"crypto/subtle"
	"encoding/binary"

	"golang.org/x/crypto/chacha20"
	//lint:ignore SA1019 libsodium pads the authenticated text in a way of its own, so the whole construction cannot be used
	"golang.org/x/crypto/poly1305"
)

// openStream opens a stream of libsodium's secretstream (XChaCha20-Poly1305)
// that was pushed as one message, which is all that ente's exports have: the
// tag, the text and the authenticator. The tag would say whether more follows;
// ente does not set it. What does not open is [ErrPassphrase].
func openStream(key, header, message []byte) ([]byte, error) {
	const authenticator = poly1305.TagSize
	if len(key) != chacha20.KeySize || len(header) != chacha20.NonceSizeX || len(message) < 1+authenticator {
		return nil, damaged("the length of what is encrypted")
	}
	sub, err := chacha20.HChaCha20(key, header[:16])
	if err != nil {
		return nil, damaged("the length of a key")
	}
	// The nonce is a counter of messages, which begins with 1, and the rest of
	// the header.
	var nonce [chacha20.NonceSize]byte
	binary.LittleEndian.PutUint32(nonce[:4], 1)
	copy(nonce[4:], header[16:])
	stream, err := chacha20.NewUnauthenticatedCipher(sub, nonce[:])
	if err != nil {
		return nil, damaged("the length of a key")
	}
	// The first block gives the authenticator's key, the second hides the tag,
	// the text follows.
	var macKey [32]byte
	var block [64]byte
	stream.XORKeyStream(block[:], block[:])
	copy(macKey[:], block[:32])

	text, sum := message[1:len(message)-authenticator], message[len(message)-authenticator:]
	block = [64]byte{message[0]}
	stream.XORKeyStream(block[:], block[:])
	block[0] = message[0]

	mac := poly1305.New(&macKey)
	_, _ = mac.Write(block[:])
	_, _ = mac.Write(text)
	_, _ = mac.Write(make([]byte, len(text)%16)) // sic: as libsodium does
	var lengths [16]byte
	binary.LittleEndian.PutUint64(lengths[8:], uint64(len(block)+len(text)))
	_, _ = mac.Write(lengths[:])
	if subtle.ConstantTimeCompare(mac.Sum(nil), sum) != 1 {
		return nil, ErrPassphrase
	}
	plain := make([]byte, len(text))
	stream.XORKeyStream(plain, text)
	return plain, nil
}
