package identity

import (
	"errors"
	"strings"

	"sleutelbos/server/store"
)

// ErrPutBack says that the database is a copy which was put in the place of
// another, so that codes may work in it that were used since. Nothing was
// written.
var ErrPutBack = errors.New("this database is a copy that was put back: codes that were used since would work again; end them first with: sleutelbos admin end-codes")

// putBack tells whether the database is another one than where it was last used
// or its codes were ended.
func putBack(view *store.View) (bool, error) {
	noted, err := view.Setting(store.SettingOrigin)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	origin, err := view.Origin()
	return err == nil && origin != "" && !sameOrigin(origin, string(noted.Value)), err
}

// sameOrigin compares part by part. A part that was not to be seen is passed
// over.
func sameOrigin(a, b string) bool {
	before, now := strings.Split(a, "/"), strings.Split(b, "/")
	for i := range min(len(before), len(now)) {
		if before[i] != now[i] && before[i] != "" && now[i] != "" {
			return false
		}
	}
	return len(before) == len(now)
}

// setOrigin notes that the database is used where it is.
func setOrigin(tx *store.Tx) error {
	origin, err := tx.Origin()
	if err != nil || origin == "" {
		return err
	}
	return tx.SetSetting(store.SettingOrigin, store.Setting{Value: []byte(origin)})
}
