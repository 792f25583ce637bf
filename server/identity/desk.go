package identity

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// Options is what a desk needs.
type Options struct {
	Store *store.Store // required; closing it is the caller's
	Key   *ServerKey   // required
	// ReadKey reads the server key again, where it can change; nil: it cannot.
	ReadKey func() (*ServerKey, error)
	Now     func() time.Time // nil: time.Now
	Random  io.Reader        // nil: the system's source
	Log     *slog.Logger     // nil: nothing is logged
	// ApplicationLimit bounds how often each application may ask; the zero
	// Limit does not.
	ApplicationLimit Limit
	Observe          Observer // nil: nobody is told
	// PasswordCost is what each password hash costs; the zero HashCost is the
	// default.
	PasswordCost HashCost
	// Pages tells that this server has pages for people, so that the app can open
	// one after linking.
	Pages bool
}

// Desk answers every door. Its methods may be called from any goroutine.
type Desk struct {
	store      *store.Store
	key        deskKey
	clock      func() time.Time
	random     io.Reader
	log        *slog.Logger
	keys       keyCache
	limits     limits
	crowd      crowd
	hasher     *hasher
	asks       askLimits
	pages      bool
	resets     chan struct{} // who is in there works on a forgotten password
	background sync.WaitGroup

	observe Observer

	posted   chan struct{} // a message was posted; see Posted
	unposted atomic.Uint64 // notices that were left out

	// Only touched inside the writer's transactions, which run one at a time.
	chain      auditChain
	askers     askers
	candidates []store.Candidate
	purged     time.Time
	starts     int // requests for a link since then

	decoy enroll.Key // matched in place of a link that is not there
	match func(enroll.Key, string, enroll.Window) (uint64, bool)
}

const (
	canaryText = "sleutelbos"
	// earliestYear is before anybody ran this program: machines whose clock has
	// no battery start in 1970.
	earliestYear = 2020
)

// New opens the desk: it compares the key with the database's canary, brings
// the tables up to date, and on the first start leaves the canary. Another
// database's key is [ErrWrongServerKey], a clock that cannot be is [ErrClock],
// before anything is written.
func New(ctx context.Context, o Options) (*Desk, error) {
	if o.Key == nil {
		return nil, ErrNoServerKey
	}
	d := &Desk{store: o.Store, clock: o.Now, random: rand.Reader, log: o.Log, observe: o.Observe, match: enroll.Match, posted: make(chan struct{}, 1), resets: make(chan struct{}, mostResets)}
	if d.clock == nil {
		d.clock = time.Now
	}
	if o.Random != nil {
		d.random = &lockedReader{reader: o.Random}
	}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if err := CheckClock(d.clock()); err != nil {
		return nil, err
	}
	d.limits.limit, d.pages = o.ApplicationLimit, o.Pages
	var err error
	if d.hasher, err = newHasher(o.PasswordCost, d.random); err != nil {
		return nil, err
	}
	d.key.clock, d.key.read = d.clock, o.ReadKey
	if err := d.begin(ctx, o.Key); err != nil {
		return nil, fmt.Errorf("open the desk: %w", err)
	}
	return d, nil
}

func (d *Desk) begin(ctx context.Context, key *ServerKey) error {
	version, err := d.store.Version(ctx)
	if err != nil {
		return err
	}
	if version > 0 {
		err := d.store.Read(ctx, key.fits)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	if err := d.store.Migrate(ctx); err != nil {
		return err
	}
	secret := make([]byte, secretSize)
	if _, err := io.ReadFull(d.random, secret); err != nil {
		return err
	}
	d.decoy = linkKey(secret)
	if err := d.leaveCanary(ctx, key); err != nil {
		return err
	}
	return d.indexAll(ctx)
}

func (d *Desk) leaveCanary(ctx context.Context, key *ServerKey) error {
	return d.store.Do(ctx, func(tx *store.Tx) error {
		if err := d.beginKeys(tx, key); err != nil {
			return err
		}
		return d.key.learn(key, tx.View)
	})
}

// beginKeys leaves the canary in a new database, and writes down the key of one
// that an older program made.
func (d *Desk) beginKeys(tx *store.Tx, key *ServerKey) error {
	first := key.newest()
	switch err := key.fits(tx.View); {
	case errors.Is(err, store.ErrNotFound):
		if err := d.setCanary(tx, first); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	rows, err := tx.ServerKeys()
	if err != nil || len(rows) > 0 {
		return err
	}
	canary, err := tx.Setting(store.SettingCanary)
	if err != nil {
		return err
	}
	return d.keep(tx, key.byID(canary.KeyID), 1)
}

// Close ends the desk's use of the store, which stays open.
func (d *Desk) Close() error {
	d.background.Wait()
	d.keys.forget()
	return nil
}

// newID makes 128 random bits that name a row.
func (d *Desk) newID() (string, error) {
	var raw [16]byte
	if _, err := io.ReadFull(d.random, raw[:]); err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return hex.EncodeToString(raw[:]), nil
}

// now is the desk's clock, to the millisecond, as the database keeps it.
func (d *Desk) now() time.Time { return d.clock().UTC().Truncate(time.Millisecond) }

func stamp(t time.Time) int64 { return t.UnixMilli() }

// moment is what stamp made of a time; 0 is the zero time.
func moment(stamp int64) time.Time {
	if stamp == 0 {
		return time.Time{}
	}
	return time.UnixMilli(stamp).UTC()
}

// lockedReader lets several goroutines share a source that is not made for it.
type lockedReader struct {
	mu     sync.Mutex
	reader io.Reader
}

func (r *lockedReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.reader.Read(p)
}

type referenceKey struct{}

// WithReference gives what is done under the context a reference, which its
// audit rows carry and its log lines name. It must not be secret.
func WithReference(ctx context.Context, reference string) context.Context {
	return context.WithValue(ctx, referenceKey{}, tidy(reference, 64))
}

func referenceOf(ctx context.Context) string {
	reference, _ := ctx.Value(referenceKey{}).(string)
	return reference
}
