package knock

import (
	"encoding/base32"
	"encoding/binary"
	"io"
	"time"
)

// referenceBytes gives references of eight characters: enough to be alone in
// a log, short enough to be read out over the telephone.
const referenceBytes = 5

// Reference names a request. It begins with two characters for the minute, which
// come again after 1,024 of them: what is found by references then lies together
// in an index as it came, and adding it costs the disk little. The other 30 bits
// are random. It is empty when there is no randomness: an answer without a
// reference is better than none.
func Reference(random io.Reader, now time.Time) string {
	const chance = 30 // bits
	var raw [8]byte
	if _, err := io.ReadFull(random, raw[len(raw)-referenceBytes:]); err != nil {
		return ""
	}
	bits := binary.BigEndian.Uint64(raw[:])&(1<<chance-1) | uint64(now.Unix()/60)%1024<<chance
	binary.BigEndian.PutUint64(raw[:], bits)
	return base32.StdEncoding.EncodeToString(raw[len(raw)-referenceBytes:])
}
