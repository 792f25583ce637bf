package knock

import (
	"encoding/base32"
	"io"
)

// referenceBytes gives references of eight characters: enough to be alone in
// a log, short enough to be read out over the telephone.
const referenceBytes = 5

// Reference names a request. It is empty when there is no randomness: an answer
// without a reference is better than none.
func Reference(random io.Reader) string {
	var raw [referenceBytes]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return ""
	}
	return base32.StdEncoding.EncodeToString(raw[:])
}
