package identity

import (
	"context"
	"fmt"
	"strings"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// OrganisationSettings is what an administrator sets about the organisation.
type OrganisationSettings struct {
	Name        string             `json:"name"`
	Environment enroll.Environment `json:"environment"`
	Contact     enroll.Contact     `json:"contact"`
	Privacy     enroll.Document    `json:"privacy"`
	Terms       enroll.Document    `json:"terms"`
	// KeepTokens lets a person's hardware token work on beside an app that they
	// link; otherwise it falls due.
	KeepTokens bool `json:"keep_tokens,omitempty"`
	LookAhead  int  `json:"look_ahead,omitempty"` // codes that a counter-based token may have made unused; 0: DefaultLookAhead
	Keep       Keep `json:"keep,omitzero"`
	// Outside says that people sign in with accounts elsewhere; the sign-in page
	// then offers both.
	Outside      bool   `json:"outside,omitempty"`
	MaxLinks     int    `json:"max_links,omitempty"`      // devices that a person holds at most; 0: 3
	TimeZone     string `json:"time_zone,omitempty"`      // as Europe/Amsterdam; see Location
	LetterWindow Window `json:"letter_window,omitempty"`  // of the envelopes; WindowLeft when empty
	DayCodes     int    `json:"day_codes_week,omitempty"` // for each person; 0: one, -1: none
	URL          string `json:"url"`                      // public address of this server
	Fingerprint  string `json:"fingerprint"`              // "sha256:HEX" of its own key; empty where an authority vouches for it
}

// Window is where the window of an envelope is.
type Window string

// The windows.
const (
	WindowLeft  Window = "left"  // as DIN 5008 form B has it
	WindowRight Window = "right" // as many Dutch envelopes have it
)

// Organisation is what anybody may know before linking, with the time by this
// server's clock.
func (d *Desk) Organisation(ctx context.Context) (enroll.Organisation, error) {
	s, err := d.Settings(ctx)
	if err != nil {
		return enroll.Organisation{}, err
	}
	return enroll.Organisation{
		Name: s.Name, Environment: s.Environment, Privacy: s.Privacy, Terms: s.Terms,
		Contact: s.Contact, ServerTime: d.now(),
	}, nil
}

// Settings reads the settings. Where nothing was set yet, they are empty and
// the environment is production.
func (d *Desk) Settings(ctx context.Context) (OrganisationSettings, error) {
	var s OrganisationSettings
	err := d.store.Read(ctx, func(view *store.View) (err error) {
		s, err = readSettings(view)
		return err
	})
	return s, err
}

// SetOrganisation is [Desk.SetOrganisationBy] for the operator.
func (d *Desk) SetOrganisation(ctx context.Context, change func(*OrganisationSettings) error) error {
	return d.SetOrganisationBy(ctx, Operator(), change)
}

// SetOrganisationBy changes the settings by the function, which gets the present
// ones and may run more than once. What it returns as an error keeps everything
// as it was; what is wrong with its result is a [*FieldError]. That is the
// operator's.
func (d *Desk) SetOrganisationBy(ctx context.Context, by Actor, change func(*OrganisationSettings) error) error {
	err := set(ctx, d, by, setting[OrganisationSettings]{
		name: store.SettingOrganisation, kind: kindOrganisationSet, told: true,
		may: func(r Rights) bool { return r.Operates }, read: readSettings,
		mend: func(s *OrganisationSettings) error { return s.check() },
		also: func(tx *store.Tx, before, now OrganisationSettings) error {
			if before.lookAhead() == now.lookAhead() {
				return nil
			}
			return tx.SetLookAhead(int64(now.lookAhead()))
		},
	}, change)
	if err != nil {
		return fmt.Errorf("set the organisation: %w", err)
	}
	return nil
}

func readSettings(view *store.View) (OrganisationSettings, error) {
	s := OrganisationSettings{Environment: enroll.Production}
	err := readSetting(view, store.SettingOrganisation, &s)
	return s, err
}

func (s OrganisationSettings) check() error {
	if s.Environment != enroll.Production && s.Environment != enroll.Demo {
		return &FieldError{"environment", "the environment is unknown; production and demo are known", "environment-unknown"}
	}
	if len([]rune(s.Name)) > maxName || !isClean(s.Name, true) {
		return &FieldError{"name", "the name is too long or has invisible characters", "name-unfit"}
	}
	if n := s.DayCodes; n < noDayCodes || n > mostDayCodes {
		return &FieldError{"day-codes", "day codes a week are 1 to 100, or -1 for none", "day-codes"}
	}
	if w := s.LetterWindow; w != "" && w != WindowLeft && w != WindowRight {
		return &FieldError{"letter-window", "an envelope's window is left or right", "letter-window"}
	}
	if err := s.checkZone(); err != nil {
		return err
	}
	if s.MaxLinks < 0 || s.MaxLinks > 20 {
		return &FieldError{"max-links", "a person holds 0 (the default, 3) to 20 devices", "links-at-most"}
	}
	if s.LookAhead < 0 || s.LookAhead > mostLookAhead {
		return &FieldError{"look-ahead", fmt.Sprintf("a token that counts may be 1 to %d codes ahead", mostLookAhead), "look-ahead"}
	}
	if err := s.Keep.check(); err != nil {
		return err
	}
	for field, document := range map[string]enroll.Document{"privacy": s.Privacy, "terms": s.Terms} {
		if document.Version == "" && len(document.Text) == 0 {
			continue // not set yet
		}
		if v := document.Version; v == "" || len(v) > 64 || !isClean(v, true) || strings.TrimSpace(v) != v {
			return &FieldError{field, "a text needs a version of 1 to 64 characters", "version-missing"}
		}
	}
	return nil
}

// issuer is the name above the codes in the app.
func (s OrganisationSettings) issuer() string {
	name := strings.TrimSpace(s.Name)
	if name == "" {
		name = "Sleutelbos"
	}
	if s.Environment == enroll.Demo {
		name += " (demo)"
	}
	return name
}
