package vault

import (
	"fmt"
	"io"
	"runtime"
	"time"

	"golang.org/x/crypto/argon2"
)

// Argon2 is what a passphrase costs to try (Argon2id, RFC 9106 §3.1).
type Argon2 struct {
	Memory uint32 // KiB
	Passes uint32
	Lanes  uint8
}

// Bounds of the costs: the upper ones so that a crafted file can neither eat
// the memory nor hang the program.
const (
	maxArgonMemory = 1 << 20 // KiB: 1 GiB
	maxArgonPasses = 20
	maxArgonLanes  = 16
	maxArgonWork   = 4 << 20 // KiB times passes
	leastMemory    = 64 << 10
	leastPasses    = 3
	calibrateTo    = 500 * time.Millisecond
	calibrateMax   = 256 << 10 // KiB that any machine the vault moves to can spare
	saltSize       = 16
	wrapKeySize    = 32
)

func (a Argon2) check() error {
	switch {
	case a.Lanes < 1 || a.Lanes > maxArgonLanes,
		a.Passes < 1 || a.Passes > maxArgonPasses,
		a.Memory < 8*uint32(a.Lanes) || a.Memory > maxArgonMemory,
		uint64(a.Memory)*uint64(a.Passes) > maxArgonWork:
		return ErrArgon2
	}
	return nil
}

// derive makes the wrap key from a passphrase; the costs must have been
// checked.
func (a Argon2) derive(passphrase, salt []byte) []byte {
	return argon2.IDKey(passphrase, salt, a.Passes, a.Memory, a.Lanes, wrapKeySize)
}

// orMeasured gives the costs for a new passphrase: as set, else what takes about
// half a second on this machine, never less than 64 MiB and 3 passes.
func (a Argon2) orMeasured(random io.Reader) (Argon2, error) {
	if a != (Argon2{}) {
		return a, a.check()
	}
	a = Argon2{Memory: leastMemory, Passes: leastPasses, Lanes: uint8(min(runtime.NumCPU(), 4))}
	sample := make([]byte, saltSize)
	if _, err := io.ReadFull(random, sample); err != nil {
		return Argon2{}, fmt.Errorf("measure the costs of a passphrase: %w", err)
	}
	begin := time.Now()
	clear(a.derive(sample, sample))
	return a.scaled(time.Since(begin)), nil
}

// scaled raises first memory, which costs an attacker most, then passes.
func (a Argon2) scaled(took time.Duration) Argon2 {
	times := float64(calibrateTo) / float64(max(took, time.Millisecond))
	if times <= 1 {
		return a
	}
	memory := min(float64(a.Memory)*times, calibrateMax)
	times /= memory / float64(a.Memory)
	a.Memory = uint32(memory) &^ 1023
	a.Passes = uint32(min(float64(a.Passes)*max(times, 1), maxArgonPasses, float64(maxArgonWork/a.Memory)))
	return a
}
