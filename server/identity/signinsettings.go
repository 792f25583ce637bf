package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
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
	// Reset says who resets a password, by role; who is not named follows SelfReset.
	Reset map[Role]ResetWay `json:"reset,omitempty"`
	// RememberHours is how long a code that was given on a device holds there (O4);
	// 0: every sign-in needs its own. Administrators always need one.
	RememberHours int `json:"remember_hours,omitempty"`
	// Others is what becomes of a person's other means when they link; empty: as
	// the organisation's KeepTokens says.
	Others OtherMeans `json:"others,omitempty"`
	// Level, Levels and Ways wait for accounts elsewhere.
	Level  string            `json:"level,omitempty"`  // least; empty: 3
	Levels map[string]string `json:"levels,omitempty"` // the same by name of an application
	Ways   []string          `json:"ways,omitempty"`   // of linking; none: by activation code
}

// ResetWay says who resets a forgotten password.
type ResetWay string

// Who resets a password.
const (
	ResetAdministrator ResetWay = "administrator" // D16
	ResetPerson        ResetWay = "person"        // by a mailed link (B7, V1)
	ResetEither        ResetWay = "both"
)

// OtherMeans is what becomes of a person's other means when they link.
type OtherMeans string

// What becomes of them.
const (
	OthersEnd    OtherMeans = "exclusive" // D7
	OthersBackup OtherMeans = "backup"    // a message or a call to a recorded number beside it (O3)
	OthersTokens OtherMeans = "tokens"    // hardware tokens work on
)

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

// SignInFor reads the settings about signing in that count for a person: their
// organisation's own and, where it has none, the server's.
func (d *Desk) SignInFor(ctx context.Context, person string) (SignInSettings, error) {
	var s SignInSettings
	err := d.store.Read(ctx, func(view *store.View) (err error) {
		s, _, err = signInOf(view, person)
		return err
	})
	return s, err
}

// SetSignIn is [Desk.SetSignInBy] for the operator.
func (d *Desk) SetSignIn(ctx context.Context, change func(*SignInSettings) error) error {
	return d.SetSignInBy(ctx, Operator(), change)
}

// SetSignInBy changes the settings by the function, which gets the present ones
// and may run more than once. What is wrong with its result is a [*FieldError].
// That is the operator's.
func (d *Desk) SetSignInBy(ctx context.Context, by Actor, change func(*SignInSettings) error) error {
	return doing("set how one signs in", set(ctx, d, by, signInSetting(), change))
}

func signInSetting() setting[SignInSettings] {
	return setting[SignInSettings]{
		name: store.SettingSignIn, kind: kindSignInSet, told: true,
		may: func(r Rights) bool { return r.Operates }, read: readSignIn,
		mend: func(s *SignInSettings) error { return s.check() },
	}
}

// readSignIn reads what counts where no organisation has settings of its own.
func readSignIn(view *store.View) (SignInSettings, error) {
	s := DefaultSignIn()
	err := readSetting(view, store.SettingSignIn, &s)
	return s, err
}

// signInOf reads what counts for a person, in one look, and beside it what
// counts for everybody: what strangers can see must not tell whose name is taken.
func signInOf(view *store.View, person string) (own, common SignInSettings, err error) {
	server, layer, err := view.SettingsFor(store.SettingSignIn, person)
	if err != nil {
		return own, common, err
	}
	if common, err = layered(server); err != nil || layer == nil {
		return common, common, err
	}
	own, err = layered(server, layer)
	return own, common, err
}

// layered puts layers of settings over the defaults, each over those before.
func layered(layers ...[]byte) (SignInSettings, error) {
	s := DefaultSignIn()
	for _, layer := range layers {
		if len(layer) == 0 {
			continue
		}
		if err := json.Unmarshal(layer, &s); err != nil {
			return s, fmt.Errorf("read how one signs in: %w", err)
		}
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
	mostRemember  = 12
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
		{s.RememberHours < 0 || s.RememberHours > mostRemember, "remember-hours", "remember-hours", "a code holds 0 to 12 hours on a device"},
		{!s.resetsAreKnown(), "reset", "reset-way", "who resets a password is administrator, person or both"},
		{!s.othersAreKnown(), "others", "other-means", "other means are exclusive, backup or tokens"},
		{!s.levelsAreKnown(), "level", "least-level", "the least level is 2, 2+, 3 or 4"},
		{!s.waysAreKnown(), "ways", "linking-ways", "the ways to link are activation, address and request; activation stays as long as no accounts elsewhere can be linked"},
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

func (s SignInSettings) resetsAreKnown() bool {
	for _, way := range s.Reset {
		if way != ResetAdministrator && way != ResetPerson && way != ResetEither {
			return false
		}
	}
	return true
}

func (s SignInSettings) othersAreKnown() bool {
	return slices.Contains([]OtherMeans{"", OthersEnd, OthersBackup, OthersTokens}, s.Others)
}

func (s SignInSettings) levelsAreKnown() bool {
	all := []string{"", "2", "2+", "3", "4"}
	for _, level := range s.Levels {
		if !slices.Contains(all, level) {
			return false
		}
	}
	return slices.Contains(all, s.Level)
}

// The ways to link.
const (
	WayActivation = "activation"
	WayAddress    = "address" // the first sign-in elsewhere with a known address
	WayRequest    = "request" // an address that an administrator records
)

func (s SignInSettings) waysAreKnown() bool {
	for _, way := range s.Ways {
		if way != WayActivation && way != WayAddress && way != WayRequest {
			return false
		}
	}
	return len(s.Ways) == 0 || slices.Contains(s.Ways, WayActivation)
}

// resetWay is who resets the password of somebody with a role.
func (s SignInSettings) resetWay(role Role) ResetWay {
	if way, set := s.Reset[role]; set {
		return way
	}
	if may, set := s.SelfReset[role]; set && !may {
		return ResetAdministrator
	}
	return ResetEither
}

// Resets tells who resets the password of somebody with a role.
func (s SignInSettings) Resets(role Role) ResetWay { return s.resetWay(role) }

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
