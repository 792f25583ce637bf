package pages

import (
	"encoding/json"
	"time"

	"sleutelbos/server/identity"
)

// flash is what the page after a redirect says once: that something was done.
type flash struct {
	Text string `json:"text"`           // as it is said
	Warn bool   `json:"warn,omitempty"` // it is no success
	User string `json:"user,omitempty"` // what was typed as the user name, to be typed once
}

const flashLife = 2 * time.Minute

// tell has the next page say a text, by its key.
func (v *visit) tell(key string, pairs ...any) { v.tellFlash(flash{Text: v.say(key, pairs...)}) }

// warn is tell for what is no success.
func (v *visit) warn(key string, pairs ...any) {
	v.tellFlash(flash{Text: v.say(key, pairs...), Warn: true})
}

func (v *visit) tellFlash(f flash) {
	plain, err := json.Marshal(f)
	if err != nil {
		return // three plain fields always can be written
	}
	sealed, err := v.door.desk.SealNote(identity.NoteFlash, "", plain, v.door.now().Add(flashLife))
	if err != nil {
		v.door.log.Error("a message for the next page cannot be sealed", "cause", err)
		return
	}
	v.remember(cookieFlash, sealed, flashLife)
}

// takeFlash reads what a former page left to say.
func (v *visit) takeFlash() *flash {
	sealed := v.cookie(cookieFlash)
	if sealed == "" {
		return nil
	}
	var f flash
	plain, err := v.door.desk.OpenNote(identity.NoteFlash, "", sealed)
	if err != nil || json.Unmarshal(plain, &f) != nil {
		v.forget(cookieFlash)
		return nil
	}
	return &f
}
