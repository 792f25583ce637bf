package vault

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// slowKeyring answers once it is let go.
type slowKeyring struct {
	memoryKeyring
	mu    sync.Mutex
	slow  map[string]bool // by method
	letGo chan struct{}
}

func (s *slowKeyring) wait(method string) {
	if s.slow[method] {
		<-s.letGo
	}
	s.mu.Lock()
}

func (s *slowKeyring) Get(service, account string) (string, error) {
	s.wait("Get")
	defer s.mu.Unlock()
	return s.memoryKeyring.Get(service, account)
}

func (s *slowKeyring) Set(service, account, secret string) error {
	s.wait("Set")
	defer s.mu.Unlock()
	return s.memoryKeyring.Set(service, account, secret)
}

func (s *slowKeyring) Delete(service, account string) error {
	s.wait("Delete")
	defer s.mu.Unlock()
	return s.memoryKeyring.Delete(service, account)
}

// failingKeyring refuses one method.
type failingKeyring struct {
	memoryKeyring
	method string
	err    error
}

func (k failingKeyring) Get(service, account string) (string, error) {
	if k.method == "Get" {
		return "", k.err
	}
	return k.memoryKeyring.Get(service, account)
}

func (k failingKeyring) Set(service, account, secret string) error {
	if k.method == "Set" {
		return k.err
	}
	return k.memoryKeyring.Set(service, account, secret)
}

// forgetfulKeyring says yes and keeps something else.
type forgetfulKeyring struct{ memoryKeyring }

func (k forgetfulKeyring) Set(service, account, secret string) error {
	return k.memoryKeyring.Set(service, account, secret[1:])
}

func TestAKeyringThatNeverAnswersIsBounded(t *testing.T) {
	for _, method := range []string{"Get", "Set", "Delete"} {
		t.Run(method, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				ring := &slowKeyring{memoryKeyring: memoryKeyring{}, slow: map[string]bool{method: true}, letGo: make(chan struct{})}
				o := options(dir)
				o.Keyring = ring
				f := At(o)
				begin := time.Now()
				wantError(t, f.Probe(t.Context()), ErrKeyringSilent)
				if took := time.Since(begin); took != DefaultPatience {
					t.Errorf("Probe took %v", took)
				}
				if method != "Delete" {
					_, _, err := f.Create(t.Context(), First{Keyring: true})
					wantError(t, err, ErrKeyringSilent)
					if exists, err := f.Exists(); exists || err != nil {
						t.Errorf("there is a vault: %v", err)
					}
				}
				// The answers come too late: what was kept meanwhile is removed.
				close(ring.letGo)
				synctest.Wait()
				if len(ring.memoryKeyring) != 0 {
					t.Errorf("%d keys are left over", len(ring.memoryKeyring))
				}
			})
		})
	}
}

func TestTheCallersEndCountsToo(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ring := &slowKeyring{memoryKeyring: memoryKeyring{}, slow: map[string]bool{"Get": true}, letGo: make(chan struct{})}
		o := options(dir)
		o.Keyring = ring
		gone, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		wantError(t, At(o).Probe(gone), context.Canceled)
		close(ring.letGo)
	})
}

func TestProbe(t *testing.T) {
	odd := errors.New("an odd failure")
	for name, c := range map[string]struct {
		ring Keyring
		want error
	}{
		"works":         {memoryKeyring{}, nil},
		"locked":        {failingKeyring{memoryKeyring{}, "Get", ErrKeyringLocked}, ErrKeyringLocked},
		"locked later":  {failingKeyring{memoryKeyring{}, "Set", ErrKeyringLocked}, ErrKeyringLocked},
		"odd":           {failingKeyring{memoryKeyring{}, "Set", odd}, ErrKeyringFailed},
		"forgetful":     {forgetfulKeyring{memoryKeyring{}}, ErrKeyringFailed},
		"odd, in words": {failingKeyring{memoryKeyring{}, "Get", odd}, odd},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t.TempDir())
			o.Keyring = c.ring
			err := At(o).Probe(ctx)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if f, ok := c.ring.(forgetfulKeyring); ok && len(f.memoryKeyring) > 0 {
				t.Error("something is left in the keyring")
			}
		})
	}
}

// TestOnlyNotFoundMakesAKey: whatever a keyring answers for a vault that
// exists, opening never gives it a key.
func TestOnlyNotFoundMakesAKey(t *testing.T) {
	ring := memoryKeyring{}
	o := options(t.TempDir())
	o.Keyring = ring
	v, _, err := At(o).Create(ctx, First{Keyring: true, Passphrase: anybody()})
	if err != nil {
		t.Fatal(err)
	}
	before := maps.Clone(ring)
	for _, failure := range []error{ErrKeyringMissing, ErrKeyringLocked, ErrKeyringEmpty, errors.New("odd")} {
		o.Keyring = failingKeyring{ring, "Get", failure}
		f := At(o)
		if _, err := f.Open(ctx, ByKeyring()); err == nil {
			t.Errorf("opened by a keyring that says %v", failure)
		}
		_, _, err := f.Create(ctx, First{Keyring: true})
		wantError(t, err, ErrExists)
		w, err := f.Open(ctx, ByPassphrase(anybody()))
		if err != nil {
			t.Fatal(err)
		}
		if !errors.Is(failure, ErrKeyringEmpty) {
			if err := w.UseKeyring(ctx); err == nil {
				t.Errorf("a keyring that says %v was given a key", failure)
			}
			if !maps.Equal(ring, before) {
				t.Errorf("a keyring that says %v was changed", failure)
			}
		}
	}
	if v.Lock(); len(ring) == 0 {
		t.Error("the key went")
	}
}

func TestACreateThatFailsTakesItsKeyBack(t *testing.T) {
	ring := memoryKeyring{}
	o := options(t.TempDir())
	o.Keyring = ring
	f := At(o)
	writeRaw(t, f.generationsPath(), []byte("in the way"))
	_, key, err := f.Create(ctx, First{Keyring: true})
	if err == nil || len(ring) != 0 || !key.IsZero() {
		t.Errorf("%v, %d keys left", err, len(ring))
	}
	if exists, err := f.Exists(); exists || err != nil {
		t.Errorf("there is a vault: %v", err)
	}
}
