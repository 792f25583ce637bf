package identity

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync/atomic"

	"golang.org/x/crypto/argon2"
)

// HashCost is what Argon2id costs for each password (RFC 9106 §4).
type HashCost struct {
	Memory uint32 // KiB
	Passes uint32
	Lanes  uint8
}

// defaultCost has memory and passes of the second choice of RFC 9106 §4. One
// lane in place of four: a hash then takes one processor, and leaves the others
// to the verifications beside it.
func defaultCost() HashCost { return HashCost{Memory: 64 << 10, Passes: 3, Lanes: 1} }

// Bounds of hashing.
const (
	hashSalt = 16 // bytes
	hashSize = 32
	// mostAtOnce bounds the memory that hashes take, with half of the
	// processors: 256 MiB.
	mostAtOnce = 4
	// mostWaiting is how many more wait for each that runs. The last of them
	// waits for a few seconds.
	mostWaiting = 24
	// What a stored hash may ask for at most.
	mostMemory = 1 << 20 // KiB
	mostPasses = 16
	mostLanes  = 16
)

var errHash = errors.New("a stored password is damaged")

// hasher computes password hashes, a bounded number at once. Who finds the
// queue full gets [ErrCrowded].
type hasher struct {
	cost    HashCost
	random  io.Reader
	slots   chan struct{}
	waiting chan struct{}
	// canary is compared with where there is no password, so that this costs the
	// same.
	canary string
	hashes atomic.Uint64 // computed so far
}

func newHasher(cost HashCost, random io.Reader) (*hasher, error) {
	if cost == (HashCost{}) {
		cost = defaultCost()
	}
	atOnce := min(max(runtime.GOMAXPROCS(0)/2, 1), mostAtOnce)
	h := &hasher{
		cost: cost, random: random,
		slots: make(chan struct{}, atOnce), waiting: make(chan struct{}, atOnce*(mostWaiting+1)),
	}
	salt, hash := make([]byte, hashSalt), make([]byte, hashSize)
	if _, err := io.ReadFull(random, salt); err != nil {
		return nil, fmt.Errorf("make a salt: %w", err)
	}
	if _, err := io.ReadFull(random, hash); err != nil { // of no password that anybody knows
		return nil, fmt.Errorf("make a salt: %w", err)
	}
	h.canary = cost.encode(salt, hash)
	return h, nil
}

// queue takes a place in the queue, or says [ErrCrowded]. It comes before
// anything is looked up, so that whoever is turned away costs nothing. leave
// gives the place back.
func (h *hasher) queue() (leave func(), err error) {
	select {
	case h.waiting <- struct{}{}:
		return func() { <-h.waiting }, nil
	default:
		return nil, ErrCrowded
	}
}

// turn waits for a turn of who is in the queue; done ends it.
func (h *hasher) turn(ctx context.Context) (done func(), err error) {
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// enter takes a place and waits for a turn; leave ends both.
func (h *hasher) enter(ctx context.Context) (leave func(), err error) {
	out, err := h.queue()
	if err != nil {
		return nil, err
	}
	done, err := h.turn(ctx)
	if err != nil {
		out()
		return nil, err
	}
	return func() { done(); out() }, nil
}

// hash makes the hash of a normal password, as a PHC string.
func (h *hasher) hash(ctx context.Context, text string) (string, error) {
	salt := make([]byte, hashSalt)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("make a salt: %w", err)
	}
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return h.cost.encode(salt, h.compute(h.cost, text, salt)), nil
}

// matches tells, for each of the hashes, whether it is the password's. It takes
// one turn for all.
func (h *hasher) matches(ctx context.Context, text string, hashes ...string) ([]bool, error) {
	leave, err := h.queue()
	if err != nil {
		return nil, err
	}
	defer leave()
	return h.matchesInQueue(ctx, text, hashes...)
}

// matchesInQueue is matches for who is in the queue.
func (h *hasher) matchesInQueue(ctx context.Context, text string, hashes ...string) ([]bool, error) {
	done, err := h.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	all := make([]bool, len(hashes))
	for i, encoded := range hashes {
		cost, salt, want, err := parseHash(encoded)
		if err != nil {
			return nil, err
		}
		all[i] = subtle.ConstantTimeCompare(h.compute(cost, text, salt), want) == 1
	}
	return all, nil
}

func (h *hasher) compute(cost HashCost, text string, salt []byte) []byte {
	h.hashes.Add(1)
	return argon2.IDKey([]byte(text), salt, cost.Passes, cost.Memory, cost.Lanes, hashSize)
}

// encode writes a hash as a PHC string.
func (c HashCost) encode(salt, hash []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Passes, c.Lanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(hash))
}

// parseHash reads what encode wrote, within bounds that are looked at before
// anything is computed. The error quotes nothing.
func parseHash(text string) (cost HashCost, salt, hash []byte, err error) {
	parts := strings.Split(text, "$")
	if len(text) > 512 || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost, nil, nil, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &cost.Memory, &cost.Passes, &cost.Lanes); err != nil ||
		parts[3] != fmt.Sprintf("m=%d,t=%d,p=%d", cost.Memory, cost.Passes, cost.Lanes) {
		return cost, nil, nil, errHash
	}
	if cost.Memory < 8*uint32(cost.Lanes) || cost.Memory > mostMemory || cost.Passes < 1 || cost.Passes > mostPasses ||
		cost.Lanes < 1 || cost.Lanes > mostLanes {
		return cost, nil, nil, errHash
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	hash, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(hash) != hashSize {
		return cost, nil, nil, errHash
	}
	return cost, salt, hash, nil
}
