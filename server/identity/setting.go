package identity

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"sleutelbos/server/store"
)

// readSetting puts a setting, which is kept as JSON, over what into holds; one
// that was never set leaves that as it is.
func readSetting(view *store.View, name string, into any) error {
	value, err := view.Setting(name)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(value.Value, into); err != nil {
		return fmt.Errorf("read the setting %q: %w", name, err)
	}
	return nil
}

func writeSetting(tx *store.Tx, name string, value any) error {
	written, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return tx.SetSetting(name, store.Setting{Value: written})
}

// setting is one that people change.
type setting[T any] struct {
	name, kind string // in the database; of its line in the audit log
	may        func(Rights) bool
	read       func(*store.View) (T, error)
	mend       func(*T) error                          // after a change, before it is written: what is wrong with it
	also       func(tx *store.Tx, before, now T) error // what else is written; nil: nothing
	told       bool                                    // the audit log tells what was changed
}

// set changes a setting by a function, for an actor who may. What stays the
// same is not written, and is no line of the audit log.
func set[T any](ctx context.Context, d *Desk, by Actor, s setting[T], change func(*T) error) error {
	return d.store.Do(ctx, func(tx *store.Tx) error {
		rights, err := d.rights(tx.View, by)
		if err != nil || !s.may(rights) {
			return cmp.Or(err, ErrForbidden)
		}
		value, err := s.read(tx.View)
		if err != nil {
			return err
		}
		was := value
		before, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if err := inOrder(func() error { return change(&value) }, func() error { return s.mend(&value) }); err != nil {
			return err
		}
		after, err := json.Marshal(value)
		if err != nil || bytes.Equal(before, after) {
			return err
		}
		row := auditRowBy(ctx, by, s.kind, "")
		if s.told {
			row.Detail = differing(before, after)
		}
		return inOrder(
			func() error {
				if s.also == nil {
					return nil
				}
				return s.also(tx, was, value)
			},
			func() error { return tx.SetSetting(s.name, store.Setting{Value: after}) },
			func() error { return d.audit(tx, row) },
		)
	})
}

// mostTold is how long a value may be that the audit log repeats.
const mostTold = 80

// differing says what is different in two settings: "contact.phone: 1 > 2".
func differing(before, after []byte) string {
	was, now := flat(before), flat(after)
	all := maps.Clone(was)
	maps.Copy(all, now)
	said := func(value string) string {
		if utf8.RuneCountInString(value) > mostTold {
			return "…"
		}
		return either(value, "-")
	}
	var told []string
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if was[path] != now[path] {
			told = append(told, path+": "+said(was[path])+" > "+said(now[path]))
		}
	}
	return tidy(strings.Join(told, "; "), maxDetail)
}

func either(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// flat gives each value of a setting by its path.
func flat(written []byte) map[string]string {
	all := map[string]string{}
	var value any
	if json.Unmarshal(written, &value) != nil {
		return all
	}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch value := value.(type) {
		case map[string]any:
			for key, one := range value {
				walk(strings.TrimPrefix(path+"."+key, "."), one)
			}
		case []any:
			for i, one := range value {
				walk(path+"."+strconv.Itoa(i+1), one)
			}
		case nil:
		case string:
			all[path] = value
		default:
			all[path] = fmt.Sprint(value)
		}
	}
	walk("", value)
	return all
}
