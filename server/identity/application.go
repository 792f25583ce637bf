package identity

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"sleutelbos/server/store"
)

const (
	applicationPrefix = "sleutelbos_" // so that a key is known when it turns up where it should not
	maxApplication    = 128           // characters of a name
	useGrain          = time.Minute   // how exactly the last use is kept
)

// Application is a program that may ask whether a code is right.
type Application struct {
	ID       string
	Name     string
	Created  time.Time
	LastUsed time.Time // right to a minute; zero before the first use
	Revoked  time.Time // zero while its key works

	generation int64 // which of its keys was shown
}

func applicationOf(a store.Application) Application {
	return Application{
		ID: a.ID, Name: a.Name, Created: moment(a.Created), LastUsed: moment(a.LastUsed),
		Revoked: moment(a.Revoked), generation: a.Generation,
	}
}

// AddApplication adds an application and returns its key, which is not kept and
// not shown again.
func (d *Desk) AddApplication(ctx context.Context, name string) (key string, err error) {
	name = strings.TrimSpace(name)
	if name == "" || utf8.RuneCountInString(name) > maxApplication || !isClean(name, true) {
		return "", &FieldError{"name", "an application's name has 1 to 128 visible characters", "application-name"}
	}
	key, err = d.newApplicationKey()
	if err != nil {
		return "", err
	}
	id, err := d.newID()
	if err != nil {
		return "", err
	}
	row := store.Application{
		ID: id, Name: name, NameKey: canonical(name), KeyHash: d.applicationHash(key), KeyID: d.key.hashedWith(), Created: stamp(d.now()),
	}
	err = d.store.Do(ctx, func(tx *store.Tx) error {
		switch _, err := tx.ApplicationByName(row.NameKey); {
		case err == nil:
			return ErrApplicationTaken
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		if err := tx.AddApplication(row); err != nil {
			return err
		}
		return d.audit(tx, AuditRow{Kind: kindApplicationAdd, Outcome: outcomeDone, Application: id, Reference: referenceOf(ctx), Actor: operatorID})
	})
	if err != nil {
		return "", fmt.Errorf("add an application: %w", err)
	}
	return key, nil
}

// Applications lists all of them by name, also revoked ones.
func (d *Desk) Applications(ctx context.Context) ([]Application, error) {
	var all []Application
	err := d.store.Read(ctx, func(view *store.View) error {
		rows, err := view.Applications()
		for _, row := range rows {
			all = append(all, applicationOf(row))
		}
		return err
	})
	return all, err
}

// RotateApplication gives an application a new key and returns it. The old one
// stops at once.
func (d *Desk) RotateApplication(ctx context.Context, name string) (key string, err error) {
	if key, err = d.newApplicationKey(); err != nil {
		return "", err
	}
	err = d.changeApplication(ctx, kindApplicationRotate, name, func(tx *store.Tx, row store.Application) error {
		return tx.SetApplicationKey(row.ID, d.applicationHash(key), d.key.hashedWith())
	})
	if err != nil {
		return "", fmt.Errorf("rotate an application's key: %w", err)
	}
	return key, nil
}

// RevokeApplication stops an application's key at once. Its name is free again.
func (d *Desk) RevokeApplication(ctx context.Context, name string) error {
	err := d.changeApplication(ctx, kindApplicationRevoke, name, func(tx *store.Tx, row store.Application) error {
		return tx.RevokeApplication(row.ID, stamp(d.now()))
	})
	if err != nil {
		return fmt.Errorf("revoke an application: %w", err)
	}
	return nil
}

func (d *Desk) changeApplication(ctx context.Context, kind, name string, change func(*store.Tx, store.Application) error) error {
	defer d.keys.forget()
	return d.store.Do(ctx, func(tx *store.Tx) error {
		row, err := tx.ApplicationByName(canonical(name))
		if errors.Is(err, store.ErrNotFound) {
			return ErrUnknownApplication
		}
		if err != nil {
			return err
		}
		d.askers.forget()
		if err := change(tx, row); err != nil {
			return err
		}
		return d.audit(tx, AuditRow{Kind: kind, Outcome: outcomeDone, Application: row.ID, Reference: referenceOf(ctx), Actor: operatorID})
	})
}

func (d *Desk) newApplicationKey() (string, error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(d.random, raw); err != nil {
		return "", fmt.Errorf("make an application's key: %w", err)
	}
	return applicationPrefix + base64.RawURLEncoding.EncodeToString(raw), nil
}

func (d *Desk) applicationHash(key string) []byte { return d.key.hash(forApplication, key) }
