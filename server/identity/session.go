package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
)

// MustChange says why a session can do nothing but choose a new password.
type MustChange string

// Why a password must be changed.
const (
	ChangeNothing   MustChange = ""
	ChangeTemporary MustChange = "temporary" // an administrator set it
	ChangeLifetime  MustChange = "lifetime"  // it is too old
)

// Session is somebody who is signed in. It holds for one request: rights are
// looked up anew at the next.
type Session struct {
	ID          string // not secret; names it in the person's own list
	Person      SessionPerson
	Language    string
	Environment enroll.Environment
	MustChange  MustChange
	Strong      bool      // a code was given
	Stay        bool      // the person chose to stay signed in
	Started     time.Time // when credentials were given
	LastSeen    time.Time // right to a minute
	Ends        time.Time // at the latest
	IdleEnds    time.Time // without another request
	Label       string    // of browser and device
	Address     string
	// MayManage tells whether the sign-in is strong and new enough for what only
	// administrators do; a role is needed beside it.
	MayManage bool
	Current   bool // in a list: the session that asks
}

// SessionPerson is who is signed in.
type SessionPerson struct {
	ID, User, Name, Email string
	Role                  Role   // RoleAdministrator for whoever manages
	Organisation          string // id
}

// Actor is who asks by this session. One that can do nothing but choose a
// password is nobody.
func (s Session) Actor() Actor {
	if s.MustChange != ChangeNothing {
		return Actor{}
	}
	return PersonActor(s.Person.ID)
}

// seenGrain is how exactly it is kept when a session was seen.
const seenGrain = time.Minute

// Session finds the session of a token, or [ErrNoSession]. It counts as being
// seen. The person's rights are not in it: they are looked up by [Desk.Rights].
func (d *Desk) Session(ctx context.Context, token Token) (Session, error) {
	var found Session
	var row store.Session
	now := d.now()
	err := d.store.Read(ctx, func(view *store.View) (err error) {
		found, row, err = d.session(view, token, now)
		return err
	})
	if err != nil {
		return Session{}, doing("look for a session", err)
	}
	if stamp(now)-row.LastSeen < seenGrain.Milliseconds() {
		return found, nil
	}
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		return tx.SawSession(row.ID, stamp(now), stamp(now.Add(-seenGrain)))
	})
	if err != nil {
		return Session{}, fmt.Errorf("keep when a session was seen: %w", err)
	}
	return found, nil
}

// session finds a session that has not ended, of somebody whose account works.
func (d *Desk) session(view *store.View, token Token, now time.Time) (Session, store.Session, error) {
	row, err := view.Session(d.tokenHash(forSession, token))
	if errors.Is(err, store.ErrNotFound) {
		return Session{}, row, ErrNoSession
	}
	if err != nil {
		return Session{}, row, err
	}
	settings, _, err := signInOf(view, row.Person)
	if err != nil {
		return Session{}, row, err
	}
	if !settings.Sessions.lives(row, stamp(now)) {
		return Session{}, row, ErrNoSession
	}
	found, err := d.sessionOf(view, row, settings, now)
	return found, row, err
}

// lives tells whether a session has neither ended nor been left alone too long.
// Both are looked at by the present settings too: shorter ones count at once.
func (r SessionRules) lives(s store.Session, now int64) bool {
	return now >= s.LastSeen-seenGrain.Milliseconds() && now < r.ends(s) && now < s.LastSeen+r.idle(s)
}

func (r SessionRules) ends(s store.Session) int64 {
	most := r.Absolute
	if s.Stay {
		most = r.Stay
	}
	return min(s.Ends, s.Started+most.Duration().Milliseconds())
}

func (r SessionRules) idle(s store.Session) int64 {
	if s.Stay {
		return r.StayIdle.Duration().Milliseconds()
	}
	return r.Idle.Duration().Milliseconds()
}

// sessionOf is the session of a row, with the person as they are now. Of an
// account that has ended there is none.
func (d *Desk) sessionOf(view *store.View, row store.Session, settings SignInSettings, now time.Time) (Session, error) {
	person, err := view.SignInRow(row.Person)
	if errors.Is(err, store.ErrNotFound) || err == nil && standing(person.Person, stamp(now)) != Active {
		return Session{}, ErrNoSession
	}
	if err != nil {
		return Session{}, err
	}
	organisation, err := readSettings(view)
	if err != nil {
		return Session{}, err
	}
	s := settings.session(row)
	s.Person, s.Environment = sessionPersonOf(person.Person), organisation.Environment
	s.MustChange = settings.Passwords.mustChange(person.Password, now)
	s.MayManage = s.Strong && s.MustChange == ChangeNothing &&
		now.Sub(s.Started) < settings.Sessions.ManageWithin.Duration()
	if s.Language == "" {
		s.Language = person.Language
	}
	return s, nil
}

// session is what is known of a row without its person.
func (s SignInSettings) session(row store.Session) Session {
	return Session{
		ID: row.ID, Language: row.Language, Strong: row.Strong, Stay: row.Stay, Label: row.Label, Address: row.Address,
		Started: moment(row.Started), LastSeen: moment(row.LastSeen),
		Ends: moment(s.Sessions.ends(row)), IdleEnds: moment(row.LastSeen + s.Sessions.idle(row)),
	}
}

func sessionPersonOf(row store.Person) SessionPerson {
	return SessionPerson{ID: row.ID, User: row.User, Name: row.Name, Email: row.Email, Role: Role(row.Role), Organisation: row.Organisation}
}

// mustChange says why a password is only good for choosing another.
func (r PasswordRules) mustChange(w store.Password, now time.Time) MustChange {
	switch {
	case w.Temporary:
		return ChangeTemporary
	case r.LifetimeDays > 0 && stamp(now) >= w.Made+int64(r.LifetimeDays)*(24*time.Hour).Milliseconds():
		return ChangeLifetime
	}
	return ChangeNothing
}
