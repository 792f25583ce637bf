package migrate

import (
	"crypto/aes"
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"hash"
	"runtime"

	argon2d "github.com/tobischo/argon2"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/scrypt"
)

// aside runs a derivation so that the context's end is answered at once. What it
// works on must not change afterwards.
func (j *job) aside(derive func() ([]byte, error)) ([]byte, error) {
	if err := j.alive(); err != nil {
		return nil, err
	}
	j.progress(Deriving, 0, 0)
	if err := j.alive(); err != nil {
		return nil, err
	}
	type answer struct {
		key []byte
		err error
	}
	done := make(chan answer, 1)
	go func() {
		key, err := derive()
		done <- answer{key, err}
	}()
	select {
	case <-j.ctx.Done():
		return nil, j.alive()
	case a := <-done:
		if a.err != nil {
			return nil, fmt.Errorf("%w (%w)", ErrDamaged, a.err)
		}
		return a.key, nil
	}
}

// spend counts what all derivations of a file fill, since it may ask for many.
// What an earlier one filled, of this file or another, goes before the next takes
// as much beside it.
func (j *job) spend(work int64) error {
	const much = 256 << 20
	if work >= much {
		runtime.GC()
	}
	if j.work += work; j.work > j.limits.Work {
		return fmt.Errorf("%w (%d MiB in all)", ErrCostly, j.work>>20)
	}
	return nil
}

// pbkdf2 is RFC 8018 §5.2, bounded.
func (j *job) pbkdf2(h func() hash.Hash, passphrase, salt []byte, iterations int64, size int) ([]byte, error) {
	switch {
	case iterations < 1:
		return nil, damaged("iterations")
	case iterations > int64(j.limits.Iterations):
		return nil, fmt.Errorf("%w (%d iterations)", ErrCostly, iterations)
	}
	blocks := int64((size + h().Size() - 1) / h().Size())
	if j.rounds += iterations * blocks; j.rounds > int64(j.limits.Iterations) {
		return nil, fmt.Errorf("%w (%d iterations)", ErrCostly, j.rounds)
	}
	return j.aside(func() ([]byte, error) {
		return pbkdf2.Key(h, string(passphrase), salt, int(iterations), size)
	})
}

// scrypt is RFC 7914, bounded.
func (j *job) scrypt(passphrase, salt []byte, n, r, p int64, size int) ([]byte, error) {
	const most = 1 << 31 // keeps the products below from overflowing
	switch {
	case n < 2 || n&(n-1) != 0 || r < 1 || p < 1:
		return nil, damaged("the costs of its password")
	case n > most || r > 1<<16 || p > int64(j.limits.Lanes):
		return nil, fmt.Errorf("%w (scrypt %d, %d, %d)", ErrCostly, n, r, p)
	case 128*n*r > j.limits.Memory:
		return nil, fmt.Errorf("%w (scrypt with %d MiB)", ErrCostly, 128*n*r>>20)
	}
	if err := j.spend(128 * n * r * p); err != nil {
		return nil, err
	}
	return j.aside(func() ([]byte, error) {
		return scrypt.Key(passphrase, salt, int(n), int(r), int(p), size)
	})
}

// argon2id is RFC 9106, bounded; memory is in KiB.
func (j *job) argon2id(passphrase, salt []byte, passes, memory, lanes int64, size int) ([]byte, error) {
	if err := j.argon2(passes, memory, lanes); err != nil {
		return nil, err
	}
	return j.aside(func() ([]byte, error) {
		return argon2.IDKey(passphrase, salt, uint32(passes), uint32(memory), uint8(lanes), uint32(size)), nil
	})
}

// argon2d is argon2id's sibling that KeePass takes by default.
func (j *job) argon2d(passphrase, salt []byte, passes, memory, lanes int64, size int) ([]byte, error) {
	if err := j.argon2(passes, memory, lanes); err != nil {
		return nil, err
	}
	return j.aside(func() ([]byte, error) {
		return argon2d.DKey(passphrase, salt, uint32(passes), uint32(memory), uint8(lanes), uint32(size)), nil
	})
}

// argon2 bounds and counts the costs of either kind.
func (j *job) argon2(passes, memory, lanes int64) error {
	const most = 1 << 31
	switch {
	case passes < 1 || lanes < 1 || memory < 1:
		return damaged("the costs of its password")
	case passes > most || memory > most || lanes > int64(min(j.limits.Lanes, 255)):
		return fmt.Errorf("%w (Argon2 with %d lanes)", ErrCostly, lanes)
	case memory > j.limits.Memory>>10 || passes > j.limits.Work>>10/memory:
		return fmt.Errorf("%w (Argon2 with %d MiB, %d passes)", ErrCostly, memory>>10, passes)
	}
	return j.spend(memory << 10 * passes)
}

// aesRounds is KeePass's first derivation: both halves of a key encrypted again
// and again. A round is so much cheaper than one of PBKDF2, and programs choose
// their number by what a second takes, that twenty times as many are allowed.
func (j *job) aesRounds(key [32]byte, seed []byte, rounds uint64) ([]byte, error) {
	const cheaper = 20
	block, err := aes.NewCipher(seed)
	switch {
	case err != nil:
		return nil, damaged("the length of a key")
	case rounds > cheaper*uint64(j.limits.Iterations):
		return nil, fmt.Errorf("%w (%d rounds)", ErrCostly, rounds)
	}
	if j.rounds += int64(rounds / cheaper); j.rounds > int64(j.limits.Iterations) {
		return nil, fmt.Errorf("%w (%d rounds)", ErrCostly, cheaper*j.rounds)
	}
	return j.aside(func() ([]byte, error) {
		for n := range rounds {
			if n%(1<<16) == 0 && j.ctx.Err() != nil {
				return nil, j.ctx.Err()
			}
			block.Encrypt(key[:16], key[:16])
			block.Encrypt(key[16:], key[16:])
		}
		sum := sha256.Sum256(key[:])
		return sum[:], nil
	})
}
