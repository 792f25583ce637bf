package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sleutelbos/server/store"
)

// LeastMeans is the least that somebody must sign in with here.
type LeastMeans string

// The least means.
const (
	LeastStrong   LeastMeans = "password+code"
	LeastPassword LeastMeans = "password" // never an administrator's
)

// Release says what ends a lock.
type Release string

// What ends a lock.
const (
	ReleaseTime          Release = "time"          // a quarter of an hour, and nobody before
	ReleaseAdministrator Release = "administrator" // nothing else
	ReleaseBoth          Release = "both"          // whichever comes first
)

// SessionRules says how long one stays signed in.
type SessionRules struct {
	Idle         Minutes `json:"idle_minutes"`          // without a request
	Absolute     Minutes `json:"absolute_minutes"`      // whatever happens
	StayIdle     Minutes `json:"stay_idle_minutes"`     // the same for those who chose to stay signed in
	Stay         Minutes `json:"stay_minutes"`          // 0: nobody may
	ManageWithin Minutes `json:"manage_within_minutes"` // administrators' pages ask for a sign-in that is no older
}

// Minutes is a time as settings keep it.
type Minutes int

// Duration is the same as a [time.Duration].
func (m Minutes) Duration() time.Duration { return time.Duration(m) * time.Minute }

// SignInSettings is what an administrator sets about signing in.
type SignInSettings struct {
	Passwords PasswordRules       `json:"passwords"`
	Means     map[Role]LeastMeans `json:"means"` // least means; what is not named is strong, and an administrator's always
	Sessions  SessionRules        `json:"sessions"`
	Release   Release             `json:"release"`
	Devices   int                 `json:"devices"` // remembered for each person at most
	// SynchroniseFor is how long a new account is not ready (V3); 0: it is at once.
	SynchroniseFor Minutes `json:"synchronise_minutes"`
	// SelfReset lets people ask for a link to choose a new password (B7); without
	// it they ask an administrator (D16).
	SelfReset map[Role]bool `json:"self_reset"` // who is not named may
}

// DefaultSignIn is how one signs in where nobody set anything.
func DefaultSignIn() SignInSettings {
	return SignInSettings{
		Passwords: rulesD4(), Means: map[Role]LeastMeans{},
		Sessions: SessionRules{Idle: 30, Absolute: 12 * 60, StayIdle: 7 * 24 * 60, Stay: 30 * 24 * 60, ManageWithin: 12 * 60},
		Release:  ReleaseBoth, Devices: 10, SelfReset: map[Role]bool{},
	}
}

// SignInSettings reads the settings about signing in.
func (d *Desk) SignInSettings(ctx context.Context) (SignInSettings, error) {
	var s SignInSettings
	err := d.store.Read(ctx, func(view *store.View) (err error) {
		s, err = readSignIn(view)
		return err
	})
	return s, err
}

// SetSignIn changes the settings by the function, which gets the present ones
// and may run more than once. What is wrong with its result is a [*FieldError].
func (d *Desk) SetSignIn(ctx context.Context, change func(*SignInSettings) error) error {
	err := d.store.Do(ctx, func(tx *store.Tx) error {
		s, err := readSignIn(tx.View)
		if err != nil {
			return err
		}
		if err := change(&s); err != nil {
			return err
		}
		if err := s.check(); err != nil {
			return err
		}
		value, err := json.Marshal(s)
		if err != nil {
			return err
		}
		if err := tx.SetSetting(store.SettingSignIn, store.Setting{Value: value}); err != nil {
			return err
		}
		return d.audit(tx, AuditRow{Kind: kindSignInSet, Outcome: outcomeDone, Reference: referenceOf(ctx)})
	})
	if err != nil {
		return doing("set how one signs in", err)
	}
	return nil
}

func readSignIn(view *store.View) (SignInSettings, error) {
	s := DefaultSignIn()
	value, err := view.Setting(store.SettingSignIn)
	if errors.Is(err, store.ErrNotFound) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(value.Value, &s); err != nil {
		return s, fmt.Errorf("read how one signs in: %w", err)
	}
	return s, nil
}

// Bounds of what can be set.
const (
	leastLength   = 8 // NIST SP 800-63B-4 §3.1.1.2, with a second factor beside it
	mostLength    = 64
	mostCount     = 16
	mostDevices   = 100
	mostLifetime  = 3650
	leastMinutes  = 5
	mostMinutes   = 366 * 24 * 60
	mostSynchrony = 7 * 24 * 60
)

func (s SignInSettings) check() error {
	var all wrongs
	r := s.Passwords
	least := min(r.Letters, r.NonLetters, r.Capitals, r.Digits, r.Specials, r.MaxRepeat)
	most := max(r.Letters, r.NonLetters, r.Capitals, r.Digits, r.Specials, r.MaxRepeat)
	for _, wrong := range []struct {
		is              bool
		field, key, why string
	}{
		{r.MinLength < leastLength || r.MinLength > mostLength, "min_length", "password-length", "the least length is 8 to 64 characters"},
		{least < 0 || most > mostCount, "characters", "password-characters", "each number of characters is 0 to 16"},
		{r.Former < 0 || r.Former > 2, "former", "password-former", "former is 0, 1 (the present password) or 2 (that before too)"},
		{r.LifetimeDays < 0 || r.LifetimeDays > mostLifetime, "lifetime_days", "password-lifetime", "the lifetime is 0 (none) to 3650 days"},
		{!s.Release.known(), "release", "release", "release is time, administrator or both"},
		{s.Devices < 0 || s.Devices > mostDevices, "devices", "devices", "0 to 100 devices are remembered"},
		{s.SynchroniseFor < 0 || s.SynchroniseFor > mostSynchrony, "synchronise_minutes", "synchronise", "a new account is ready within a week"},
		{s.meansAreUnknown(), "means", "means", "the least means is password+code or password; administrators always need both"},
		{!s.Sessions.known(), "sessions", "sessions", "a session lasts 5 minutes to a year, and staying signed in 0 minutes (nobody may) to a year"},
	} {
		if wrong.is {
			all.add(wrong.field, wrong.key, wrong.why)
		}
	}
	return all.join()
}

func (r Release) known() bool {
	return r == ReleaseTime || r == ReleaseAdministrator || r == ReleaseBoth
}

func (s SignInSettings) meansAreUnknown() bool {
	for role, means := range s.Means {
		if means != LeastStrong && (means != LeastPassword || role == RoleAdministrator || role == RoleOperator) {
			return true
		}
	}
	return false
}

func (r SessionRules) known() bool {
	for _, m := range []Minutes{r.Idle, r.Absolute, r.StayIdle, r.ManageWithin} {
		if m < leastMinutes || m > mostMinutes {
			return false
		}
	}
	return r.Stay >= 0 && r.Stay <= mostMinutes
}
